//! Which modems are to be tested, are being tested, and what came of it.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use crate::cli::client::items;
use crate::cli::output;

/// Tests at once: enough to be quick, and few enough for the quotas of an operator's cell.
const AT_ONCE: usize = 4;

/// What came of the wish to start a test.
#[derive(Debug)]
pub(super) enum Started {
    Running,
    Refused(String),
}

/// The modems, by IMEI.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<String>,
    /// Refused while others ran: a SIM may be in one of their tests.
    later: Vec<String>,
    running: Vec<String>,
    /// The steps of each that were told.
    told: BTreeMap<String, usize>,
    results: BTreeMap<String, Value>,
}

impl Queue {
    pub(super) fn new(modems: &[Value]) -> Self {
        let imeis = modems.iter().filter_map(|modem| modem["imei"].as_str());
        let mut waiting = VecDeque::new();
        for imei in imeis {
            // Named twice on the command line: tested once.
            if !waiting.iter().any(|known| known == imei) {
                waiting.push_back(imei.to_owned());
            }
        }
        Self {
            waiting,
            ..Self::default()
        }
    }

    /// The next modem to be started, when there is room.
    pub(super) fn next(&mut self) -> Option<String> {
        if self.running.len() >= AT_ONCE {
            return None;
        }
        self.waiting.pop_front()
    }

    pub(super) fn started(&mut self, imei: &str, started: Started) {
        match started {
            Started::Running => self.running.push(imei.to_owned()),
            // The SIM that it wants may be in another test: when none runs, that is not the cause.
            Started::Refused(_) if !self.running.is_empty() => self.later.push(imei.to_owned()),
            Started::Refused(why) => {
                output::error(&format!("{imei}  {why}"));
                let result = json!({
                    "modem": { "imei": imei }, "state": "failed", "verdict": "failed",
                    "problems": [{"detail": why}],
                });
                self.results.insert(imei.to_owned(), result);
            }
        }
    }

    pub(super) fn running(&self) -> Vec<String> {
        self.running.clone()
    }

    /// How a test stands now: tells its steps that have ended since, and its end.
    pub(super) fn look(&mut self, imei: &str, test: Value) {
        let ended = items(&test["steps"])
            .iter()
            .take_while(|step| step["state"] != "waiting" && step["state"] != "running");
        let told = self.told.entry(imei.to_owned()).or_default();
        for step in ended.skip(*told) {
            *told += 1;
            let cells = ["name", "state", "detail"].map(|name| output::cell(&step[name]));
            output::error(&format!("{imei}  {}", cells.join("  ")));
        }
        if test["state"] == "running" {
            return;
        }
        output::error(&format!("{imei}  {}", output::cell(&test["verdict"])));
        self.results.insert(imei.to_owned(), test);
        self.running.retain(|other| other != imei);
        // Two SIMs are free again.
        self.waiting.extend(self.later.drain(..));
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.later.is_empty() && self.running.is_empty()
    }

    pub(super) fn result(&self, imei: &str) -> Value {
        self.results.get(imei).cloned().unwrap_or_default()
    }

    pub(super) fn has_failed(&self) -> bool {
        let mut results = self.results.values();
        results.any(|test| test["verdict"] == "failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(count: usize) -> Queue {
        let modems: Vec<Value> = (0..count)
            .map(|n| json!({ "imei": n.to_string() }))
            .collect();
        Queue::new(&modems)
    }

    fn refused() -> Started {
        Started::Refused("busy".to_owned())
    }

    fn done(verdict: &str) -> Value {
        json!({ "state": "done", "verdict": verdict, "steps": [] })
    }

    #[test]
    fn so_many_run_at_once_and_each_is_tested_once() {
        let mut queue = queue(AT_ONCE + 1);
        while let Some(imei) = queue.next() {
            queue.started(&imei, Started::Running);
        }
        assert_eq!(queue.running().len(), AT_ONCE);
        queue.look("0", done("ok"));
        assert_eq!(queue.next(), Some(AT_ONCE.to_string()));
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn what_is_refused_while_others_run_is_tried_again_when_one_ends() {
        let mut queue = queue(2);
        let first = queue.next().unwrap();
        queue.started(&first, Started::Running);
        let second = queue.next().unwrap();
        queue.started(&second, refused());
        assert_eq!(queue.next(), None);
        assert!(!queue.is_done());
        queue.look(&first, json!({ "state": "running" }));
        assert_eq!(queue.next(), None);
        queue.look(&first, done("limited"));
        assert_eq!(queue.next(), Some(second.clone()));
        assert!(!queue.has_failed());
        queue.started(&second, refused());
        assert!(queue.is_done() && queue.has_failed());
        assert_eq!(queue.result(&second)["problems"][0]["detail"], "busy");
    }
}
