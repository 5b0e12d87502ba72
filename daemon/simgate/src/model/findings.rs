//! What self-tests have found out about kinds of modem.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// Without announcements the memories are listed this often.
const SWEEP_UNTOLD: Duration = Duration::from_secs(15);
/// A link that is kept open must save at least this share of the time between two parts, or it
/// may as well be left alone.
const WORTH_KEEPING: f64 = 0.05;

/// Make, model and firmware: what the ways of a modem depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ModemKind {
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) firmware: String,
}

/// What is remembered of a kind of modem.
#[derive(Clone, Debug)]
pub(crate) struct ModemFindings {
    pub(crate) kind: ModemKind,
    pub(crate) found: Found,
    /// The last test that was done.
    pub(crate) tested_at: Time,
    pub(crate) tests: u32,
}

/// By what way something comes in from a modem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestArrival)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// It was not tried, or nothing was seen of it.
    #[default]
    Unknown,
    /// `+CMT` or `+CDS` brings it.
    Routed,
    /// `+CMTI` or `+CDSI` says where it is.
    Announced,
    /// It is announced, but is not there: only listing the memories finds it.
    Astray,
    /// No line announces it: only listing the memories finds it.
    Untold,
    /// It does not come.
    Never,
}

/// What a test found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestFindings)]
#[serde(default)]
pub(crate) struct Found {
    /// From handing a part over to `+CMGS`.
    pub(crate) sent_ms: Option<u64>,
    /// From `+CMGS` to the status report.
    pub(crate) report_ms: Option<u64>,
    /// From `+CMGS` to the message at the other SIM.
    pub(crate) arrival_ms: Option<u64>,
    /// How messages come in.
    pub(crate) messages: Way,
    /// How status reports come in.
    pub(crate) reports: Way,
    /// The memory that an announcement named.
    pub(crate) announced_in: Option<String>,
    /// The memory that the message was in.
    pub(crate) kept_in: Option<String>,
    /// Reads that found nothing before the message was there: it was announced too early.
    pub(crate) misses: Option<u8>,
    /// What the first place of a memory is called: 0 or 1.
    pub(crate) first_index: Option<u8>,
    /// `+CSMS` service.
    pub(crate) csms: Option<u8>,
    /// The setting of `+CNMI` that stuck: mode, mt, bm, ds, bfr.
    #[schema(value_type = Option<Vec<u8>>)]
    pub(crate) cnmi: Option<[u8; 5]>,
    /// Memory for received messages.
    pub(crate) memory: Option<String>,
    /// The memories and what each holds.
    pub(crate) memories: Vec<MemorySize>,
    /// How memories are listed.
    pub(crate) listing: String,
    pub(crate) link: Link,
    pub(crate) ussd: Option<UssdFound>,
    /// A message of three parts in UCS-2 came whole.
    pub(crate) unicode_whole: Option<bool>,
    /// A message of two parts in the GSM alphabet and its extension came whole.
    pub(crate) long_whole: Option<bool>,
}

/// A message memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestMemorySize)]
pub(crate) struct MemorySize {
    /// Its name in AT commands.
    #[schema(example = "SM")]
    pub(crate) memory: String,
    /// Messages that it can hold.
    pub(crate) total: u16,
}

/// What `AT+CMMS=2` is good for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestLinkKeeping)]
#[serde(default)]
pub(crate) struct Link {
    /// Whether the modem takes it; null when it was not tried.
    pub(crate) taken: Option<bool>,
    /// From one part's `+CMGS` to the next one's, with it.
    pub(crate) kept_ms: Option<u64>,
    /// The same without it.
    pub(crate) open_ms: Option<u64>,
    /// Whether it saves time.
    pub(crate) useful: Option<bool>,
}

impl Link {
    pub(crate) fn judge(&mut self) {
        self.useful = match (self.kept_ms, self.open_ms) {
            (Some(kept), Some(open)) => {
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few minutes")]
                let (kept, open) = (kept as f64, open as f64);
                Some(kept < open * (1.0 - WORTH_KEEPING))
            }
            _ => None,
        };
    }
}

/// How USSD went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestUssd)]
#[serde(default)]
pub(crate) struct UssdFound {
    /// `text`, `packed-hex` or `ucs2`: how the code was written when the network answered.
    pub(crate) coding: Option<String>,
    /// Whether the network answered.
    pub(crate) answered: bool,
    /// From the code to the answer.
    pub(crate) ms: Option<u64>,
}

/// How a modem is to be run for what was found out about its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) sweep_every: Duration,
    pub(crate) keep_link: bool,
}

impl Found {
    /// What does not depend on the SIM's luck, and is safe when it is wrong: listing more often
    /// costs a few commands, and a link that saves nothing is not missed.
    pub(crate) fn advice(&self) -> Advice {
        let usual = modem::Settings::default();
        let sweep_every = match self.messages {
            Way::Untold => SWEEP_UNTOLD.min(usual.sweep_every),
            _ => usual.sweep_every,
        };
        let keep_link = self.link.useful != Some(false);
        Advice {
            sweep_every,
            keep_link,
        }
    }

    /// What works less well than it could, for people; empty when nothing does.
    pub(crate) fn limits(&self) -> Vec<&'static str> {
        let mut limits = Vec::new();
        match self.messages {
            Way::Untold => limits.push(
                "no line announces messages on this port: they are found by listing the memories",
            ),
            Way::Astray => limits.push("messages are announced where they are not"),
            _ => {}
        }
        match self.reports {
            Way::Never => limits.push("status reports do not come"),
            Way::Untold => limits.push("no line announces status reports on this port"),
            Way::Astray => limits.push("status reports are announced where they are not"),
            _ => {}
        }
        if self.ussd.as_ref().is_some_and(|ussd| !ussd.answered) {
            limits.push("the USSD code was not answered");
        }
        limits
    }

    /// What a test did not look at stays as an earlier one found it.
    pub(crate) fn over(self, earlier: Self) -> Self {
        Self {
            ussd: self.ussd.or(earlier.ussd),
            first_index: self.first_index.or(earlier.first_index),
            link: if self.link.useful.is_some() {
                self.link
            } else {
                earlier.link
            },
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(kept_ms: Option<u64>, open_ms: Option<u64>) -> Link {
        let mut link = Link {
            taken: Some(true),
            kept_ms,
            open_ms,
            useful: None,
        };
        link.judge();
        link
    }

    #[test]
    fn a_link_that_saves_nothing_is_left_alone() {
        let advice = |kept, open| {
            let link = link(kept, open);
            Found {
                link,
                ..Found::default()
            }
            .advice()
            .keep_link
        };
        assert!(advice(Some(1000), Some(3000)));
        assert!(!advice(Some(2990), Some(3000)));
        assert!(!advice(Some(3500), Some(3000)));
        assert!(advice(Some(3500), None), "not proven");
    }

    #[test]
    fn what_is_not_announced_is_looked_for_more_often() {
        let usual = modem::Settings::default().sweep_every;
        let sweep = |messages| {
            let found = Found {
                messages,
                ..Found::default()
            };
            found.advice().sweep_every
        };
        assert!(sweep(Way::Untold) < usual);
        for way in [Way::Unknown, Way::Routed, Way::Announced, Way::Astray] {
            assert_eq!(sweep(way), usual);
        }
    }

    #[test]
    fn a_test_without_ussd_keeps_what_is_known_of_it() {
        let earlier = Found {
            ussd: Some(UssdFound {
                coding: Some("text".to_owned()),
                answered: true,
                ms: Some(900),
            }),
            messages: Way::Untold,
            ..Found::default()
        };
        let later = Found {
            messages: Way::Announced,
            ..Found::default()
        };
        let both = later.over(earlier.clone());
        assert_eq!((both.ussd, both.messages), (earlier.ussd, Way::Announced));
    }

    #[test]
    fn what_an_older_program_wrote_can_be_read() {
        let found: Found = serde_json::from_str(r#"{"reports": "routed"}"#).unwrap();
        assert_eq!(found.reports, Way::Routed);
    }
}
