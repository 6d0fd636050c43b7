//! The text of a file, piece by piece: unpacked, decoded, and checked to be text.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult};
use flate2::read::MultiGzDecoder;

use super::config::Config;
use crate::diagnostic::Diagnostic;

/// How the bytes of a file are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a byte order mark is skipped.
    Utf8,
    /// UTF-16 as its byte order mark says; little-endian without one. Written with one.
    Utf16,
    /// Bytes below 128 only.
    Ascii,
    /// ISO 8859-1.
    Latin1,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As its first bytes say.
    Infer,
    /// Not.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// The `compression` of a step that reads.
pub(super) fn compression(config: &mut Config<'_>) -> Compression {
    match config.text("compression") {
        Some(text @ ("bz2" | "zip" | "xz")) => {
            let message = format!("`{text}` files can't be read by this version");
            config.wrong("compression", message, "unpack the file, or pack it with gzip or zstd");
            Compression::Infer
        }
        _ => {
            let choices = [
                ("infer", Compression::Infer),
                ("none", Compression::None),
                ("gzip", Compression::Gzip),
                ("zstd", Compression::Zstd),
            ];
            config.choice("compression", &choices).unwrap_or(Compression::Infer)
        }
    }
}

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

type Start = Chain<Cursor<Vec<u8>>, Watched>;

/// How far a file has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    done: Arc<AtomicU64>,
    whole: u64,
}

impl Position {
    /// Bytes read, and bytes of the file.
    pub fn read(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.whole)
    }
}

/// A file whose position others see.
struct Watched {
    file: File,
    position: Position,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.position.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The text of a file, piece by piece.
pub(super) struct TextSource {
    name: String,
    bytes: Box<dyn Read + Send>,
    decode: Decode,
    /// What has been read, and of that what is not yet text.
    block: Vec<u8>,
    pending: usize,
    /// Line ends handed out so far.
    lines: u64,
    ended: bool,
    position: Position,
}

enum Decode {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Box<Decoder>),
}

impl TextSource {
    /// Opens a file. `name` is how a person calls it.
    pub fn open(
        path: &Path,
        name: &str,
        encoding: Encoding,
        compression: Compression,
    ) -> Result<TextSource, Diagnostic> {
        TextSource::open_in_blocks(path, name, encoding, compression, BLOCK)
    }

    /// The same, reading `block` bytes at a time.
    pub fn open_in_blocks(
        path: &Path,
        name: &str,
        encoding: Encoding,
        compression: Compression,
        block: usize,
    ) -> Result<TextSource, Diagnostic> {
        let unreadable = |error: io::Error| unreadable(name, &error);
        let (head, file) = head(path, 6).map_err(unreadable)?;
        let packed = match (compression, head.as_slice()) {
            (Compression::Infer | Compression::Gzip, [0x1f, 0x8b, ..]) => Compression::Gzip,
            (Compression::Infer | Compression::Zstd, [0x28, 0xb5, 0x2f, 0xfd, ..]) => Compression::Zstd,
            (Compression::Gzip, _) => return Err(not_packed(name, "file-not-gzip", "gzip")),
            (Compression::Zstd, _) => return Err(not_packed(name, "file-not-zstd", "zstd")),
            (Compression::Infer, [b'B', b'Z', b'h', ..]) => return Err(other_compression(name, "bzip2")),
            (Compression::Infer, [b'P', b'K', 3, 4, ..]) => return Err(other_compression(name, "zip")),
            (Compression::Infer, [0xfd, b'7', b'z', b'X', b'Z', ..]) => return Err(other_compression(name, "xz")),
            _ => Compression::None,
        };
        let whole = file.metadata().map_or(0, |meta| meta.len());
        let position = Position { done: Arc::new(AtomicU64::new(head.len() as u64)), whole };
        let start: Start = Cursor::new(head).chain(Watched { file, position: position.clone() });
        let mut bytes: Box<dyn Read + Send> = match packed {
            Compression::Gzip => Box::new(MultiGzDecoder::new(start)),
            Compression::Zstd => Box::new(unzstd(start).map_err(unreadable)?),
            Compression::None | Compression::Infer => Box::new(start),
        };
        let mut first = Vec::with_capacity(3);
        bytes.by_ref().take(3).read_to_end(&mut first).map_err(unreadable)?;
        let decode = match encoding {
            Encoding::Utf8 if matches!(first.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
                return Err(not_text(name, 1, "UTF-8")
                    .why("the file begins with the byte order mark of UTF-16")
                    .fix("set `encoding: utf-16`"));
            }
            Encoding::Utf8 => {
                if first == [0xef, 0xbb, 0xbf] {
                    first.clear();
                }
                Decode::Utf8
            }
            Encoding::Ascii => Decode::Ascii,
            Encoding::Latin1 => Decode::Latin1,
            // The decoder looks at the byte order mark itself.
            Encoding::Utf16 => Decode::Utf16(Box::new(encoding_rs::UTF_16LE.new_decoder())),
        };
        let pending = first.len();
        first.resize(block.max(4) + 4, 0);
        Ok(TextSource { name: name.to_owned(), bytes, decode, block: first, pending, lines: 0, ended: false, position })
    }

    /// How far the file has been read.
    pub fn position(&self) -> Position {
        self.position.clone()
    }

    /// Appends the next piece of text; false at the end of the file.
    pub fn read(&mut self, text: &mut String) -> Result<bool, Diagnostic> {
        if self.ended {
            return Ok(false);
        }
        let count = loop {
            match self.bytes.read(&mut self.block[self.pending..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.name, &error)),
            }
        };
        self.ended = count == 0;
        let from = text.len();
        let filled = self.pending + count;
        let taken = self.decode_into(filled, text);
        self.lines += memchr::memchr_iter(b'\n', &text.as_bytes()[from..]).count() as u64;
        let taken =
            taken.map_err(|encoding| not_text(&self.name, self.lines + 1, encoding).fix(encoding_fix(encoding)))?;
        self.block.copy_within(taken..filled, 0);
        self.pending = filled - taken;
        Ok(true)
    }

    /// Bytes taken, or the name of the encoding that the bytes are not.
    fn decode_into(&mut self, filled: usize, text: &mut String) -> Result<usize, &'static str> {
        let block = &self.block[..filled];
        match &mut self.decode {
            Decode::Utf8 => match std::str::from_utf8(block) {
                Ok(valid) => {
                    text.push_str(valid);
                    Ok(filled)
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    text.push_str(std::str::from_utf8(&block[..good]).unwrap_or_default());
                    if error.error_len().is_some() || self.ended { Err("UTF-8") } else { Ok(good) }
                }
            },
            Decode::Ascii => {
                let good = block.iter().position(|b| !b.is_ascii()).unwrap_or(filled);
                text.push_str(std::str::from_utf8(&block[..good]).unwrap_or_default());
                if good < filled { Err("ASCII") } else { Ok(filled) }
            }
            Decode::Latin1 => {
                text.push_str(&encoding_rs::mem::decode_latin1(block));
                Ok(filled)
            }
            Decode::Utf16(decoder) => {
                let room = decoder.max_utf8_buffer_length_without_replacement(filled).unwrap_or(filled * 3 + 16);
                text.reserve(room);
                match decoder.decode_to_string_without_replacement(block, text, self.ended) {
                    (DecoderResult::InputEmpty, read) => Ok(read),
                    // With the room reserved above the output is never full.
                    (DecoderResult::OutputFull | DecoderResult::Malformed(..), _) => Err("UTF-16"),
                }
            }
        }
    }
}

/// A window larger than this is refused: it is memory that a small file could ask for.
const MAX_WINDOW_LOG: u32 = 27;

fn unzstd(start: Start) -> io::Result<impl Read + Send> {
    let mut decoder = zstd::stream::read::Decoder::new(start)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    Ok(decoder)
}

fn not_packed(name: &str, code: &str, what: &str) -> Diagnostic {
    Diagnostic::error(code, format!("{name} is not a {what} file"))
        .source(name)
        .fix(format!("set `compression: infer`, or pack the file with {what}"))
}

/// The first bytes of a file, and the file after them.
fn head(path: &Path, count: u64) -> io::Result<(Vec<u8>, File)> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let mut head = Vec::new();
    (&file).take(count).read_to_end(&mut head)?;
    Ok((head, file))
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error("file-unreadable", format!("{name} can't be read")).source(name).why(error.to_string())
}

fn other_compression(name: &str, what: &str) -> Diagnostic {
    Diagnostic::error("file-compression", format!("{name} is packed with {what}"))
        .source(name)
        .why("this version reads plain, gzip and zstd files")
        .fix("unpack the file, or pack it with gzip or zstd")
}

fn not_text(name: &str, line: u64, encoding: &str) -> Diagnostic {
    Diagnostic::error("file-encoding", format!("{name}: line {line} is not valid {encoding}")).source(name)
}

fn encoding_fix(encoding: &str) -> &'static str {
    match encoding {
        "ASCII" => "set `encoding: utf-8` or `encoding: latin-1`",
        _ => "set `encoding` to what the file is written in, e.g. `latin-1`",
    }
}
