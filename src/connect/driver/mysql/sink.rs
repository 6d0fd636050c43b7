//! Beginning to write: the plan of the columns against the real table, and where the rows go until they
//! are all there.

use arrow::datatypes::{Schema, SchemaRef};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use sha2::{Digest, Sha256};

use super::encode::{Encoder, Target};
use super::judge;
use super::ledger::{self, Ledger};
use super::load::Load;
use super::merge::{self, STAGE};
use super::options::WriteOptions;
use super::quoted;
use super::session::Session;
use super::state::State;
use super::table::{self, Table};
use super::told::told;
use super::writing::{MysqlWriting, Repeated, Way};
use crate::connect::Connection;
use crate::connect::driver::dataset::Dataset;
use crate::connect::driver::flow::{Halt, Io, Sink, Writing};
use crate::connect::driver::plan::{OnError, Pairing, SchemaChange, WriteMode, pair};
use crate::connect::driver::rejects::Rejects;
use crate::diagnostic::Diagnostic;

/// Longest name of a table, in characters.
const NAME_CHARS: usize = 64;

/// A step that writes.
pub(super) struct MysqlSink {
    pub connection: Connection,
    /// The workspace.
    pub root: std::path::PathBuf,
    pub options: WriteOptions,
    /// The path of its configuration.
    pub at: String,
}

/// A table that is written to.
pub(super) struct Place {
    pub schema: String,
    pub table: String,
    /// Both, quoted.
    pub quoted: String,
    /// As a person calls it.
    pub shown: String,
}

impl Place {
    /// A table beside it, quoted.
    pub fn beside(&self, table: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(table))
    }

    /// A name for a table of this one, the same each time.
    fn name(&self, what: &str) -> String {
        let end = format!("__pipesmith_{what}");
        if self.table.chars().count() + end.len() <= NAME_CHARS {
            return format!("{}{end}", self.table);
        }
        let hash = Sha256::digest(self.table.as_bytes());
        let kept: String = self.table.chars().take(NAME_CHARS - end.len() - 9).collect();
        format!("{kept}_{:02x}{:02x}{:02x}{:02x}{end}", hash[0], hash[1], hash[2], hash[3])
    }
}

impl Sink for MysqlSink {
    fn dataset(&self) -> Option<Dataset> {
        Dataset::table(&self.root, &self.connection, self.options.schema.as_deref(), &self.options.table)
    }

    fn begin(&self, io: &Io, columns: SchemaRef) -> Result<Box<dyn Writing>, Halt> {
        let mut session = Session::open(io, &self.connection)?;
        let schema = self.options.schema.clone().unwrap_or_else(|| session.server.database.clone());
        let table = self.options.table.clone();
        let place = Place {
            quoted: format!("{}.{}", quoted(&schema), quoted(&table)),
            shown: format!("{}:{schema}.{table}", self.connection.reference()),
            schema,
            table,
        };
        let ledger = io.wait(Ledger::find(&mut session.conn, &place.schema))?;
        if let Some(ledger) = &ledger
            && let Some(rows) = io.wait(ledger.written(&mut session.conn, io))?
        {
            session.close(io);
            tracing::info!(step = io.step, rows, "this run has written these rows already");
            return Ok(Box::new(Repeated { place: place.shown, rows }));
        }
        let state = match io.keeps_cursors {
            true => io.wait(State::find(&mut session.conn, &place.schema, true))?,
            false => None,
        };
        let id = session.server.id;
        match io.wait(self.prepare(io, &mut session, &place, ledger.as_ref(), &columns)) {
            Ok((load, way)) => Ok(Box::new(MysqlWriting::start(self, io, session, place, load, way, (ledger, state)))),
            Err(halt) => {
                super::session::kill(io, &self.connection, id, true);
                Err(halt)
            }
        }
    }

    fn recall(&self, io: &Io, reader: &str) -> Result<Option<serde_json::Value>, Halt> {
        let mut session = Session::open(io, &self.connection)?;
        let schema = self.options.schema.clone().unwrap_or_else(|| session.server.database.clone());
        let found = io.wait(async {
            match State::find(&mut session.conn, &schema, false).await? {
                Some(state) => state.of(&mut session.conn, io, reader).await,
                None => Ok(None),
            }
        })?;
        session.close(io);
        Ok(found)
    }
}

impl MysqlSink {
    /// Plans, makes what has to be made before the transaction, and begins it.
    async fn prepare(
        &self,
        io: &Io,
        session: &mut Session,
        place: &Place,
        ledger: Option<&Ledger>,
        incoming: &Schema,
    ) -> Result<(Load, Way), Diagnostic> {
        let conn = &mut session.conn;
        let options = &self.options;
        let table = Table::look_up(conn, &place.schema, &place.table).await?;
        let way = match (&table, options.mode) {
            (None, _) if options.create => Way::Made { new: place.name("new") },
            (None, _) => {
                let told = table::missing(conn, &place.schema, &place.table).await?;
                let fix = told.fix.as_ref().map(|fix| format!("{}; or set `create_if_missing: true`", fix.text));
                return Err(told.path(format!("{}.table", self.at)).fix(fix.unwrap_or_default()));
            }
            (Some(_), WriteMode::Append) => Way::Added,
            (Some(_), WriteMode::Truncate) => Way::Emptied,
            (Some(_), WriteMode::Upsert) => Way::Merged,
            (Some(_), WriteMode::Replace) => Way::Swapped { new: place.name("new"), old: place.name("old") },
        };
        if let Some(table) = &table {
            self.allowed(place, table, &way)?;
        }
        let pairing = self.plan(place, table.as_ref(), incoming);
        pairing.plan.check().map_err(|told| told.path(self.at.clone()))?;
        for column in pairing.plan.lossy() {
            tracing::info!(step = io.step, column = column.from, "{}", column.cast.word());
        }
        let columns = self.targets(&pairing, table.as_ref());
        if let (Some(table), Way::Merged) = (&table, &way) {
            merge::unambiguous(&place.shown, table, &options.key, &columns)?;
        }
        let added = self.added(&pairing);
        let into = match &way {
            Way::Added | Way::Emptied => place.quoted.clone(),
            Way::Merged => quoted(STAGE).to_string(),
            Way::Made { new } | Way::Swapped { new, .. } => place.beside(new),
        };
        match &way {
            Way::Made { new } | Way::Swapped { new, .. } => {
                self.lock(conn, place).await?;
                self.recover(conn, place, ledger, new, &way).await?;
                let sql = match &way {
                    Way::Made { .. } => self.creation(&into, &pairing)?,
                    _ => format!("CREATE TABLE {into} LIKE {}", place.quoted),
                };
                self.run(io, conn, &sql).await?;
                if matches!(way, Way::Swapped { .. }) {
                    self.alter(io, conn, &into, &added).await?;
                }
            }
            _ => self.alter(io, conn, &place.quoted, &added).await?,
        }
        if matches!(way, Way::Merged) {
            merge::make_stage(conn, &place.quoted, &columns, &options.key).await?;
        }
        conn.query_drop("START TRANSACTION").await.map_err(told)?;
        if matches!(way, Way::Emptied) {
            // TRUNCATE TABLE would commit by itself, and readers would see an empty table.
            self.run(io, conn, &format!("DELETE FROM {}", place.quoted)).await?;
        }
        let rejects = (options.on_error == OnError::Quarantine).then(|| {
            Rejects::new(
                io,
                &place.shown,
                options.max_rejects,
                incoming.fields().iter().map(|field| field.name().as_str()),
            )
        });
        let filled = match &way {
            Way::Made { new } | Way::Swapped { new, .. } => new.as_str(),
            _ => &place.table,
        };
        let load = Load {
            as_bytes: table::takes_bytes(conn, &place.schema, filled).await?,
            table: into,
            staged: !matches!(way, Way::Added),
            encoder: Encoder { columns, null_unfit: options.on_error == OnError::Null },
            local: session.server.local_infile && !options.insert,
            insert_rows: options.batch_rows,
            insert_bytes: session.server.max_packet / 2,
            rejects,
        };
        Ok((load, way))
    }

    async fn run(&self, io: &Io, conn: &mut Conn, sql: &str) -> Result<(), Diagnostic> {
        if self.options.echo {
            tracing::info!(step = io.step, %sql, "sent to MySQL");
        }
        conn.query_drop(sql).await.map_err(told)
    }

    /// Whether the table can be left as it was when something goes wrong.
    fn allowed(&self, place: &Place, table: &Table, way: &Way) -> Result<(), Diagnostic> {
        let quarantine = self.options.on_error == OnError::Quarantine;
        let swapped = matches!(way, Way::Swapped { .. });
        if !table.transactional && (!swapped || quarantine) {
            let message = format!("{} has the engine {}, which takes nothing back", place.shown, table.engine);
            return Err(Diagnostic::error("target-not-transactional", message)
                .path(format!("{}.table", self.at))
                .why("a step that fails half way would leave half of its rows")
                .fix("ALTER TABLE … ENGINE=InnoDB, or write with the mode replace (without quarantine), which fills a new table and swaps the two"));
        }
        if let (true, Some(why)) = (swapped, &table.bound) {
            let message = format!("another table can't take the place of {}", place.shown);
            return Err(Diagnostic::error("replace-bound", message)
                .path(format!("{}.table", self.at))
                .why(format!("{why}; MySQL leaves them with the old one"))
                .fix("use the mode truncate: it empties the table and fills it in one transaction"));
        }
        Ok(())
    }

    fn is_key(&self, name: &str) -> bool {
        self.options.key.iter().any(|key| key.to_lowercase() == name.to_lowercase())
    }

    fn plan(&self, place: &Place, table: Option<&Table>, incoming: &Schema) -> Pairing<super::kind::Kind> {
        let invent = |field: &arrow::datatypes::Field| judge::invent(field, self.is_key(field.name()));
        let (columns, change) = match table {
            Some(table) => (table.columns.as_slice(), self.options.change),
            None => (&[][..], SchemaChange::AddColumns),
        };
        let mut pairing = pair(&place.shown, incoming, columns, change, judge::judge, invent);
        // MySQL does not tell apart what pairing does.
        let mut seen = std::collections::HashSet::new();
        for column in &pairing.plan.columns {
            if !seen.insert(column.to.to_lowercase()) {
                let what = format!("`{}` comes in twice, in another case", column.to);
                pairing.plan.obstacles.push((what, "name each column once".to_owned()));
            }
        }
        if table.is_none() {
            let names: Vec<&str> = incoming.fields().iter().map(|field| field.name().as_str()).collect();
            for key in
                self.options.key.iter().filter(|key| !names.iter().any(|n| n.to_lowercase() == key.to_lowercase()))
            {
                let what = format!("the key column `{key}` does not come in");
                pairing.plan.obstacles.push((what, "correct `primary_key`".to_owned()));
            }
        }
        pairing
    }

    fn targets(&self, pairing: &Pairing<super::kind::Kind>, table: Option<&Table>) -> Vec<Target> {
        let keyed = table.is_none() || self.options.mode == WriteMode::Upsert;
        let nullable = |name: &str| {
            let there = table.and_then(|table| table.columns.iter().find(|column| column.name == name));
            there.is_none_or(|column| column.nullable) && !(keyed && self.is_key(name))
        };
        (pairing.plan.columns.iter().zip(&pairing.kinds))
            .map(|(column, kind)| Target {
                input: column.input,
                name: column.to.clone(),
                kind: kind.clone(),
                shown: column.target_type.clone(),
                nullable: nullable(&column.to),
                most: super::encode::length_of(kind, &column.target_type),
            })
            .collect()
    }

    /// `column type` of the columns that the target has not got.
    fn added(&self, pairing: &Pairing<super::kind::Kind>) -> Vec<String> {
        let added = pairing.plan.columns.iter().filter(|column| column.added);
        added.map(|column| format!("ADD COLUMN {} {} NULL", quoted(&column.to), column.target_type)).collect()
    }

    async fn alter(&self, io: &Io, conn: &mut Conn, table: &str, added: &[String]) -> Result<(), Diagnostic> {
        if added.is_empty() {
            return Ok(());
        }
        self.run(io, conn, &format!("ALTER TABLE {table} {}", added.join(", "))).await
    }

    fn creation(&self, into: &str, pairing: &Pairing<super::kind::Kind>) -> Result<String, Diagnostic> {
        let mut parts: Vec<String> = (pairing.plan.columns.iter())
            .map(|column| {
                let null = if self.is_key(&column.to) { "NOT NULL" } else { "NULL" };
                format!("{} {} {null}", quoted(&column.to), column.target_type)
            })
            .collect();
        if !self.options.key.is_empty() {
            let keys: Vec<String> = self.options.key.iter().map(|key| quoted(key).to_string()).collect();
            parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
        }
        // A binary collation: texts that differ are different keys.
        Ok(format!(
            "CREATE TABLE {into} ({}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
            parts.join(", ")
        ))
    }

    /// Two runs that replace one table would use the same name beside it.
    async fn lock(&self, conn: &mut Conn, place: &Place) -> Result<(), Diagnostic> {
        let hash = Sha256::digest(place.quoted.as_bytes());
        let name: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let got: Option<Option<u8>> =
            conn.exec_first("SELECT GET_LOCK(?, 10)", (format!("pipesmith:{name}"),)).await.map_err(told)?;
        if got.flatten() == Some(1) {
            return Ok(());
        }
        Err(Diagnostic::error("mysql-conflict", format!("another run is replacing {}", place.shown))
            .fix("run it again when the other run has ended"))
    }

    /// Removes what killed runs left. The lock is held, so that nobody is using it.
    async fn recover(
        &self,
        conn: &mut Conn,
        place: &Place,
        ledger: Option<&Ledger>,
        new: &str,
        way: &Way,
    ) -> Result<(), Diagnostic> {
        if let Some(ledger) = ledger {
            ledger.settle(conn, new).await?;
        }
        if ledger::exists(conn, &place.schema, new).await? {
            conn.query_drop(format!("DROP TABLE {}", place.beside(new))).await.map_err(told)?;
        }
        if let Way::Swapped { old, .. } = way
            && ledger::exists(conn, &place.schema, old).await?
        {
            conn.query_drop(format!("DROP TABLE {}", place.beside(old))).await.map_err(told)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_table_are_never_too_long_and_stay_apart() {
        let place = |table: &str| Place {
            schema: "s".into(),
            table: table.into(),
            quoted: String::new(),
            shown: String::new(),
        };
        assert_eq!(place("orders").name("new"), "orders__pipesmith_new");
        let long = place(&"ü".repeat(64)).name("new");
        assert_eq!(long.chars().count(), 64);
        assert_ne!(long, place(&format!("{}a", "ü".repeat(63))).name("new"));
        assert_eq!(place("a`b").beside("x`y"), "`s`.`x``y`");
    }
}
