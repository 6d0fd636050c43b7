//! The workbench: `pipesmith`, `pipesmith sessions resume`, `pipesmith demo`.

mod checker;
mod library;

use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::args::WorkbenchArgs;
use super::exit::{Ended, Exit, Failure};
use super::{host, linear, logging, looks, output, place, setup};
use crate::connect::discovery::Cache;
use crate::connect::{self, Connection, Connections};
use crate::contract::{Contract, LiveRegistry, Registry};
use crate::diagnostic::Diagnostic;
use crate::model::Source;
use crate::session::catalogue;
use crate::session::wire::{Face, Gone, Manner, Wish};
use crate::tui::{self, ConnectionView, ContractView, Contracts, OptionView, Surroundings};
use crate::workspace::{CONFIG_FILE, ValidationMode, Workspace};

/// `pipesmith` without a verb.
pub fn open(args: &WorkbenchArgs) -> Ended {
    let workspace = place::workspace(false)?;
    run(&workspace, args, Wish::new(), None)
}

/// Opens the workbench on the session that is meant. It is looked up before the screen is taken, so that a slip
/// is told in the shell.
pub fn resume(workspace: &Workspace, args: &WorkbenchArgs, wanted: &str) -> Ended {
    if looks::linear(workspace, args).is_none() {
        needs_terminal()?;
    }
    let told = |diagnostic| Failure::new(diagnostic, Exit::Other, false);
    let store = host::store(workspace).map_err(told)?;
    let id = catalogue::find(&store, wanted).map_err(told)?.id;
    run_with(workspace, args, Wish::Resume(id), None, setup::SharedStore::of(store))
}

/// Opens the workbench on a session; `draft` is typed in advance.
pub fn run(workspace: &Workspace, args: &WorkbenchArgs, wish: Wish, draft: Option<String>) -> Ended {
    run_with(workspace, args, wish, draft, setup::SharedStore::default())
}

fn run_with(
    workspace: &Workspace,
    args: &WorkbenchArgs,
    wish: Wish,
    draft: Option<String>,
    store: setup::SharedStore,
) -> Ended {
    if let Some(why) = looks::linear(workspace, args) {
        let _log = logging::start(workspace);
        let file = args.file.as_ref().map(|file| workspace.relative(file).ok_or_else(|| outside(file))).transpose()?;
        return linear::run(workspace, wish, file, draft, why);
    }
    needs_terminal()?;
    let _log = logging::start(workspace);
    let runtime = setup::runtime().map_err(|d| Failure::new(d, Exit::Other, false))?;
    let ended = runtime.block_on(serve(workspace, args, wish, draft, store));
    // Threads that still work on something that was given up are not waited for.
    runtime.shutdown_background();
    ended
}

async fn serve(
    workspace: &Workspace,
    args: &WorkbenchArgs,
    mut wish: Wish,
    mut draft: Option<String>,
    store: setup::SharedStore,
) -> Ended {
    let mut document = match &args.file {
        Some(file) => Some(workspace.relative(file).ok_or_else(|| outside(file))?),
        None => None,
    };
    let mut workspace = workspace.clone();
    let mut broken = Vec::new();
    loop {
        let (sender, surroundings) = watch::channel(Surroundings::default());
        let registry = Arc::new(OnceLock::<LiveRegistry>::new());
        let manner = Manner { instant: false, record: host::absolute(args.record.as_deref()) };
        let link = host::attach(&workspace, wish.clone(), Face::Workbench, manner);
        let (shared, of, ready) = (store.clone(), workspace.clone(), registry.clone());
        std::thread::spawn(move || {
            let live = ready.get_or_init(|| LiveRegistry::load(Some(&of.components())));
            tell_contracts(&sender, &live.current());
            let problem = setup::model_problem(&of).map(Arc::new);
            sender.send_modify(|s| s.model_problem = problem);
            watch(&sender, live, &of, &shared);
        });
        let mut options = tui::Options {
            screens: Some(workspace.screens()),
            session: match &wish {
                Wish::Resume(id) => Some(id.clone()),
                Wish::Begin(_) => None,
            },
            stop_on_hangup: host::gone(&workspace) == Gone::Stop,
            recorded: workspace.config.model.recording.clone(),
            document: document.take(),
            draft: draft.take(),
            checker: Some(checker::checker(&workspace, registry, store.clone())),
            library: Some(library::library(store.clone(), &workspace)),
            surroundings: Some(surroundings),
            config: Some(workspace.root.join(CONFIG_FILE)),
            connections: Some(connect::connections_file(&workspace.root)),
            ..looks::options(Some(&workspace), args)
        };
        options.problems.append(&mut broken);
        let left = tui::run(link, options).await.map_err(failure)?;
        // The configuration may have been edited meanwhile.
        match Workspace::open(&workspace.root) {
            Ok(again) => workspace = again,
            Err(problem) => broken.push(problem),
        }
        match left.exit {
            tui::Exit::Switch(id) => wish = Wish::Resume(id),
            tui::Exit::New => wish = Wish::new(),
            tui::Exit::Detach => {
                if let Some(id) = left.session {
                    output::line(format!("Left; what runs goes on. Come back with: pipesmith attach {id}"));
                }
                return Ok(Exit::Success);
            }
            // A replay is shown, and then what was left.
            tui::Exit::Replay(id) => {
                let back = left.session.map_or_else(Wish::new, Wish::Resume);
                wish = library::play(&store, &workspace, args, &id).await?.unwrap_or(back);
            }
            tui::Exit::Fork { session, at } => wish = library::branch(&store, &workspace, &session, at)?,
            tui::Exit::Quit => {
                if let Some(id) = left.session {
                    output::line(format!("Session kept. Go on with: pipesmith sessions resume {id}"));
                }
                return Ok(Exit::Success);
            }
        }
    }
}

/// Says why a face could not be shown.
pub fn failure(error: tui::TuiError) -> Failure {
    let told =
        |code: &str, fix: &str| Failure::new(Diagnostic::error(code, error.to_string()).fix(fix), Exit::Other, false);
    match error {
        tui::TuiError::Session(diagnostic) => Failure { diagnostic, exit: Exit::Other, json: false },
        tui::TuiError::NotATerminal => not_a_terminal(),
        tui::TuiError::Terminal(_) => {
            told("terminal-failed", "use another terminal, or a verb without one, e.g. `pipesmith chat -p …`")
        }
        tui::TuiError::Signal(_) => told("ended-by-signal", "`pipesmith sessions resume` goes on where it was"),
        tui::TuiError::Panicked => told(
            "internal-error",
            "please report it with the log in .pipesmith/logs; `pipesmith sessions resume` goes on",
        ),
    }
}

/// The workbench draws; without a terminal there is nothing to draw on.
pub fn needs_terminal() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() { Ok(()) } else { Err(not_a_terminal()) }
}

fn not_a_terminal() -> Failure {
    let diagnostic = Diagnostic::error("not-a-terminal", "the workbench needs a terminal, and this is none")
        .why("standard input or output is a file, a pipe or nothing")
        .fix("use a verb that needs none: `pipesmith chat -p …`, `run`, `sessions show`, `sessions replay --plain`, `demo --headless`");
    Failure::new(diagnostic, Exit::Configuration, false)
}

/// The name of the recording that the words come from.
pub fn recording_name(source: &Source) -> Option<String> {
    match source {
        Source::Recorded { recording } => Some(recording.clone()),
        Source::Live { .. } => None,
    }
}

fn outside(file: &std::path::Path) -> Failure {
    let diagnostic =
        Diagnostic::error("outside-workspace", format!("{} lies outside of the workspace", file.display()))
            .why("documents are opened and written only inside the workspace's folder")
            .fix("open a file of this workspace, or go to the one it belongs to");
    Failure::new(diagnostic, Exit::Other, false)
}

/// How often contracts and documents are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Tells the workbench of contracts and documents that have changed, for as long as it is there.
fn watch(sender: &watch::Sender<Surroundings>, live: &LiveRegistry, workspace: &Workspace, store: &setup::SharedStore) {
    let mut revision = None;
    let cache = Cache::new(store.open(workspace).ok(), place::discovery(&workspace.config));
    if let Ok(store) = store.open(workspace) {
        let sent = Arc::new(catalogue::messages(&store));
        sender.send_modify(|s| s.sent = sent);
    }
    let mut seen = None;
    let wanted = sender.borrow().around.wanted.clone();
    wanted.store(true, Ordering::Relaxed);
    while !sender.is_closed() {
        library::follow(sender, store, workspace, &mut revision);
        if let Some(registry) = live.refresh() {
            tell_contracts(sender, &registry);
            seen = None;
        }
        // Looked at is cheap, read is not.
        let stamp = Connections::stamp(&workspace.root);
        if seen.as_ref() != Some(&stamp) {
            let connections = Arc::new(connection_views(&workspace.root, &live.current()));
            sender.send_modify(|s| s.connections = connections);
            seen = Some(stamp);
        }
        let documents = workspace.documents();
        sender.send_if_modified(|s| {
            let changed = *s.documents != documents;
            if changed {
                s.documents = Arc::new(documents);
            }
            changed
        });
        // A whole workspace is looked through only when somebody wants to name something of it.
        if wanted.swap(false, Ordering::Relaxed) {
            tell_around(sender, workspace, &cache);
        }
        std::thread::sleep(LOOK);
    }
}

/// What a message can name: files, and the tables that are remembered of connections.
fn tell_around(sender: &watch::Sender<Surroundings>, workspace: &Workspace, cache: &Cache) {
    let files = workspace.files();
    let (connections, _) = Connections::load(&workspace.root);
    let remembered = cache.remembered(&workspace.root, connections.iter());
    let tables: Vec<String> =
        remembered.iter().map(|t| format!("{}/{}", t.connection.trim_start_matches('@'), t.name)).collect();
    sender.send_if_modified(|s| {
        let changed = *s.around.files != files || *s.around.tables != tables;
        if changed {
            (s.around.files, s.around.tables) = (Arc::new(files), Arc::new(tables));
        }
        changed
    });
}

fn tell_contracts(sender: &watch::Sender<Surroundings>, registry: &Arc<Registry>) {
    let shown = registry.clone();
    let contracts = Contracts::later(move || contract_views(&shown));
    let problems = Arc::new(registry.diagnostics().to_vec());
    let names = Arc::new(registry.names().map(str::to_owned).collect());
    sender.send_modify(|s| {
        (s.contracts, s.contract_problems) = (contracts, problems);
        s.around.components = names;
    });
}

/// The connections as the connections pane shows them.
fn connection_views(root: &Path, registry: &Registry) -> Vec<ConnectionView> {
    let mode = ValidationMode::choose(None).unwrap_or_default();
    let (connections, problems) = Connections::open(root, registry, mode);
    let view = |connection: &Connection| {
        let prefix = format!("connections.{}.{}", connection.family, connection.alias);
        let about =
            |path: &str| path.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let of_it = |d: &&Diagnostic| d.is_error() && d.path.as_deref().is_some_and(about);
        ConnectionView {
            reference: connection.reference(),
            default: connections.default_of(&connection.family) == Some(connection),
            fields: connection.shown().map(|(name, value)| (name.to_owned(), value)).collect(),
            missing: connection.missing_variables().unwrap_or_default().into_iter().map(|(name, _)| name).collect(),
            problems: problems.iter().filter(of_it).cloned().collect(),
        }
    };
    connections.iter().map(view).collect()
}

/// The contracts as the components pane shows them.
pub fn contract_views(registry: &Registry) -> Vec<ContractView> {
    registry.iter().map(contract_view).collect()
}

fn contract_view(contract: &Contract) -> ContractView {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ContractView {
        name: contract.name.clone(),
        version: contract.version.clone(),
        aliases: contract.aliases.clone(),
        capabilities: contract.capabilities.clone(),
        title: contract.title.clone(),
        description: contract.description.clone(),
        modes: contract.modes.clone(),
        runnable: crate::pipeline::run::is_runnable(&contract.name),
        options: contract
            .options
            .iter()
            .map(|option| OptionView {
                name: option.name.clone(),
                kind: option.kind.clone(),
                required: option.required,
                default: option.default.as_ref().map(&text),
                allowed: option.allowed.iter().map(&text).collect(),
                range: option.range.clone(),
                description: option.description.clone(),
                secret: option.secret,
            })
            .collect(),
        examples: contract
            .examples
            .iter()
            .map(|e| format!("# {}\n{}", e.title, serde_yaml::to_string(&e.config).unwrap_or_default()))
            .collect(),
    }
}
