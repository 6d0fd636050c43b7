//! Pieces of a file that end where a row ends, so that several threads can work on one file.
//!
//! Where a row ends depends only on quotes, and only on those at the beginning of a field. So a piece is cut
//! by looking at quotes and line ends; its fields are found by whoever works on it. Text that is no CSV is
//! told by them too: pieces are worked on in their order, and the first fault counts.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use memchr::{memchr, memchr_iter, memrchr};

use super::super::text::TextSource;
use super::rows::MAX_ROW;
use crate::diagnostic::Diagnostic;

/// Bytes of a piece, roughly.
pub(super) const BLOCK: usize = 1 << 20;
/// Pieces that wait for a thread, and results that wait for being taken, for each thread.
const WAITING: usize = 2;

/// A piece of a file.
pub(super) struct Block {
    pub text: String,
    /// Line of its first row, from 1.
    pub line: u64,
    /// Lines that end in it: at least as many as rows, but for a last one without an end.
    pub lines: usize,
}

/// The pieces of a file in their order.
pub(super) struct Blocks {
    source: Option<TextSource>,
    name: String,
    delimiter: u8,
    size: usize,
    /// What was read and not given out.
    rest: String,
    line: u64,
}

impl Blocks {
    /// `rest` is what has been read already; it begins with a row, in `line`.
    pub fn new(source: Option<TextSource>, name: &str, delimiter: u8, rest: String, line: u64, size: usize) -> Blocks {
        Blocks { source, name: name.to_owned(), delimiter, size, rest, line }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// Text that can't be read, a row that never ends.
    pub fn next(&mut self) -> Result<Option<Block>, Diagnostic> {
        let mut wanted = self.size;
        loop {
            while self.rest.len() < wanted {
                let Some(source) = &mut self.source else { break };
                if !source.read(&mut self.rest)? {
                    self.source = None;
                }
            }
            let all = self.source.is_none() && self.rest.len() <= wanted;
            let window = &self.rest.as_bytes()[..wanted.min(self.rest.len())];
            let end = if all { self.rest.len() } else { last_row_end(window, self.delimiter) };
            if end > 0 {
                let rest = self.rest.split_off(end);
                let text = std::mem::replace(&mut self.rest, rest);
                let line = self.line;
                let lines = memchr_iter(b'\n', text.as_bytes()).count();
                self.line += lines as u64;
                return Ok(Some(Block { text, line, lines }));
            }
            if all {
                return Ok(None);
            }
            if wanted >= MAX_ROW {
                let message = format!("{}: line {}: the row is longer than {MAX_ROW} bytes", self.name, self.line);
                return Err(Diagnostic::error("csv-row-too-long", message)
                    .source(&self.name)
                    .why("a quote that is opened and never closed takes the rest of the file for one value")
                    .fix("close the quote, or double it where it is data"));
            }
            wanted = 2 * wanted.max(1);
        }
    }
}

/// The byte after the last line end that is not in quotes; 0 where there is none. The text goes on after its
/// end.
fn last_row_end(text: &[u8], delimiter: u8) -> usize {
    let (mut best, mut plain, mut at) = (0, 0, 0);
    let newline = |from: usize, to: usize| memrchr(b'\n', &text[from..to]).map(|n| from + n + 1);
    while let Some(quote) = memchr(b'"', &text[at..]).map(|n| at + n) {
        let opens = quote == 0 || text[quote - 1] == delimiter || text[quote - 1] == b'\n';
        if !opens {
            at = quote + 1;
            continue;
        }
        best = newline(plain, quote).unwrap_or(best);
        let mut seek = quote + 1;
        loop {
            let Some(found) = memchr(b'"', &text[seek..]).map(|n| seek + n) else { return best };
            match text.get(found + 1) {
                Some(b'"') => seek = found + 2,
                Some(_) => {
                    plain = found + 1;
                    at = plain;
                    break;
                }
                // A quote that follows would belong to it.
                None => return best,
            }
        }
    }
    newline(plain, text.len()).unwrap_or(best)
}

/// Works on pieces with several threads; `take` gets the results in the order of the pieces, and ends it all
/// with false.
///
/// # Errors
/// The first fault, in the order of the pieces.
pub(super) fn work<T: Send, E: From<Diagnostic> + Send>(
    mut blocks: Blocks,
    threads: usize,
    work: impl Fn(Block) -> Result<T, E> + Sync,
    mut take: impl FnMut(T) -> Result<bool, E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let mut inputs: Vec<SyncSender<Result<Block, Diagnostic>>> = Vec::with_capacity(threads);
        let mut outputs: Vec<Receiver<Result<T, E>>> = Vec::with_capacity(threads);
        for _ in 0..threads.max(1) {
            let (input, jobs) = sync_channel::<Result<Block, Diagnostic>>(WAITING);
            let (results, output) = sync_channel(WAITING);
            let work = &work;
            scope.spawn(move || {
                for block in jobs {
                    let result = block.map_err(E::from).and_then(work);
                    let wrong = result.is_err();
                    // Nobody takes it any more, or nothing after it counts.
                    if results.send(result).is_err() || wrong {
                        return;
                    }
                }
            });
            inputs.push(input);
            outputs.push(output);
        }
        scope.spawn(move || {
            for input in inputs.iter().cycle() {
                let Some(next) = blocks.next().transpose() else { return };
                let wrong = next.is_err();
                if input.send(next).is_err() || wrong {
                    return;
                }
            }
        });
        for output in outputs.iter().cycle() {
            let Ok(result) = output.recv() else { return Ok(()) };
            if !take(result?)? {
                return Ok(());
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokenizer::{Scan, scan_row};
    use super::*;

    fn pieces(text: &str, size: usize) -> Vec<(String, u64)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in.csv");
        std::fs::write(&path, text).unwrap();
        let (encoding, packing) = (super::super::Encoding::Utf8, super::super::Compression::None);
        let source = TextSource::open_in_blocks(&path, "in.csv", encoding, packing, 3).unwrap();
        let mut blocks = Blocks::new(Some(source), "in.csv", b',', String::new(), 1, size);
        let mut pieces = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            pieces.push((block.text, block.line));
        }
        pieces
    }

    #[test]
    fn pieces_end_where_rows_end() {
        let all = pieces("a,b\n1,\"x\ny\"\n2,z\"\"\n3,\"\"\"\n\"\n", 5);
        let texts: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["a,b\n", "1,\"x\ny\"\n", "2,z\"\"\n", "3,\"\"\"\n\"\n"]);
        assert_eq!(all.iter().map(|(_, line)| *line).collect::<Vec<_>>(), [1, 2, 4, 5]);
    }

    #[test]
    fn results_come_in_order_and_the_first_fault_counts() {
        let text: String = (0..500).map(|n| format!("{n}\n")).collect();
        let blocks = || Blocks::new(None, "x", b',', text.clone(), 1, 8);
        let one_each = |threads| {
            let mut all = String::new();
            let done: Result<(), Diagnostic> = work(
                blocks(),
                threads,
                |block| Ok(block.text),
                |text| {
                    Ok({
                        all.push_str(&text);
                        true
                    })
                },
            );
            done.map(|()| all)
        };
        assert_eq!(one_each(3).unwrap(), text);
        let mut taken = 0;
        let ended = work::<_, Diagnostic>(
            blocks(),
            2,
            |block| Ok(block.line),
            |_| {
                Ok({
                    taken += 1;
                    false
                })
            },
        );
        assert!(ended.is_ok() && taken == 1);
        let fault = |block: Block| Err::<(), _>(Diagnostic::error("x", block.line.to_string()));
        assert_eq!(work(blocks(), 4, fault, |()| Ok(true)).unwrap_err().message, "1");
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_hold_whole_rows(text in "[a,\"\n\r]{0,60}", size in 1usize..20) {
            let all = pieces(&text, size);
            prop_assert_eq!(all.iter().map(|(text, _)| text.as_str()).collect::<String>(), text.clone());
            // As far as the text is CSV, each piece but the last begins where a row begins.
            let (mut at, mut fields, mut starts) = (0, Vec::new(), vec![0]);
            while at < text.len() {
                let Scan::Row { next, .. } = scan_row(text.as_bytes(), at, true, b',', &mut fields) else { return Ok(()) };
                at = next;
                starts.push(at);
            }
            let mut begin = 0;
            for (piece, _) in all {
                prop_assert!(starts.contains(&begin), "{} in {:?}", begin, text);
                begin += piece.len();
            }
        }
    }
}
