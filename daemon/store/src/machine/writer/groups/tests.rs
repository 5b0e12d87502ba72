use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::*;
use crate::StoreError;
use crate::machine::files;
use crate::machine::writer::{Chores, Shared, Tx, Writer};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Nothing(Need);

impl Job for Nothing {
    fn need(&self) -> Need {
        self.0
    }

    fn run(&mut self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn finish(self: Box<Self>, _: Result<(), StoreError>) {}
}

fn nothing() -> Box<dyn Job> {
    Box::new(Nothing(Need::Growth))
}

const CHORES: Chores = Chores {
    idle: nothing,
    tally: |_| Ok(()),
};

/// A writer whose commits take so long, and what sends to it.
fn thread(sync: Duration) -> (mpsc::Sender<Order>, WriterThread) {
    let (orders, inbox) = mpsc::channel();
    let thread = WriterThread {
        connection: Connection::open_in_memory().unwrap(),
        shared: Arc::new(Shared::default()),
        keeper: None,
        chores: CHORES,
        unindexed: 0,
        inbox,
        stopping: Cell::new(false),
        sync,
    };
    (orders, thread)
}

fn job(need: Need) -> Order {
    Order::Job(Box::new(Nothing(need)))
}

/// How many jobs are in a group, when the second comes a moment after the first.
fn grouped(sync: Duration, first: Need, second: Need) -> usize {
    let (orders, thread) = thread(sync);
    orders.send(job(first)).unwrap();
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(5));
        let _ = orders.send(job(second));
        orders
    });
    let group = thread.next_group().len();
    drop(later.join());
    group
}

#[test]
fn an_arrival_waits_for_a_job_whose_commit_it_can_join() {
    let slow = Duration::from_secs(1);
    // More than once, should the machine have something else to do.
    let joined = || grouped(slow, Need::Arrival, Need::Ongoing) == 2;
    assert!((0..20).any(|_| joined()));
    let apart = || grouped(slow, Need::Ongoing, Need::Arrival) == 1;
    assert!((0..20).any(|_| apart()), "what is in a hurry does not wait");
    let fast = || grouped(Duration::ZERO, Need::Arrival, Need::Ongoing) == 1;
    assert!((0..20).any(|_| fast()), "nothing is to be had by waiting");
}

#[test]
fn an_arrival_that_stays_alone_is_committed_all_the_same() {
    let (orders, thread) = thread(Duration::from_secs(1));
    orders.send(job(Need::Arrival)).unwrap();
    assert_eq!(thread.next_group().len(), 1);
    drop(orders);
    assert!(thread.next_group().is_empty());
    assert!(thread.stopping.get());
}

/// Waits in its transaction for what it is given, and tells when it is committed.
struct Slow {
    begun: Option<oneshot::Sender<()>>,
    go: mpsc::Receiver<()>,
    done: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Job for Slow {
    fn need(&self) -> Need {
        Need::Ongoing
    }

    fn run(&mut self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        self.begun.take().map(|begun| begun.send(()));
        let _ = self.go.recv_timeout(PATIENCE);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.done.store(true, Ordering::SeqCst);
        let _ = self.answer.send(outcome);
    }
}

#[tokio::test]
async fn what_comes_while_a_transaction_runs_joins_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(crate::Store::open(dir.path(), PATIENCE).unwrap());
    let connection = files::connect_writer(&dir.path().into()).unwrap();
    let writer = Writer::start(connection, Arc::default(), None, CHORES).unwrap();
    let (begun, has_begun) = oneshot::channel();
    let (let_go, go) = mpsc::channel();
    let (answer, outcome) = oneshot::channel();
    let done = Arc::new(AtomicBool::new(false));
    let slow = Slow {
        begun: Some(begun),
        go,
        done: done.clone(),
        answer,
    };
    let first = writer.submit(Box::new(slow), outcome);
    let second = async {
        has_begun.await.unwrap();
        let write = writer.write(Need::Ongoing, move |_| Ok(done.load(Ordering::SeqCst)));
        let go = async {
            let_go.send(()).unwrap();
        };
        // The job is handed in before the transaction goes on.
        tokio::join!(write, go).0
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    assert!(!second.unwrap(), "the first was committed without it");
}
