//! A tree of keys and values: one of the store that this process has, or one of a store that another
//! process has, reached over its socket. Both behave alike.

use std::collections::VecDeque;
use std::sync::Arc;

use sled::IVec;

use super::StoreError;
use super::remote::{Ask, Given, PAGE, Remote};

pub(super) type Pair = (IVec, IVec);

/// The whole of a store.
#[derive(Clone, Debug)]
pub(super) enum Db {
    Local(sled::Db),
    Remote(Arc<Remote>),
}

impl Db {
    pub(super) fn tree(&self, name: &'static str) -> Result<Tree, StoreError> {
        Ok(match self {
            Db::Local(db) => Tree::Local(db.open_tree(name)?),
            Db::Remote(remote) => Tree::Remote(remote.clone(), name),
        })
    }

    /// Waits until everything written is on disk.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        match self {
            Db::Local(db) => drop(db.flush()?),
            Db::Remote(remote) => drop(remote.ask(&Ask::Flush)?),
        }
        Ok(())
    }
}

/// Changes that are made together or not at all.
#[derive(Debug, Default)]
pub(super) struct Batch(pub(super) Vec<(Vec<u8>, Option<Vec<u8>>)>);

impl Batch {
    pub(super) fn insert(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.0.push((key.into(), Some(value.into())));
    }

    pub(super) fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.0.push((key.into(), None));
    }
}

/// A tree.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Local(sled::Tree),
    Remote(Arc<Remote>, &'static str),
}

impl Tree {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self {
            Tree::Local(tree) => Ok(tree.get(key)?),
            Tree::Remote(remote, name) => match remote.ask(&Ask::get(name, key))? {
                Given::Value(value) => Ok(value.map(|value| IVec::from(value.0))),
                other => Err(other.unexpected()),
            },
        }
    }

    pub(super) fn insert(&self, key: &[u8], value: impl Into<Vec<u8>>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.insert(key, value);
        self.apply_batch(batch)
    }

    pub(super) fn remove(&self, key: &[u8]) -> Result<(), StoreError> {
        self.apply_batch(Batch(vec![(key.to_vec(), None)]))
    }

    pub(super) fn apply_batch(&self, batch: Batch) -> Result<(), StoreError> {
        match self {
            Tree::Local(tree) => {
                let mut changes = sled::Batch::default();
                for (key, value) in batch.0 {
                    match value {
                        Some(value) => changes.insert(key, value),
                        None => changes.remove(key),
                    }
                }
                Ok(tree.apply_batch(changes)?)
            }
            Tree::Remote(remote, name) => remote.ask(&Ask::write(name, batch)).map(drop),
        }
    }

    pub(super) fn iter(&self) -> Scan {
        self.scan_prefix(&[])
    }

    /// The entries whose keys begin so, in order; from either end.
    pub(super) fn scan_prefix(&self, prefix: &[u8]) -> Scan {
        match self {
            Tree::Local(tree) => Scan::Local(tree.scan_prefix(prefix)),
            Tree::Remote(remote, name) => Scan::Remote(Pages {
                remote: remote.clone(),
                tree: name,
                prefix: prefix.to_vec(),
                front: End::default(),
                back: End::default(),
            }),
        }
    }

    /// The entries whose keys begin so, from the key `from` on.
    pub(super) fn scan_from(&self, prefix: &[u8], from: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>>> {
        match self {
            Tree::Local(tree) => {
                let prefix = prefix.to_vec();
                let inside =
                    move |entry: &sled::Result<Pair>| entry.as_ref().map_or(true, |(k, _)| k.starts_with(&prefix));
                Box::new(tree.range(from.to_vec()..).take_while(inside).map(|entry| Ok(entry?)))
            }
            Tree::Remote(..) => {
                let from = from.to_vec();
                let before = move |entry: &Result<Pair, StoreError>| entry.as_ref().is_ok_and(|(k, _)| **k < *from);
                Box::new(self.scan_prefix(prefix).skip_while(before))
            }
        }
    }
}

/// Entries in order.
pub(super) enum Scan {
    Local(sled::Iter),
    Remote(Pages),
}

/// Entries that come page by page.
pub(super) struct Pages {
    remote: Arc<Remote>,
    tree: &'static str,
    prefix: Vec<u8>,
    front: End,
    back: End,
}

/// What has been fetched at one end.
#[derive(Default)]
struct End {
    page: VecDeque<Pair>,
    /// The last key that was fetched.
    last: Option<Vec<u8>>,
    /// The last one that was handed out.
    given: Option<IVec>,
    over: bool,
}

impl Pages {
    fn next(&mut self, back: bool) -> Option<Result<Pair, StoreError>> {
        let other = if back { self.front.given.clone() } else { self.back.given.clone() };
        let end = if back { &mut self.back } else { &mut self.front };
        if end.page.is_empty() && !end.over {
            let ask = Ask::scan(self.tree, &self.prefix, end.last.take(), back);
            let entries = match self.remote.ask(&ask) {
                Ok(Given::Entries(entries)) => entries,
                Ok(other) => {
                    end.over = true;
                    return Some(Err(other.unexpected()));
                }
                Err(error) => {
                    end.over = true;
                    return Some(Err(error));
                }
            };
            end.over = entries.is_empty();
            end.page.extend(entries.into_iter().map(|(key, value)| (IVec::from(key.0), IVec::from(value.0))));
            end.last = end.page.back().map(|(key, _)| key.to_vec());
        }
        let (key, value) = end.page.pop_front()?;
        let met = other.is_some_and(|other| if back { key <= other } else { key >= other });
        if met {
            (end.over, end.page) = (true, VecDeque::new());
            return None;
        }
        end.given = Some(key.clone());
        Some(Ok((key, value)))
    }
}

impl Iterator for Scan {
    type Item = Result<Pair, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Scan::Local(iter) => iter.next().map(|entry| Ok(entry?)),
            Scan::Remote(pages) => pages.next(false),
        }
    }
}

impl DoubleEndedIterator for Scan {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Scan::Local(iter) => iter.next_back().map(|entry| Ok(entry?)),
            Scan::Remote(pages) => pages.next(true),
        }
    }
}

/// Answers what another process asks of a tree of this one.
pub(super) fn answer(db: &sled::Db, names: &[&str], ask: Ask) -> Result<Given, StoreError> {
    let tree = |name: &str| match names.contains(&name) {
        true => Ok(db.open_tree(name)?),
        false => Err(StoreError::Remote(format!("there is no tree `{name}`"))),
    };
    match ask {
        Ask::Get { tree: name, key } => Ok(Given::Value(tree(&name)?.get(key.0)?.map(Into::into))),
        Ask::Write { tree: name, changes } => {
            let changes = changes.into_iter().map(|(key, value)| (key.0, value.map(|value| value.0))).collect();
            Tree::Local(tree(&name)?).apply_batch(Batch(changes))?;
            Ok(Given::Done)
        }
        Ask::Revision => Err(StoreError::Remote("a tree has no revision".to_owned())),
        Ask::Flush => {
            db.flush()?;
            Ok(Given::Done)
        }
        Ask::Scan { tree: name, prefix, after, back } => {
            let tree = tree(&name)?;
            let mut bytes = 0;
            let mut page = Vec::new();
            let mut take = |entry: sled::Result<Pair>| -> Result<bool, StoreError> {
                let (key, value) = entry?;
                if !key.starts_with(&prefix.0) {
                    return Ok(false);
                }
                bytes += key.len() + value.len();
                page.push((key.into(), value.into()));
                Ok(bytes < PAGE)
            };
            match (after, back) {
                (None, false) => feed(tree.scan_prefix(&prefix.0), &mut take)?,
                (None, true) => feed(tree.scan_prefix(&prefix.0).rev(), &mut take)?,
                (Some(key), false) => {
                    feed(
                        tree.range::<Vec<u8>, _>((std::ops::Bound::Excluded(key.0), std::ops::Bound::Unbounded)),
                        &mut take,
                    )?;
                }
                (Some(key), true) => feed(tree.range(..key.0).rev(), &mut take)?,
            }
            Ok(Given::Entries(page))
        }
    }
}

fn feed(
    entries: impl Iterator<Item = sled::Result<Pair>>,
    take: &mut impl FnMut(sled::Result<Pair>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    for entry in entries {
        if !take(entry)? {
            break;
        }
    }
    Ok(())
}
