//! One `COPY … FROM STDIN`.

use std::io::Cursor;
use std::pin::Pin;

use futures_util::SinkExt;
use tokio_postgres::{CopyInSink, Error};

use super::super::session::Session;
use crate::connect::driver::flow::{Halt, Io};

/// Bytes sent at a time.
pub(super) const PIECE: usize = 256 << 10;

/// A copy that is under way.
pub(super) struct Load {
    sink: Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>,
    /// Data that is not yet sent.
    pub buffer: Vec<u8>,
}

impl Load {
    /// Begins.
    pub fn begin(session: &Session, io: &Io, sql: &str, doing: &str) -> Result<Load, Halt> {
        let sink = session.wait(io, doing, session.client.copy_in(sql))?;
        Ok(Load { sink: Box::pin(sink), buffer: Vec::with_capacity(PIECE + (PIECE >> 2)) })
    }

    /// Sends what is there. What the server has to say about it comes with [`Load::finish`].
    pub fn send(&mut self, session: &Session, io: &Io) -> Result<Result<(), Error>, Halt> {
        if self.buffer.is_empty() {
            return Ok(Ok(()));
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE + (PIECE >> 2)));
        session.attempt(io, self.sink.as_mut().send(Cursor::new(piece)))
    }

    /// Ends; gives the rows that the server says it took.
    pub fn finish(mut self, session: &Session, io: &Io) -> Result<Result<u64, Error>, Halt> {
        if let Err(error) = self.send(session, io)? {
            return Ok(Err(error));
        }
        session.attempt(io, self.sink.as_mut().finish())
    }
}
