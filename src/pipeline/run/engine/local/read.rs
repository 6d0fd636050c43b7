//! Steps that read a system.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::channel::{Inbox, Outlet, Parcel, Received};
use super::step::{Ended, Failure, Gear, INPUT_BROKE_OFF, Meter, STOPPED, Stop};
use crate::connect::driver::flow::{Halt, Rows, Source};

/// Reads and hands the rows on. A read step takes no rows; what it needs only comes before it.
pub(super) fn run(source: &dyn Source, gear: &Gear<'_>, limit: Option<u64>, inbox: Inbox, outlet: &Outlet) -> Ended {
    let Gear { io, meter, stop, tries, may_suppose } = gear;
    loop {
        match inbox.receive() {
            Received::Parcel(..) => {}
            Received::AllEnded => break,
            Received::BrokenOff => return Err(INPUT_BROKE_OFF),
        }
    }
    loop {
        let may_suppose = *may_suppose;
        let mut handing = Handing { outlet, meter, stop, left: limit, gone: None, begun: false, may_suppose };
        match source.read(io, &mut handing) {
            Ok(()) => break,
            // Nothing has been handed on yet.
            Err(Halt::Wrong(diagnostic)) if !handing.begun => tries.again(io, diagnostic)?,
            Err(Halt::Wrong(diagnostic)) => return Err(Failure::Wrong(diagnostic)),
            Err(Halt::Mistaken(_)) if !handing.begun => {}
            Err(Halt::Mistaken(diagnostic)) => return Err(Failure::Mistaken(diagnostic)),
            // It has been given as many rows as were asked for.
            Err(Halt::Stopped) if handing.left == Some(0) && !stop.is_set() => break,
            Err(Halt::Stopped) => return Err(handing.gone.unwrap_or(STOPPED)),
        }
    }
    outlet.send(&Parcel::End)?;
    Ok(None)
}

/// Hands what is read to the steps that need it.
struct Handing<'a> {
    outlet: &'a Outlet,
    meter: &'a Meter,
    stop: &'a Stop,
    /// How many rows are still taken, where that is limited.
    left: Option<u64>,
    /// Why nobody takes rows any more.
    gone: Option<Failure>,
    /// Whether anything was handed on.
    begun: bool,
    may_suppose: bool,
}

impl Handing<'_> {
    fn send(&mut self, parcel: &Parcel) -> Result<(), Halt> {
        if self.stop.is_set() {
            return Err(Halt::Stopped);
        }
        self.begun = true;
        self.outlet.send(parcel).map_err(|gone| {
            self.gone = Some(gone.into());
            Halt::Stopped
        })
    }
}

impl Rows for Handing<'_> {
    fn columns(&mut self, schema: SchemaRef) -> Result<(), Halt> {
        self.send(&Parcel::Schema(schema))
    }

    fn batch(&mut self, batch: RecordBatch) -> Result<(), Halt> {
        let batch = match self.left {
            Some(left) => batch.slice(0, batch.num_rows().min(usize::try_from(left).unwrap_or(usize::MAX))),
            None => batch,
        };
        self.send(&Parcel::Batch(batch.clone()))?;
        self.meter.handed_on(&batch);
        match &mut self.left {
            Some(left) => {
                *left -= (batch.num_rows() as u64).min(*left);
                if *left == 0 { Err(Halt::Stopped) } else { Ok(()) }
            }
            None => Ok(()),
        }
    }

    fn far(&mut self, done: u64, whole: u64) {
        self.meter.far(done, whole);
    }

    fn may_suppose(&self) -> bool {
        self.may_suppose
    }
}
