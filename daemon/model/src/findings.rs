//! What self-tests have found out about kinds of modem.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// A link that is kept open must save at least this share of the time between two parts, or it
/// may as well be left alone.
const WORTH_KEEPING: f64 = 0.05;

/// Make, model and firmware: what the ways of a modem depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModemKind {
    pub manufacturer: String,
    pub model: String,
    pub firmware: String,
}

/// What is remembered of a kind of modem.
#[derive(Clone, Debug)]
pub struct ModemFindings {
    pub kind: ModemKind,
    pub found: Found,
    /// The last test that was done.
    pub tested_at: Time,
    pub tests: u32,
}

/// By what way something comes in from a modem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestArrival)]
#[serde(rename_all = "snake_case")]
pub enum Way {
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
pub struct Found {
    /// From handing a part over to `+CMGS`.
    pub sent_ms: Option<u64>,
    /// From `+CMGS` to the status report.
    pub report_ms: Option<u64>,
    /// From `+CMGS` to the message at the other SIM.
    pub arrival_ms: Option<u64>,
    /// How messages come in.
    pub messages: Way,
    /// How status reports come in.
    pub reports: Way,
    /// The memory that an announcement named.
    pub announced_in: Option<String>,
    /// The memory that the message was in.
    pub kept_in: Option<String>,
    /// Reads that found nothing before the message was there: it was announced too early.
    pub misses: Option<u8>,
    /// What the first place of a memory is called: 0 or 1.
    pub first_index: Option<u8>,
    /// `+CSMS` service.
    pub csms: Option<u8>,
    /// The setting of `+CNMI` that stuck: mode, mt, bm, ds, bfr.
    #[schema(value_type = Option<Vec<u8>>)]
    pub cnmi: Option<[u8; 5]>,
    /// Memory for received messages.
    pub memory: Option<String>,
    /// The memories and what each holds.
    pub memories: Vec<MemorySize>,
    /// How memories are listed.
    pub listing: String,
    pub link: Link,
    pub ussd: Option<UssdFound>,
    /// A message of three parts in UCS-2 came whole.
    pub unicode_whole: Option<bool>,
    /// A message of two parts in the GSM alphabet and its extension came whole.
    pub long_whole: Option<bool>,
}

/// A message memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestMemorySize)]
pub struct MemorySize {
    /// Its name in AT commands.
    #[schema(example = "SM")]
    pub memory: String,
    /// Messages that it can hold.
    pub total: u16,
}

/// What `AT+CMMS=2` is good for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TestLinkKeeping)]
#[serde(default)]
pub struct Link {
    /// Whether the modem takes it; null when it was not tried.
    pub taken: Option<bool>,
    /// From one part's `+CMGS` to the next one's, with it.
    pub kept_ms: Option<u64>,
    /// The same without it.
    pub open_ms: Option<u64>,
    /// Whether it saves time.
    pub useful: Option<bool>,
}

impl Link {
    pub fn judge(&mut self) {
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
pub struct UssdFound {
    /// `text`, `packed-hex` or `ucs2`: how the code was written when the network answered.
    pub coding: Option<String>,
    /// Whether the network answered.
    pub answered: bool,
    /// From the code to the answer.
    pub ms: Option<u64>,
}

impl Found {
    /// What works less well than it could, for people; empty when nothing does.
    pub fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        match self.messages {
            Way::Untold => limits.push(Limit::MessagesUntold),
            Way::Astray => limits.push(Limit::MessagesAstray),
            _ => {}
        }
        match self.reports {
            Way::Never => limits.push(Limit::ReportsNever),
            Way::Untold => limits.push(Limit::ReportsUntold),
            Way::Astray => limits.push(Limit::ReportsAstray),
            _ => {}
        }
        if self.ussd.as_ref().is_some_and(|ussd| !ussd.answered) {
            limits.push(Limit::UssdUnanswered);
        }
        limits
    }

    /// What a test did not look at stays as an earlier one found it.
    #[must_use]
    pub fn over(self, earlier: Self) -> Self {
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

/// What a modem or its network does not do as well as others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    MessagesUntold,
    MessagesAstray,
    ReportsNever,
    ReportsUntold,
    ReportsAstray,
    UssdUnanswered,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::MessagesUntold => {
                "no line announces messages on this port: they are found by listing the memories"
            }
            Self::MessagesAstray => "messages are announced where they are not",
            Self::ReportsNever => "status reports do not come",
            Self::ReportsUntold => "no line announces status reports on this port",
            Self::ReportsAstray => "status reports are announced where they are not",
            Self::UssdUnanswered => "the USSD code was not answered",
        })
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
    fn a_link_that_saves_nothing_is_of_no_use() {
        assert_eq!(link(Some(1000), Some(3000)).useful, Some(true));
        assert_eq!(link(Some(2990), Some(3000)).useful, Some(false));
        assert_eq!(link(Some(3500), Some(3000)).useful, Some(false));
        assert_eq!(link(Some(3500), None).useful, None);
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
