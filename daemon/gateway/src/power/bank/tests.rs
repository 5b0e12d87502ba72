//! The daemon's side of a bank, against the board's own logic behind a line.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bank_controller::{Controller, Identity, Lines, Link};
use bank_wire::{Board, Fault, PROTOCOL, ResetCause};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::{Instant, sleep_until};

use super::gpio::Own;
use super::line::Line;
use super::peer::{Peer, PeerError, Way};
use super::*;

/// Lines that anybody can look at: the power of each slot, and how often it came on; which slots report a fault.
#[derive(Debug, Default)]
struct Wires {
    power: BTreeMap<usize, bool>,
    rises: BTreeMap<usize, usize>,
    faults: BTreeSet<usize>,
}

#[derive(Clone, Debug, Default)]
struct World(Arc<Mutex<Wires>>);

impl World {
    fn wires(&self) -> MutexGuard<'_, Wires> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lit(&self) -> Vec<usize> {
        let wires = self.wires();
        let lit = wires.power.iter().filter(|(_, on)| **on);
        lit.map(|(slot, _)| *slot).collect()
    }

    fn rises(&self, slot: usize) -> usize {
        self.wires().rises.get(&slot).copied().unwrap_or_default()
    }

    fn lines<const N: usize>(&self) -> [Lines<Pin, Pin>; N] {
        std::array::from_fn(|slot| {
            let pin = || Pin {
                world: self.clone(),
                slot,
            };
            Lines {
                power: pin(),
                key: None,
                reset: None,
                sim: [None, None],
                lamp: None,
                fault: Some(pin()),
            }
        })
    }
}

struct Pin {
    world: World,
    slot: usize,
}

impl ErrorType for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.world.wires().power.insert(self.slot, false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        let mut wires = self.world.wires();
        if wires.power.insert(self.slot, true) != Some(true) {
            *wires.rises.entry(self.slot).or_default() += 1;
        }
        Ok(())
    }
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(!self.world.wires().faults.contains(&self.slot))
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// What goes wrong on the line.
#[derive(Debug, Default)]
struct Trouble {
    /// The board hears nothing.
    deaf: AtomicBool,
    /// Each fifth answer is lost, and noise comes in its place.
    noisy: AtomicBool,
    /// The board starts anew, and the line stays.
    restart: AtomicBool,
}

fn identity() -> Identity {
    Identity {
        board: Board::Rp2040Eight,
        firmware: [0, 1, 0],
        sims: 1,
        updates: false,
        reset: ResetCause::Power,
    }
}

/// The board's firmware without its chip.
async fn board(mut line: DuplexStream, world: World, trouble: Arc<Trouble>) {
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_millis()).unwrap();
    let made = || Controller::new(now(), identity(), world.lines::<8>(), None);
    let (mut controller, mut link) = (made(), Link::<8>::new());
    let (mut octets, mut answers) = ([0; 64], 0);
    loop {
        let next = start + Duration::from_millis(controller.tick(now()));
        while let Some(frame) = link.event(&controller) {
            let _ = line.write_all(frame.octets()).await;
        }
        let read = tokio::select! {
            read = line.read(&mut octets) => read.unwrap_or(0),
            () = sleep_until(next) => continue,
        };
        if read == 0 {
            return;
        }
        if trouble.restart.swap(false, Ordering::SeqCst) {
            (controller, link) = (made(), Link::new());
        }
        if trouble.deaf.load(Ordering::SeqCst) {
            continue;
        }
        for octet in &octets[..read] {
            let Some(frame) = link.feed(now(), *octet, &mut controller) else {
                continue;
            };
            answers += 1;
            let lost = trouble.noisy.load(Ordering::SeqCst) && answers % 5 == 1;
            let said = if lost {
                &b"\xff\x13+CREG: 0\0"[..]
            } else {
                frame.octets()
            };
            let _ = line.write_all(said).await;
        }
    }
}

/// Each opening plugs a board in: one that was unplugged begins anew.
struct Plugs {
    world: World,
    trouble: Arc<Trouble>,
    plugged: Arc<AtomicBool>,
}

impl Way for Plugs {
    type Peer = Line<DuplexStream>;

    async fn open(&mut self) -> Result<Self::Peer, String> {
        if !self.plugged.load(Ordering::SeqCst) {
            return Err("/dev/simgate/bank is not there".to_owned());
        }
        let (ours, boards) = duplex(256);
        let (world, trouble) = (self.world.clone(), Arc::clone(&self.trouble));
        tokio::spawn(board(boards, world, trouble));
        Ok(Line::new(ours).await.unwrap())
    }

    async fn close(&mut self, _: Self::Peer) {}
}

/// A bank whose first two slots have modems, at 1-1.1 and 1-1.2; slot 4 has one that is no USB device.
struct Bench {
    bank: Bank,
    world: World,
    trouble: Arc<Trouble>,
    plugged: Arc<AtomicBool>,
}

fn settings() -> PowerSettings {
    let places = ["1-1.1", "1-1.2", "", "/dev/ttyS4"];
    PowerSettings {
        backend: PowerBackend::Board,
        slots: places.map(str::to_owned).to_vec(),
        off_seconds: 5,
        ..PowerSettings::default()
    }
}

fn bank_by(way: impl FnOnce(Arc<Shared>, mpsc::Receiver<Ask>)) -> Bank {
    let (asks, asked) = mpsc::channel(WAITING);
    // A quick module: these tests wait by the clock.
    let plan = Plan {
        timing: Timing {
            settle_ms: 1,
            boot_ms: 1,
            dark_ms: 100,
            ..bank_controller::USB
        },
        dark_ms: 300,
        ..plan(&settings())
    };
    let shared = Arc::new(Shared::new(plan));
    way(Arc::clone(&shared), asked);
    Bank { shared, asks }
}

impl Bench {
    fn new() -> Self {
        let (world, trouble) = (World::default(), Arc::<Trouble>::default());
        let plugged = Arc::new(AtomicBool::new(true));
        let way = Plugs {
            world: world.clone(),
            trouble: Arc::clone(&trouble),
            plugged: Arc::clone(&plugged),
        };
        let bank = bank_by(|shared, asked| drop(tokio::spawn(keep(way, shared, asked))));
        Self {
            bank,
            world,
            trouble,
            plugged,
        }
    }

    async fn all_on(&self) {
        for slot in [0, 1, 3] {
            reaches(&self.bank, slot, SlotState::On).await;
        }
    }
}

async fn is(bank: &Bank, state: BankState) -> BankNow {
    bank.now()
        .wait_for(|now| now.state == state)
        .await
        .unwrap()
        .clone()
}

async fn reaches(bank: &Bank, slot: u8, state: SlotState) {
    let so = |now: &BankNow| {
        now.slots
            .get(&slot)
            .is_some_and(|status| status.state == state)
    };
    bank.now().wait_for(so).await.unwrap();
}

fn target(device: &str) -> Target {
    let is_usb = !device.starts_with('/');
    Target {
        imei: "356938035643809".parse().unwrap(),
        port: if is_usb { "/dev/ttyUSB0" } else { device }.to_owned(),
        usb: is_usb.then(|| UsbPath {
            device: device.to_owned(),
            interface: None,
        }),
    }
}

#[tokio::test]
async fn the_slots_that_have_modems_are_switched_on() {
    let bench = Bench::new();
    bench.all_on().await;
    assert_eq!(bench.world.lit(), [0, 1, 3]);
    let now = is(&bench.bank, BankState::Ready).await;
    assert_eq!(now.hello.unwrap().slots, 8);
    assert_eq!(now.slots.len(), 8);
}

#[tokio::test]
async fn a_modem_loses_its_power_for_a_while_and_its_neighbours_do_not() {
    let bench = Bench::new();
    bench.all_on().await;
    let before = Instant::now();
    bench.bank.cycle(&target("1-1.2")).await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(300));
    assert_eq!(bench.world.lit(), [0, 1, 3]);
    bench.bank.cycle(&target("/dev/ttyS4")).await.unwrap();
    let rises = [0, 1, 2, 3].map(|slot| bench.world.rises(slot));
    assert_eq!(rises, [1, 2, 0, 2]);
    // A modem that no slot has.
    let other = bench.bank.cycle(&target("1-1.3")).await;
    assert_eq!(other, Err(PowerError::None));
    assert!(
        !bench
            .bank
            .reaches("/dev/ttyUSB0", target("1-1.3").usb.as_ref())
    );
}

#[tokio::test]
async fn a_board_that_is_silent_holds_nobody_up_and_is_found_again() {
    let bench = Bench::new();
    bench.all_on().await;
    let usb = target("1-1.1").usb;
    assert!(bench.bank.reaches("", usb.as_ref()));
    bench.trouble.deaf.store(true, Ordering::SeqCst);
    let error = bench.bank.cycle(&target("1-1.1")).await.unwrap_err();
    assert!(error.to_string().contains("no answer"), "{error}");
    is(&bench.bank, BankState::Away).await;
    assert!(
        !bench.bank.reaches("", usb.as_ref()),
        "the ladder goes on without it"
    );
    assert_eq!(bench.world.lit(), [0, 1, 3], "the modems are as they were");
    let refused = bench.bank.ask(Request::Ping).await;
    assert!(matches!(refused, Err(BankError::Away(_))), "{refused:?}");
    bench.trouble.deaf.store(false, Ordering::SeqCst);
    is(&bench.bank, BankState::Ready).await;
    bench.bank.cycle(&target("1-1.1")).await.unwrap();
}

#[tokio::test]
async fn a_board_that_is_not_there_is_named_and_looked_for() {
    let bench = Bench::new();
    bench.plugged.store(false, Ordering::SeqCst);
    let now = is(&bench.bank, BankState::Away).await;
    assert_eq!(now.why.unwrap(), "/dev/simgate/bank is not there");
    bench.plugged.store(true, Ordering::SeqCst);
    bench.all_on().await;
}

#[tokio::test]
async fn answers_that_are_lost_are_asked_for_again_and_nothing_is_done_twice() {
    let bench = Bench::new();
    bench.trouble.noisy.store(true, Ordering::SeqCst);
    bench.all_on().await;
    bench.bank.cycle(&target("1-1.1")).await.unwrap();
    assert_eq!(bench.world.rises(0), 2);
}

#[tokio::test]
async fn a_board_that_has_started_anew_gets_its_modems_on_again() {
    let bench = Bench::new();
    bench.all_on().await;
    bench.trouble.restart.store(true, Ordering::SeqCst);
    is(&bench.bank, BankState::Away).await;
    is(&bench.bank, BankState::Ready).await;
    bench.all_on().await;
    let rises = [0, 1, 2, 3].map(|slot| bench.world.rises(slot));
    assert!(
        rises
            .iter()
            .zip([2, 2, 0, 2])
            .all(|(rise, least)| *rise >= least),
        "{rises:?}"
    );
    assert_eq!(rises[2], 0);
}

#[tokio::test]
async fn what_a_person_has_switched_off_stays_off() {
    let bench = Bench::new();
    bench.all_on().await;
    bench.bank.power(1, Power::Off).await.unwrap();
    reaches(&bench.bank, 1, SlotState::Off).await;
    assert!(!bench.bank.reaches("", target("1-1.2").usb.as_ref()));
    let error = bench.bank.cycle(&target("1-1.2")).await.unwrap_err();
    assert!(error.to_string().contains("a person"), "{error}");
    bench.trouble.restart.store(true, Ordering::SeqCst);
    is(&bench.bank, BankState::Away).await;
    is(&bench.bank, BankState::Ready).await;
    reaches(&bench.bank, 3, SlotState::On).await;
    assert_eq!(bench.world.lit(), [0, 3]);
    bench.bank.power(1, Power::On).await.unwrap();
    bench.all_on().await;
    // What was refused has not happened.
    bench.trouble.deaf.store(true, Ordering::SeqCst);
    assert!(bench.bank.power(1, Power::Cut).await.is_err());
    assert!(!bench.bank.is_kept_off(1));
}

#[tokio::test]
async fn a_slot_that_a_fault_keeps_off_says_so_and_is_not_tried_again() {
    let bench = Bench::new();
    bench.all_on().await;
    bench.world.wires().faults.insert(0);
    reaches(&bench.bank, 0, SlotState::Fault(Fault::Overcurrent)).await;
    let error = bench.bank.cycle(&target("1-1.1")).await.unwrap_err();
    assert!(error.to_string().contains("too much current"), "{error}");
    let rises = bench.world.rises(0);
    bench.world.wires().faults.clear();
    // The next look at the board.
    bench.bank.now().changed().await.unwrap();
    assert_eq!(
        (bench.world.rises(0), bench.world.lit()),
        (rises, vec![1, 3])
    );
    bench
        .bank
        .ask(Request::ClearFault { slot: 0 })
        .await
        .unwrap();
    bench.bank.power(0, Power::On).await.unwrap();
    bench.all_on().await;
}

/// A board of another version, as every version answers.
struct Stranger;

impl Peer for Stranger {
    async fn ask(&mut self, request: Request) -> Result<Reply, PeerError> {
        let board = PROTOCOL + 1;
        Ok(Reply::Refused(match request {
            Request::Hello { protocol } if protocol != board => Refusal::Protocol { board },
            _ => Refusal::NoHello,
        }))
    }

    async fn event(&mut self) -> Result<bank_wire::SlotStatus, PeerError> {
        std::future::pending().await
    }
}

struct ToStranger;

impl Way for ToStranger {
    type Peer = Stranger;

    async fn open(&mut self) -> Result<Stranger, String> {
        Ok(Stranger)
    }

    async fn close(&mut self, _: Stranger) {}
}

#[tokio::test]
async fn a_board_of_another_version_is_refused_with_both_versions() {
    let bank = bank_by(|shared, asked| drop(tokio::spawn(keep(ToStranger, shared, asked))));
    let now = is(&bank, BankState::OtherVersion).await;
    let why = now.why.unwrap();
    assert!(
        why.contains("version 2") && why.contains("version 1"),
        "{why}"
    );
    assert!(!bank.reaches("", target("1-1.1").usb.as_ref()));
}

struct OwnLines(World);

impl Way for OwnLines {
    type Peer = Own<Pin, Pin>;

    async fn open(&mut self) -> Result<Self::Peer, String> {
        Ok(Own::of(self.0.lines()))
    }

    async fn close(&mut self, _: Self::Peer) {}
}

#[tokio::test]
async fn lines_of_our_own_do_the_same() {
    let world = World::default();
    let way = OwnLines(world.clone());
    let bank = bank_by(|shared, asked| drop(tokio::spawn(keep(way, shared, asked))));
    for slot in [0, 1, 3] {
        reaches(&bank, slot, SlotState::On).await;
    }
    assert_eq!(world.lit(), [0, 1, 3]);
    let before = Instant::now();
    bank.cycle(&target("1-1.1")).await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(300));
    assert_eq!((world.rises(0), world.rises(1)), (2, 1));
    world.wires().faults.insert(1);
    reaches(&bank, 1, SlotState::Fault(Fault::Overcurrent)).await;
    assert_eq!(world.lit(), [0, 3]);
}

#[test]
fn settings_that_cannot_work_are_found() {
    let found = |change: fn(&mut PowerSettings)| {
        let mut settings = settings();
        change(&mut settings);
        let mut findings = Vec::new();
        check(&settings, &mut findings);
        findings
            .into_iter()
            .map(|found| found.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(|_| ()), [""; 0]);
    assert_eq!(
        found(|power| power.module = "telegraph".to_owned()),
        ["power.module"]
    );
    assert_eq!(
        found(|power| power.slots[1] = "1-1.1".to_owned()),
        ["power.slots"]
    );
    assert_eq!(
        found(|power| power.slots = vec![String::new(); 17]),
        ["power.slots"]
    );
    assert_eq!(found(|power| power.board = "bank".into()), ["power.board"]);
    assert_eq!(
        found(|power| power.backend = PowerBackend::Gpio),
        ["power.gpio_power"]
    );
    let odd = |power: &mut PowerSettings| power.gpio_key = vec!["../17".to_owned()];
    assert_eq!(found(odd), ["power.gpio_key"]);
}
