//! What flows between steps, and how its end is told from its breaking off.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::super::super::kept::Keeper;
use super::queue::{self, Gone, Receiver, Sender};
use super::seen::Seen;
use super::step::Meter;

/// Parcels on their way from one step to another at most. This is the back-pressure: whoever sends more waits.
const IN_FLIGHT: usize = 4;

/// One thing that a step hands to a step that needs it.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// The columns of the rows to come. Always first.
    Schema(SchemaRef),
    /// Rows.
    Batch(RecordBatch),
    /// The step did its work. A channel that closes without it broke off.
    End,
}

/// The receiving end of a step: the parcels of all its inputs as they come, so that no input waits for
/// another; or of those it asks for.
pub(super) struct Inbox {
    parcels: Receiver<Parcel>,
    ended: Mutex<Vec<bool>>,
}

/// What an inbox gives.
pub(super) enum Received {
    /// A parcel of the input with that number, in the order of `needs`.
    Parcel(usize, Parcel),
    /// All inputs ended well.
    AllEnded,
    /// An input broke off.
    BrokenOff,
}

impl Inbox {
    /// An inbox for a number of inputs, and what sends to each.
    pub fn new(inputs: usize) -> (Inbox, Vec<Sender<Parcel>>) {
        let (parcels, senders) = queue::queue(inputs, IN_FLIGHT);
        (Inbox { parcels, ended: Mutex::new(vec![false; inputs]) }, senders)
    }

    /// Waits for the next parcel. Blocks.
    pub fn receive(&self) -> Received {
        self.receive_of(|_| true)
    }

    /// Waits for the next parcel of the inputs that are wanted; `AllEnded` where all of these have ended.
    pub fn receive_of(&self, wanted: impl Fn(usize) -> bool) -> Received {
        let ended = || self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let open: Vec<bool> = ended().iter().enumerate().map(|(input, ended)| !ended && wanted(input)).collect();
        if !open.contains(&true) {
            return Received::AllEnded;
        }
        match self.parcels.receive(|input| open[input]) {
            Some((input, parcel)) => {
                if matches!(parcel, Parcel::End) {
                    ended()[input] = true;
                }
                Received::Parcel(input, parcel)
            }
            None => Received::BrokenOff,
        }
    }
}

/// The sending end of a step: to every step that needs it.
#[derive(Default)]
pub(super) struct Outlet {
    targets: Vec<Sender<Parcel>>,
    tap: Mutex<Tap>,
}

/// What looks at the parcels of a step while they go by.
#[derive(Default)]
pub(super) struct Tap {
    /// Keeps them.
    pub keeper: Option<Keeper>,
    /// Holds the first rows: of a step that nobody takes rows of.
    pub seen: Option<Seen>,
    /// Notes the columns.
    pub meter: Option<Arc<Meter>>,
}

impl Tap {
    fn see(&mut self, parcel: &Parcel) {
        if let (Some(meter), Parcel::Schema(schema)) = (&self.meter, parcel) {
            meter.columns(schema);
        }
        if let Some(keeper) = &mut self.keeper {
            match parcel {
                Parcel::Schema(schema) => keeper.columns(schema.clone()),
                Parcel::Batch(batch) => keeper.batch(batch),
                Parcel::End => keeper.end(),
            }
        }
        if let Some(seen) = &mut self.seen {
            match parcel {
                Parcel::Schema(schema) => seen.columns(schema),
                Parcel::Batch(batch) => seen.take(batch),
                Parcel::End => {}
            }
        }
    }
}

impl Outlet {
    /// Adds a step that needs this one.
    pub fn add(&mut self, sender: Sender<Parcel>) {
        self.targets.push(sender);
    }

    /// Whether nobody takes its rows.
    pub fn is_open(&self) -> bool {
        self.targets.is_empty()
    }

    /// Lets somebody look at what goes by.
    pub fn tap(&mut self, tap: Tap) {
        self.tap = Mutex::new(tap);
    }

    /// Gives back who looked.
    pub fn take_tap(&self) -> Tap {
        std::mem::take(&mut self.tap.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands a parcel to all; batches are shared, not copied. Blocks while one of them has enough.
    pub fn send(&self, parcel: &Parcel) -> Result<(), Gone> {
        self.tap.lock().unwrap_or_else(PoisonError::into_inner).see(parcel);
        self.targets.iter().try_for_each(|sender| sender.send(parcel.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use arrow::datatypes::Schema;

    use super::*;

    fn batch() -> Parcel {
        Parcel::Batch(RecordBatch::new_empty(Arc::new(Schema::empty())))
    }

    #[test]
    fn a_slow_receiver_holds_the_sender_back() {
        let (inbox, mut senders) = Inbox::new(1);
        let mut outlet = Outlet::default();
        outlet.add(senders.remove(0));
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let thread = std::thread::spawn(move || {
            for _ in 0..200 {
                outlet.send(&batch()).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
            }
            outlet.send(&Parcel::End).unwrap();
        });
        let mut received = 0;
        while let Received::Parcel(_, Parcel::Batch(_)) = inbox.receive() {
            received += 1;
            // At most the channel's parcels are on their way, however slow this side is.
            assert!(sent.load(Ordering::SeqCst) <= received + IN_FLIGHT);
        }
        assert_eq!(received, 200);
        assert!(matches!(inbox.receive(), Received::AllEnded));
        thread.join().unwrap();
    }

    #[test]
    fn breaking_off_is_not_the_end() {
        let (inbox, mut senders) = Inbox::new(2);
        let (mut one, mut two) = (Outlet::default(), Outlet::default());
        one.add(senders.remove(0));
        two.add(senders.remove(0));
        one.send(&Parcel::End).unwrap();
        drop((one, two));
        assert!(matches!(inbox.receive(), Received::Parcel(0, Parcel::End)));
        assert!(matches!(inbox.receive(), Received::BrokenOff));
    }

    #[test]
    fn sending_to_nobody_is_noticed() {
        let (inbox, mut senders) = Inbox::new(1);
        let mut outlet = Outlet::default();
        outlet.send(&Parcel::End).unwrap();
        outlet.add(senders.remove(0));
        drop(inbox);
        assert!(outlet.send(&Parcel::End).is_err());
    }
}
