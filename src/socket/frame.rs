//! Frames: four bytes of length, most significant first, and so many bytes of JSON.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// No frame is larger: 64 MiB, as no line of an export is.
pub const MOST: usize = 64 * 1024 * 1024;
/// A greeting is small.
pub const GREETING: usize = 64 * 1024;
/// What a frame announces is not believed: room is made for this much at once.
const STEP: usize = 256 * 1024;

/// The bytes of a frame. A value that is too large for one is an error.
pub fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, value).map_err(io::Error::other)?;
    finish(bytes)
}

/// A frame of JSON that is already text: `head`, the parts with commas between, `tail`.
pub fn list<'a>(head: &str, parts: impl IntoIterator<Item = &'a str>, tail: &str) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    bytes.extend_from_slice(head.as_bytes());
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(tail.as_bytes());
    finish(bytes)
}

fn finish(mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = bytes.len() - 4;
    let number = u32::try_from(length).ok().filter(|_| length <= MOST).ok_or_else(|| too_large(length))?;
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Ok(bytes)
}

fn too_large(length: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes is too large"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    let misunderstood =
        |why: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidData, format!("not understood: {why}"));
    // As a whole: each text of it by itself takes several times as long.
    let text = std::str::from_utf8(bytes).map_err(|e| misunderstood(&e))?;
    serde_json::from_str(text).map_err(|e| misunderstood(&e))
}

fn length(head: [u8; 4], most: usize) -> io::Result<usize> {
    let length = u32::from_be_bytes(head) as usize;
    if length > most { Err(too_large(length)) } else { Ok(length) }
}

/// Writes a value, blocking.
pub fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(value)?)?;
    to.flush()
}

/// Reads a value of at most `most` bytes, blocking. The end of the stream is an error.
pub fn read<T: DeserializeOwned>(from: &mut impl Read, most: usize) -> io::Result<T> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let length = length(head, most)?;
    let mut bytes = Vec::with_capacity(length.min(STEP));
    if from.take(length as u64).read_to_end(&mut bytes)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    parse(&bytes)
}

/// Reads a value of at most `most` bytes. The end of the stream is an error.
pub async fn receive<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<T> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let length = length(head, most)?;
    let mut bytes = Vec::with_capacity(length.min(STEP));
    if from.take(length as u64).read_to_end(&mut bytes).await? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    parse(&bytes)
}

/// Writes a value.
pub async fn send(to: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(value)?).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_large_is_refused_before_it_is_read() {
        let mut bytes = &[0xFF_u8; 64][..];
        let refused = read::<String>(&mut bytes, GREETING).unwrap_err();
        assert!(refused.to_string().contains("too large"), "{refused}");
        let mut cut = &[0, 0, 0, 9, b'"'][..];
        assert_eq!(read::<String>(&mut cut, MOST).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    proptest! {
        #[test]
        fn values_come_back(texts in proptest::collection::vec(".*", 0..5)) {
            let mut bytes = Vec::new();
            write(&mut bytes, &texts).unwrap();
            let parts: Vec<String> = texts.iter().map(|t| serde_json::to_string(t).unwrap()).collect();
            prop_assert_eq!(&list("[", parts.iter().map(String::as_str), "]").unwrap(), &bytes);
            prop_assert_eq!(read::<Vec<String>>(&mut bytes.as_slice(), MOST).unwrap(), texts);
        }

        #[test]
        fn no_bytes_are_trouble(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read::<serde_json::Value>(&mut bytes.as_slice(), GREETING);
        }
    }
}
