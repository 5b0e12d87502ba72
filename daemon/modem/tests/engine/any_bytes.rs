//! Whatever a port says and whenever: no panic, no endless loop, no flood of outputs.

use crate::support::tiny::Tiny;
use crate::support::{Bench, origin};
use model::UnlockCode;
use modem::{Engine, Event, Input, JobId, Output, ReceiptToken, RestartHow, Settings};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;
use tpdu::PduHex;

/// Lines that get somewhere, for the bytes between them to spoil.
const LINES: &[&str] = &[
    "\r\nOK\r\n",
    "\r\nERROR\r\n",
    "\r\n> ",
    "\r\n+CMS ERROR: 332\r\n",
    "\r\n+CME ERROR: 14\r\n",
    "\r\n+CME ERROR: 16\r\n",
    "\r\n+CPINR: SIM PIN,3,3\r\n\r\nOK\r\n",
    "\r\n+CPIN: READY\r\n\r\nOK\r\n",
    "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n",
    "\r\n+CPMS: (\"SM\",\"ME\"),(\"SM\"),(\"SM\")\r\n\r\nOK\r\n",
    "\r\n+CPMS: 20,20,1,20,1,20\r\n\r\nOK\r\n",
    "\r\n+CMTI: \"SM\",0\r\n",
    "\r\n+CMTI: \"XX\",65535\r\n",
    "\r\n+CDSI: \"SR\",1\r\n",
    "\r\n+CDS: 25\r\n0006110B914819325476F8628021313200826280213132108200\r\n",
    "\r\n+CMT: ,3\r\n00040000\r\n",
    "\r\n+CMGL: 1,0,,3\r\n00040000\r\n+CMGL: 2,3,,3\r\n00040000\r\n\r\nOK\r\n",
    "\r\n+CMGR: 0,,3\r\n00040000\r\n\r\nOK\r\n",
    "\r\n+CMGS: 300\r\n",
    "\r\n+CMGS: 3\r\n\r\nOK\r\n",
    "\r\n+CREG: 2\r\n",
    "\r\n+CUSD: 1,\"AA180C3602\",15\r\n",
    "\r\nRING\r\n",
    "\r\nRDY\r\n",
    "\r\n^SIMST: 1\r\n",
    "\r\n+SMS FULL\r\n",
];

#[derive(Debug, Clone)]
enum Happens {
    Line(usize),
    Noise(Vec<u8>),
    Wait(u32),
    Open,
    Close,
    Submit(bool),
    Prepare,
    Release(u64),
    Withdraw(u64),
    Commit(u64),
    Refuse(u64),
    Ussd,
    Cancel,
    Raw,
    Pin,
    Unlock(bool),
    Restart(bool),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        12 => (0..LINES.len()).prop_map(Happens::Line),
        4 => proptest::collection::vec(any::<u8>(), 0..80).prop_map(Happens::Noise),
        6 => (0u32..400_000).prop_map(Happens::Wait),
        1 => Just(Happens::Open),
        1 => Just(Happens::Close),
        2 => any::<bool>().prop_map(Happens::Submit),
        2 => Just(Happens::Prepare),
        2 => (1u64..6).prop_map(Happens::Release),
        1 => (1u64..6).prop_map(Happens::Withdraw),
        2 => (0u64..20).prop_map(Happens::Commit),
        1 => (0u64..20).prop_map(Happens::Refuse),
        1 => Just(Happens::Ussd),
        1 => Just(Happens::Cancel),
        1 => Just(Happens::Raw),
        1 => Just(Happens::Pin),
        1 => any::<bool>().prop_map(Happens::Unlock),
        1 => any::<bool>().prop_map(Happens::Restart),
    ]
}

/// A TPDU that tells its job.
fn pdu_of(job: u64) -> PduHex {
    PduHex::new(vec![u8::try_from(job).unwrap_or(u8::MAX); 20])
}

/// Whose PDU was written.
fn job_of(written: &[u8]) -> Option<u64> {
    let hex = std::str::from_utf8(written.strip_suffix(b"\x1a")?).ok()?;
    u64::from_str_radix(hex.get(hex.len() - 2..)?, 16).ok()
}

/// Outputs of one input: some for each line of it, and what the engine starts then.
const MOST_OUTPUTS: usize = 200;
/// Ticks that one pause of 400 s may take: AT every half second at worst.
const MOST_TICKS: usize = 4_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_at_any_time(ready: bool, all in proptest::collection::vec(happens(), 1..120)) {
        let (mut now, mut engine) = if ready {
            let bench = Bench::ready(Tiny::default());
            (bench.now, bench.engine)
        } else {
            let now = origin();
            let on_air = (all.len() % 2 == 0).then(|| now + Duration::from_mins(3));
            let settings = Settings { on_air_until: on_air, ..Settings::default() };
            (now, Engine::new(now, settings))
        };
        let mut wake = None;
        let mut open_jobs = 0i64;
        let mut job = 0;
        // Prepared, and not released.
        let held = RefCell::new(BTreeSet::new());
        let mut give = |engine: &mut Engine, now, input: Input<'_>| {
            engine.handle(now, input);
            let mut outputs = 0;
            while let Some(output) = engine.poll() {
                outputs += 1;
                match output {
                    Output::WakeAt(at) => {
                        assert!(at > now, "a wake-up at once");
                        wake = Some(at);
                    }
                    Output::Event(Event::Submitted { .. } | Event::Unlock { .. }) => {
                        open_jobs -= 1;
                    }
                    Output::Write(bytes) => {
                        let written = job_of(&bytes);
                        assert!(written.is_none_or(|job| !held.borrow().contains(&job)));
                    }
                    _ => {}
                }
            }
            assert!(outputs < MOST_OUTPUTS, "{outputs} outputs");
            (wake, open_jobs)
        };
        let first = if ready { Input::Tick } else { Input::Opened };
        let mut next = give(&mut engine, now, first).0;
        for what in all {
            let given = match what {
                Happens::Line(at) => give(&mut engine, now, Input::Bytes(LINES[at].as_bytes())),
                Happens::Noise(bytes) => give(&mut engine, now, Input::Bytes(&bytes)),
                Happens::Wait(ms) => {
                    let end = now + Duration::from_millis(ms.into());
                    let mut ticks = 0;
                    while let Some(at) = next.filter(|at| *at <= end) {
                        now = now.max(at);
                        let before = next;
                        next = give(&mut engine, now, Input::Tick).0;
                        if next == before {
                            break;
                        }
                        ticks += 1;
                        assert!(ticks < MOST_TICKS, "the engine spins");
                    }
                    now = end;
                    give(&mut engine, now, Input::Tick)
                }
                Happens::Open => give(&mut engine, now, Input::Opened),
                Happens::Close => give(&mut engine, now, Input::Closed),
                Happens::Submit(more) => {
                    job += 1;
                    let pdu = pdu_of(job);
                    give(&mut engine, now, Input::Submit { job: JobId(job), pdu, more })
                }
                Happens::Prepare => {
                    job += 1;
                    held.borrow_mut().insert(job);
                    let pdu = pdu_of(job);
                    give(&mut engine, now, Input::Prepare { job: JobId(job), pdu, more: false })
                }
                Happens::Release(one) => {
                    held.borrow_mut().remove(&one);
                    give(&mut engine, now, Input::Release(JobId(one)))
                }
                Happens::Withdraw(one) => give(&mut engine, now, Input::Withdraw(JobId(one))),
                Happens::Commit(token) => give(&mut engine, now, Input::Committed(ReceiptToken(token))),
                Happens::Refuse(token) => give(&mut engine, now, Input::NotCommitted(ReceiptToken(token))),
                Happens::Ussd => give(&mut engine, now, Input::Ussd { id: 1, code: "*100#" }),
                Happens::Cancel => give(&mut engine, now, Input::UssdCancel),
                Happens::Raw => give(&mut engine, now, Input::Raw { id: 1, command: "AT+CNUM" }),
                Happens::Pin => {
                    let sim = "8984012345678901234".parse().unwrap();
                    give(&mut engine, now, Input::Pin { sim: &sim, pin: "1234" })
                }
                Happens::Unlock(last_try) => {
                    job += 1;
                    let code = UnlockCode::Pin("1234".parse().unwrap());
                    give(&mut engine, now, Input::Unlock { id: job, code, last_try })
                }
                Happens::Restart(soft) => {
                    let how = if soft { RestartHow::Soft } else { RestartHow::Resync };
                    give(&mut engine, now, Input::Restart(how))
                }
            };
            next = given.0;
        }
        // Every submit and every request to unlock ends exactly once.
        let ended = give(&mut engine, now, Input::Closed).1;
        prop_assert_eq!(ended, -i64::try_from(job).unwrap());
    }
}
