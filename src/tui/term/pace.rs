//! How often the screen is drawn: as often as wanted, less while the line is slow. Pure: it is told how long
//! each frame took to be written.

use std::time::Duration;

/// A frame that takes so long to be written makes the line a slow one.
const SLOW: Duration = Duration::from_millis(200);
/// So does this one, when several follow one another.
const LATE: Duration = Duration::from_millis(50);
/// How many.
const LATE_FRAMES: u32 = 3;
/// A frame that goes so quickly says that the line is free.
const FREE: Duration = Duration::from_millis(20);
/// So many of them in a row make the line a good one again.
const FREE_FRAMES: u32 = 16;
/// Time between frames on a slow line.
const SPARING: Duration = Duration::from_millis(250);
/// Time between frames after a late one.
const CAREFUL: Duration = Duration::from_millis(100);

/// The pace.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    frame: Duration,
    low: bool,
    slow: bool,
    late: u32,
    free: u32,
}

impl Pace {
    /// At most `fps` frames a second; with `low` as on a slow line for good.
    pub fn new(fps: u32, low: bool) -> Pace {
        Pace { frame: Duration::from_secs(1) / fps.clamp(1, 60), low, slow: false, late: 0, free: 0 }
    }

    /// A frame was written.
    pub fn written(&mut self, took: Duration) {
        if took >= LATE {
            self.late += 1;
            self.free = 0;
            self.slow |= took >= SLOW || self.late >= LATE_FRAMES;
            return;
        }
        self.late = 0;
        self.free = if took < FREE { self.free + 1 } else { 0 };
        if self.free >= FREE_FRAMES {
            self.slow = false;
        }
    }

    /// Shortest time between two frames that no key asked for.
    pub fn interval(&self) -> Duration {
        let least = match (self.is_sparing(), self.late > 0) {
            (true, _) => SPARING,
            (false, true) => CAREFUL,
            (false, false) => Duration::ZERO,
        };
        self.frame.max(least)
    }

    /// The line was found to be slow.
    pub fn is_slow(&self) -> bool {
        self.slow
    }

    /// Nothing is drawn for ornament.
    pub fn is_sparing(&self) -> bool {
        self.slow || self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_slow_line_gets_fewer_frames_and_a_free_one_all_again() {
        let mut pace = Pace::new(30, false);
        assert_eq!((pace.interval().as_millis(), pace.is_slow()), (33, false));
        pace.written(ms(60));
        assert_eq!((pace.interval(), pace.is_slow()), (CAREFUL, false));
        pace.written(ms(1));
        assert_eq!(pace.interval().as_millis(), 33);
        pace.written(ms(300));
        assert_eq!((pace.interval(), pace.is_slow()), (SPARING, true));
        for n in 1..FREE_FRAMES {
            pace.written(ms(1));
            assert!(pace.is_slow(), "after {n}");
        }
        pace.written(ms(30));
        for _ in 0..FREE_FRAMES {
            assert!(pace.is_slow(), "one that was not free begins the count anew");
            pace.written(ms(1));
        }
        assert!(!pace.is_slow());
        for _ in 0..LATE_FRAMES {
            pace.written(ms(60));
        }
        assert!(pace.is_slow());
    }

    #[test]
    fn what_is_wanted_holds() {
        assert_eq!(Pace::new(2, false).interval(), ms(500));
        assert_eq!(Pace::new(60, true).interval(), SPARING);
        assert_eq!(Pace::new(0, false).interval(), ms(1000));
        let mut low = Pace::new(30, true);
        (0..100).for_each(|_| low.written(ms(0)));
        assert!(low.is_sparing() && !low.is_slow());
    }
}
