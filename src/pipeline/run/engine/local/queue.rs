//! What several senders hand to one receiver: a bounded queue for each of them, so that none fills the place
//! of another and the receiver can choose whom to listen to.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The receiving end.
pub(super) struct Receiver<T>(Arc<Shared<T>>);

/// The sending end of one input.
pub(super) struct Sender<T> {
    shared: Arc<Shared<T>>,
    input: usize,
}

/// The receiver is gone.
#[derive(Debug)]
pub(super) struct Gone;

struct Shared<T> {
    queues: Mutex<Queues<T>>,
    /// Something came, or a sender went.
    came: Condvar,
    /// Something was taken, or the receiver went.
    taken: Condvar,
    capacity: usize,
}

struct Queues<T> {
    inputs: Vec<Input<T>>,
    /// The input that is looked at first, so that all get their turn.
    turn: usize,
    receiver: bool,
}

struct Input<T> {
    waiting: VecDeque<T>,
    sender: bool,
}

/// A receiver for so many inputs, and what sends to it. Each input holds at most `capacity`.
pub(super) fn queue<T>(inputs: usize, capacity: usize) -> (Receiver<T>, Vec<Sender<T>>) {
    let input = |_| Input { waiting: VecDeque::with_capacity(capacity), sender: true };
    let queues = Queues { inputs: (0..inputs).map(input).collect(), turn: 0, receiver: true };
    let shared = Arc::new(Shared { queues: Mutex::new(queues), came: Condvar::new(), taken: Condvar::new(), capacity });
    let senders = (0..inputs).map(|input| Sender { shared: shared.clone(), input }).collect();
    (Receiver(shared), senders)
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Queues<T>> {
        // Nothing in here can panic halfway.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Receiver<T> {
    /// Waits for the next of the inputs that are wanted; with the input's number. `None` when all of them are
    /// empty and the sender of one is gone.
    pub fn receive(&self, wanted: impl Fn(usize) -> bool) -> Option<(usize, T)> {
        let mut queues = self.0.lock();
        loop {
            let count = queues.inputs.len();
            let turn = queues.turn;
            let mut over = true;
            for input in (0..count).map(|n| (turn + n) % count).filter(|input| wanted(*input)) {
                over = false;
                if let Some(item) = queues.inputs[input].waiting.pop_front() {
                    queues.turn = input + 1;
                    self.0.taken.notify_all();
                    return Some((input, item));
                }
            }
            over |= queues.inputs.iter().enumerate().any(|(at, input)| wanted(at) && !input.sender);
            if over {
                return None;
            }
            queues = self.0.came.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Sender<T> {
    /// Hands something over; waits while the input has enough.
    pub fn send(&self, item: T) -> Result<(), Gone> {
        let mut queues = self.shared.lock();
        while queues.receiver {
            if queues.inputs[self.input].waiting.len() < self.shared.capacity {
                queues.inputs[self.input].waiting.push_back(item);
                self.shared.came.notify_all();
                return Ok(());
            }
            queues = self.shared.taken.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
        Err(Gone)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut queues = self.0.lock();
        queues.receiver = false;
        let left: Vec<T> = queues.inputs.iter_mut().flat_map(|input| input.waiting.drain(..)).collect();
        self.0.taken.notify_all();
        drop(queues);
        drop(left);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.lock().inputs[self.input].sender = false;
        self.shared.came.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_inputs_get_their_turn_and_one_can_be_chosen() {
        let (receiver, senders) = queue(2, 3);
        for n in 0..3 {
            senders[0].send(n).unwrap();
            senders[1].send(10 + n).unwrap();
        }
        assert_eq!(receiver.receive(|_| true), Some((0, 0)));
        assert_eq!(receiver.receive(|_| true), Some((1, 10)));
        assert_eq!(receiver.receive(|input| input == 1), Some((1, 11)));
        assert_eq!(receiver.receive(|input| input == 1), Some((1, 12)));
        assert_eq!(receiver.receive(|_| false), None);
        drop(senders);
        assert_eq!(receiver.receive(|_| true), Some((0, 1)));
        assert_eq!(receiver.receive(|_| true), Some((0, 2)));
        assert_eq!(receiver.receive(|_| true), None);
    }

    #[test]
    fn a_full_input_waits_alone_and_a_gone_receiver_is_noticed() {
        let (receiver, mut senders) = queue(2, 1);
        let (other, one) = (senders.pop().unwrap(), senders.pop().unwrap());
        one.send(1).unwrap();
        let waiting = std::thread::spawn(move || (one.send(2).is_ok(), one.send(3).is_ok()));
        // The full input does not hold the other back.
        other.send(10).unwrap();
        assert_eq!(receiver.receive(|input| input == 1), Some((1, 10)));
        assert_eq!(receiver.receive(|input| input == 0), Some((0, 1)));
        assert_eq!(receiver.receive(|input| input == 0), Some((0, 2)));
        drop(receiver);
        assert!(waiting.join().unwrap().0);
        assert!(other.send(11).is_err());
    }
}
