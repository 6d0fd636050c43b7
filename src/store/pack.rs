//! Whole blocks of a session's events as one value: a long session is read several times as fast, and lies on a
//! fraction of the disk. The value stands under the key of the last event of its block, so that keys stay in order.

use std::collections::VecDeque;

use super::{CODEC_PACK, Pair, StoreError, decode};

/// Events of a block. Blocks end at its multiples.
pub(super) const BLOCK: u64 = 1024;
/// Fast, and the events of a block are much alike.
const LEVEL: i32 = 3;
/// A block that says it is larger is none of ours.
const MOST_BYTES: usize = 1024 * 1024 * 1024;

/// The last event of each block that ends within these, both included.
pub(super) fn ends(first: u64, last: u64) -> impl Iterator<Item = u64> {
    (first.div_ceil(BLOCK).max(1)..=last / BLOCK).map(|block| block * BLOCK)
}

/// The value of a block: the number of its first event, and all of them, compressed.
pub(super) fn pack<'a>(first: u64, events: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, StoreError> {
    let mut plain = Vec::new();
    for json in events {
        let length = u32::try_from(json.len()).map_err(|_| StoreError::Block("an event is too long"))?;
        plain.extend_from_slice(&length.to_le_bytes());
        plain.extend_from_slice(json);
    }
    let packed = zstd::bulk::compress(&plain, LEVEL).map_err(|_| StoreError::Block("it can't be compressed"))?;
    let mut value = vec![CODEC_PACK];
    value.extend_from_slice(&first.to_be_bytes());
    value.extend_from_slice(&u64::try_from(plain.len()).unwrap_or(u64::MAX).to_be_bytes());
    value.extend_from_slice(&packed);
    Ok(value)
}

/// The events of a value: of a block, or the one that it is.
pub(super) fn unpack(seq: u64, value: &[u8]) -> Result<VecDeque<(u64, Vec<u8>)>, StoreError> {
    let damaged = || StoreError::Block("it is damaged");
    let Some(block) = value.strip_prefix(&[CODEC_PACK]) else {
        return Ok(VecDeque::from([(seq, decode(value)?)]));
    };
    let (first, block) = block.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (size, packed) = block.split_first_chunk::<8>().ok_or_else(damaged)?;
    let size = usize::try_from(u64::from_be_bytes(*size)).ok().filter(|size| *size <= MOST_BYTES);
    let plain = zstd::bulk::decompress(packed, size.ok_or_else(damaged)?).map_err(|_| damaged())?;
    let mut events = VecDeque::new();
    let mut rest = plain.as_slice();
    let mut next = u64::from_be_bytes(*first);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?;
        let (json, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        events.push_back((next, json.to_vec()));
        (rest, next) = (after, next.saturating_add(1));
    }
    match events.back() {
        Some((last, _)) if *last == seq && rest.is_empty() => Ok(events),
        _ => Err(damaged()),
    }
}

/// The events of entries, one by one from a number on. A block that was packed while somebody reads gives no event
/// twice.
pub(super) struct Unpacked<I> {
    entries: I,
    /// Bytes of a key before the number.
    skip: usize,
    next: u64,
    ready: VecDeque<(u64, Vec<u8>)>,
}

impl<I> Unpacked<I> {
    pub(super) fn new(entries: I, skip: usize, from: u64) -> Unpacked<I> {
        Unpacked { entries, skip, next: from, ready: VecDeque::new() }
    }
}

impl<I: Iterator<Item = Result<Pair, StoreError>>> Iterator for Unpacked<I> {
    type Item = Result<(u64, Vec<u8>), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some((seq, json)) = self.ready.pop_front() {
                if seq >= self.next {
                    self.next = seq.saturating_add(1);
                    return Some(Ok((seq, json)));
                }
            }
            let read = self.entries.next()?.and_then(|entry| numbered(&entry, self.skip));
            match read {
                Ok(events) => self.ready = events,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The events of an entry; their last number stands behind the `skip` bytes of its key.
pub(super) fn numbered((key, value): &Pair, skip: usize) -> Result<VecDeque<(u64, Vec<u8>)>, StoreError> {
    let seq = key.get(skip..).and_then(|k| k.try_into().ok()).map_or(0, u64::from_be_bytes);
    unpack(seq, value)
}
