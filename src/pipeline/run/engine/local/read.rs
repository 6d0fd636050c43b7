//! Steps that read a file.

use super::channel::{Inbox, Outlet, Parcel, Received};
use super::place::Place;
use super::step::{Ended, INPUT_BROKE_OFF, Meter, STOPPED, Stop};
use crate::connect::driver::csv::{CsvReader, ReadOptions};

/// Reads a CSV file and hands its rows on. A read step takes no rows; what it needs only comes before it.
pub(super) fn run(
    place: &Place,
    options: ReadOptions,
    mut inbox: Inbox,
    outlet: &Outlet,
    meter: &Meter,
    stop: &Stop,
) -> Ended {
    loop {
        match inbox.receive() {
            Received::Parcel(..) => {}
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    let stopped = || stop.is_set();
    let Some(mut reader) = CsvReader::open(&place.path, &place.name, options, &stopped)? else { return Err(STOPPED) };
    outlet.send(&Parcel::Schema(reader.schema()))?;
    while let Some(batch) = reader.next_batch()? {
        if stop.is_set() {
            return Err(STOPPED);
        }
        meter.handed_on(batch.num_rows());
        outlet.send(&Parcel::Batch(batch))?;
    }
    outlet.send(&Parcel::End)?;
    Ok(None)
}
