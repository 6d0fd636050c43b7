//! Rows written in blocks, so that those which the server refuses are found: a block that fails is cut in
//! halves, down to the row.

use super::super::encode::Encoder;
use super::super::fault;
use super::super::session::Session;
use super::load::Load;
use crate::connect::driver::flow::{Halt, Io};

/// Rows that are encoded, and where each begins.
#[derive(Default)]
pub(super) struct Block {
    pub data: Vec<u8>,
    pub starts: Vec<usize>,
    /// The number of each row in its batch.
    pub rows: Vec<usize>,
}

impl Block {
    /// Copies all rows that the server takes; hands the number in the batch of each other one on, with the
    /// reason. Gives the rows that the server took.
    pub fn copy(
        &self,
        session: &Session,
        io: &Io,
        sql: &str,
        doing: &str,
        encoder: &Encoder,
        refused: &mut dyn FnMut(usize, String) -> Result<(), Halt>,
    ) -> Result<u64, Halt> {
        let mut taken = 0;
        let mut parts = vec![(0, self.rows.len())];
        while let Some((from, to)) = parts.pop().filter(|(from, to)| from < to) {
            session.run(io, "SAVEPOINT pipesmith_block", "set a savepoint")?;
            let mut load = Load::begin(session, io, sql, doing)?;
            encoder.begin(&mut load.buffer);
            let end = self.starts.get(to).copied().unwrap_or(self.data.len());
            load.buffer.extend_from_slice(&self.data[self.starts[from]..end]);
            encoder.end(&mut load.buffer);
            match load.finish(session, io)? {
                Ok(rows) => {
                    session.run(io, "RELEASE SAVEPOINT pipesmith_block", "release a savepoint")?;
                    taken += rows;
                }
                Err(error) => {
                    session.run(io, "ROLLBACK TO SAVEPOINT pipesmith_block", "go back to a savepoint")?;
                    if !fault::is_of_data(&error) {
                        return Err(fault::told(&error, doing).into());
                    }
                    if to - from == 1 {
                        refused(self.rows[from], fault::reason(&error))?;
                    } else {
                        let half = from + (to - from) / 2;
                        parts.push((half, to));
                        parts.push((from, half));
                    }
                }
            }
        }
        Ok(taken)
    }
}
