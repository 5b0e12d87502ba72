//! Threads for work that blocks, apart by kind: a device or a host that hangs holds up nothing
//! but its own kind.

use std::io;
use std::thread::Builder;

use tokio::sync::{Semaphore, oneshot};

/// As many threads as have work, up to a bound; beyond it work waits for its turn.
pub struct Threads {
    name: &'static str,
    room: Semaphore,
    /// How far they stand back behind all others.
    nice: i32,
}

impl Threads {
    /// At most `most` at a time.
    pub const fn new(name: &'static str, most: usize) -> Self {
        let room = Semaphore::const_new(most);
        let nice = 0;
        Self { name, room, nice }
    }

    /// The same for work that takes a core and that strangers may ask for: whatever else the machine has
    /// to do has ten times as much of a core.
    pub const fn yielding(name: &'static str, most: usize) -> Self {
        let room = Semaphore::const_new(most);
        let nice = 10;
        Self { name, room, nice }
    }

    /// Runs `work` to its end, also when the caller goes away once it has begun. It fails when
    /// there is no thread for it, or when it panics.
    pub async fn run<T, F>(&'static self, work: F) -> io::Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let room = self.room.acquire().await.map_err(io::Error::other)?;
        let (answer, result) = oneshot::channel();
        let nice = self.nice;
        Builder::new().name(self.name.to_owned()).spawn(move || {
            if nice > 0 {
                // Linux has it by thread. Refused, it is no harm.
                let _ = rustix::process::nice(nice);
            }
            let done = work();
            drop(room);
            // A caller that has gone away wants no answer.
            let _ = answer.send(done);
        })?;
        let panicked = |_| io::Error::other("a defect of simgate");
        result.await.map_err(panicked)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn work_beyond_the_bound_waits_and_a_caller_that_leaves_gives_no_room() {
        static THREADS: Threads = Threads::new("test", 1);
        let (release, released) = mpsc::channel::<()>();
        let mut first = Box::pin(THREADS.run(move || released.recv()));
        let mut later = Box::pin(THREADS.run(|| 7));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
        drop(first);
        assert!(matches!(later.as_mut().poll(&mut context), Poll::Pending));
        drop(release);
        assert_eq!(later.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn threads_that_yield_stand_back_and_nobody_else_does() {
        static THREADS: Threads = Threads::yielding("test", 1);
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        assert_eq!(THREADS.run(priority).await.unwrap(), before + 10);
        assert_eq!(priority(), before);
    }

    #[tokio::test]
    async fn work_that_panics_is_told_and_gives_its_room_back() {
        static THREADS: Threads = Threads::new("test", 1);
        let panics = THREADS.run(|| panic!("a defect"));
        assert!(panics.await.is_err());
        assert!(THREADS.run(|| ()).await.is_ok());
    }
}
