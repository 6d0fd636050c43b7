//! Contracts that change while the program runs: the registry is read anew when a file of its layers
//! has changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::registry::{MAX_FOLDERS, Registry, user_components};

/// What was found of each spec's file: when it was changed, and how long it is.
type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// A registry that several hold and one renews.
#[derive(Clone, Debug)]
pub struct LiveRegistry {
    layers: Arc<Layers>,
    current: Arc<RwLock<(Stamp, Arc<Registry>)>>,
}

#[derive(Debug, Default)]
struct Layers {
    user: Option<PathBuf>,
    project: Option<PathBuf>,
}

impl LiveRegistry {
    /// The contracts that are compiled in, the user's, and those of a project's folder.
    pub fn load(project_components: Option<&Path>) -> LiveRegistry {
        let layers = Layers { user: user_components(), project: project_components.map(Path::to_owned) };
        let stamp = layers.stamp();
        let registry = layers.load();
        LiveRegistry { layers: Arc::new(layers), current: Arc::new(RwLock::new((stamp, Arc::new(registry)))) }
    }

    /// The contracts as they are now. Who works with them for a while keeps this value for so long.
    pub fn current(&self) -> Arc<Registry> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Reads the contracts anew if a file has changed; returns them then. It looks at files, so it blocks.
    pub fn refresh(&self) -> Option<Arc<Registry>> {
        // The stamp is older than what is read: a change in between is seen the next time.
        let stamp = self.layers.stamp();
        if self.current.read().unwrap_or_else(PoisonError::into_inner).0 == stamp {
            return None;
        }
        let registry = Arc::new(self.layers.load());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = (stamp, registry.clone());
        Some(registry)
    }
}

impl From<Registry> for LiveRegistry {
    /// A registry that stays as it is.
    fn from(registry: Registry) -> LiveRegistry {
        LiveRegistry { layers: Arc::default(), current: Arc::new(RwLock::new((Stamp::new(), Arc::new(registry)))) }
    }
}

impl Layers {
    fn load(&self) -> Registry {
        Registry::layered(self.user.as_deref(), self.project.as_deref())
    }

    fn stamp(&self) -> Stamp {
        let folders = [&self.user, &self.project].into_iter().flatten();
        let entries =
            folders.flat_map(|root| std::fs::read_dir(root).into_iter().flatten().flatten().take(MAX_FOLDERS));
        let files = entries.flat_map(|entry| ["spec.yaml", "spec.json"].map(|name| entry.path().join(name)));
        let found = |file: PathBuf| {
            let meta = std::fs::metadata(&file).ok()?;
            Some((file, (meta.modified().ok(), meta.len())))
        };
        files.filter_map(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "name: my.extractor\nversion: 1.0.0\nmodes: [extract]\ncapabilities: {}\nconfigSchema: {type: object, properties: {}}\n";

    #[test]
    fn it_is_read_anew_only_when_a_file_has_changed() {
        let root = tempfile::tempdir().unwrap();
        let live = LiveRegistry::load(Some(root.path()));
        assert!(live.refresh().is_none());
        let file = root.path().join("mine/spec.yaml");
        std::fs::create_dir(root.path().join("mine")).unwrap();
        assert!(live.refresh().is_none());
        std::fs::write(&file, SPEC).unwrap();
        let other = live.clone();
        assert!(live.refresh().unwrap().get("my.extractor").is_some());
        assert!(other.current().get("my.extractor").is_some() && other.refresh().is_none());
        std::fs::write(&file, format!("{SPEC}foo: 1\n")).unwrap();
        let broken = live.refresh().unwrap();
        assert!(broken.get("my.extractor").is_none() && broken.diagnostics().len() == 1);
        std::fs::remove_file(&file).unwrap();
        assert!(live.refresh().unwrap().diagnostics().is_empty());
        assert!(LiveRegistry::from(Registry::default()).refresh().is_none());
    }
}
