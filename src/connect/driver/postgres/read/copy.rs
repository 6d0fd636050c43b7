//! The data of one `COPY … TO STDOUT`, from the line to batches.

use arrow::record_batch::RecordBatch;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_postgres::Error;

use super::super::decode::Decoder;
use super::super::fault;
use super::super::session::Session;
use crate::connect::driver::flow::{Halt, Io};

/// Bytes handed from the line to the decoder at a time, and how many such pieces may wait.
const PIECE: usize = 128 << 10;
const WAITING: usize = 4;

/// Copies out; hands batches on. Gives the rows.
pub(super) fn copy(
    session: &Session,
    io: &Io,
    sql: &str,
    what: &str,
    mut decoder: Decoder,
    each: &mut dyn FnMut(RecordBatch) -> Result<(), Halt>,
) -> Result<u64, Halt> {
    let doing = format!("read {what}");
    let stream = session.wait(io, &doing, session.client.copy_out(sql))?;
    let (sender, mut pieces) = mpsc::channel::<Result<Vec<u8>, Error>>(WAITING);
    io.runtime.spawn(async move {
        let mut stream = std::pin::pin!(stream);
        let mut piece = Vec::with_capacity(PIECE + (PIECE >> 2));
        loop {
            match stream.next().await {
                Some(Ok(data)) => {
                    piece.extend_from_slice(&data);
                    if piece.len() >= PIECE {
                        let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + (PIECE >> 2)));
                        if sender.send(Ok(full)).await.is_err() {
                            return;
                        }
                    }
                }
                Some(Err(error)) => {
                    let _ = sender.send(Err(error)).await;
                    return;
                }
                None => {
                    let _ = sender.send(Ok(piece)).await;
                    return;
                }
            }
        }
    });
    let read = (|| {
        while let Some(piece) = io.wait(async { Ok::<_, Halt>(pieces.recv().await) })? {
            let piece = piece.map_err(|error| Halt::from(fault::told(&error, &doing)))?;
            decoder.feed(&piece, each)?;
        }
        decoder.finish(each)
    })();
    if matches!(read, Err(Halt::Stopped)) {
        session.cancel(io);
    }
    read
}
