//! The steps of a test.

use std::time::Duration;

use tokio::time::Instant;

use super::choose::{Choice, End};
use super::legs::Load;
use super::record::{NumberKnown, TestNetwork};
use super::run::{PartTimes, Test};
use super::said::{ProblemCode, Said, StepCode, TestProblem};
use super::sights::{note_place, parts_of, reports_on, same_number, way};
use super::watch::Facts;
use crate::messages::draft::EncodingChoice;
use model::{MemorySize, Message, Time, UssdFound, Way, test_text};
use store::{SimSeen, clock};

/// How long after a message has arrived its reports are waited for.
const REPORT_WAIT: Duration = Duration::from_secs(15);
/// And once the memories were listed for them.
const REPORT_SWEEP_WAIT: Duration = Duration::from_secs(10);
/// How long an AT command may take, which waits for its turn between two messages.
const COMMAND_WAIT: Duration = Duration::from_mins(5);

impl Test {
    pub(super) fn network(&mut self) -> String {
        let Some(live) = self.live() else {
            return "the modem is not plugged in".to_owned();
        };
        if let Some(can) = &live.capabilities {
            self.found.csms = can.csms;
            self.found.cnmi = can.cnmi;
            self.found.memory.clone_from(&can.memory);
            can.listing.clone_into(&mut self.found.listing);
        }
        let size = |storage: &modem::Storage| MemorySize {
            memory: storage.memory.clone(),
            total: storage.total,
        };
        self.found.memories = live.storage.iter().map(size).collect();
        self.found.memories.sort_by(|a, b| a.memory.cmp(&b.memory));
        let network = TestNetwork::of(live.operator.as_ref(), live.signal, live.registration);
        let operator = network.operator.as_deref().unwrap_or("operator not known");
        let technology = network.technology.as_deref().unwrap_or("-");
        let signal = network
            .rssi_dbm
            .map_or_else(|| "-".to_owned(), |dbm| format!("{dbm} dBm"));
        let said = format!("{operator}, {technology}, {signal}");
        self.progress.update(|run| run.network = Some(network));
        said
    }

    pub(super) async fn ussd(&mut self) -> Said {
        let code = self.ussd.clone().unwrap_or_default();
        let begun = Instant::now();
        let answer = self.gateway.run_ussd(&self.choice.tested.iccid, code).await;
        let ms = u64::try_from(begun.elapsed().as_millis()).ok();
        // The answer itself may hold a balance or a number, which are nobody's findings.
        let (found, said) = match answer {
            Ok(reply) => {
                let coding = Some(reply.coding.to_owned());
                let said = format!("answered, written as {}", reply.coding);
                let found = UssdFound {
                    coding,
                    answered: true,
                    ms,
                };
                (found, Said::new(StepCode::UssdAnswered, said))
            }
            Err(error) => (
                UssdFound::default(),
                Said::new(StepCode::UssdUnanswered, error.to_string()),
            ),
        };
        self.found.ussd = Some(found);
        said
    }

    /// The partner sends, the modem under test receives.
    pub(super) async fn receive(&mut self) -> Result<Said, Said> {
        let Choice {
            tested, partner, ..
        } = self.choice.clone();
        let load = load(test_text::short, EncodingChoice::Gsm7);
        let empty = self.empty_memories().await;
        let sent = self.send(&partner, &tested, &load).await?;
        let message = self.arrive(&sent, &tested, &load).await?;
        let sights = parts_of(&self.watch.facts.sights, &tested.iccid, &load.token);
        self.found.messages = if sights.is_empty() {
            Way::Unknown
        } else {
            way(&sights)
        };
        if let Some(sight) = sights.first() {
            note_place(&mut self.found, sight, |memory| {
                empty.iter().any(|name| name == memory)
            });
        }
        self.learn(false, &message).await;
        Ok(match self.found.messages {
            Way::Routed => Said::new(StepCode::ArrivedRouted, "arrived, brought by +CMT"),
            Way::Announced => Said::new(StepCode::ArrivedAnnounced, "arrived, announced by +CMTI"),
            Way::Astray => Said::new(
                StepCode::ArrivedAstray,
                "arrived, announced where it was not",
            ),
            Way::Untold => Said::new(StepCode::ArrivedUntold, "arrived, announced by nothing"),
            _ => Said::new(StepCode::Arrived, "arrived"),
        })
    }

    /// The memories that hold nothing now; what was told last may be a minute old.
    async fn empty_memories(&self) -> Vec<String> {
        let lines = self.command("AT+CPMS?").await.unwrap_or_default();
        let answer = lines.iter().find_map(|line| line.strip_prefix("+CPMS:"));
        let values: Vec<&str> = answer
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .collect();
        let memories = values.chunks_exact(3).filter(|memory| memory[1] == "0");
        memories
            .map(|memory| memory[0].trim_matches('"').to_owned())
            .collect()
    }

    /// The modem under test sends three parts, the link kept open between them.
    pub(super) async fn unicode(&mut self) -> Result<Said, Said> {
        let Choice {
            tested, partner, ..
        } = self.choice.clone();
        let load = load(test_text::unicode, EncodingChoice::Ucs2);
        let sent = self.send(&tested, &partner, &load).await?;
        let taken = self.live().and_then(|live| live.capabilities?.cmms);
        self.found.link.taken = taken;
        if taken == Some(true) {
            self.found.link.kept_ms = between(&sent.parts);
        }
        let first = sent.parts.first().copied();
        self.found.sent_ms = first.map(|part| millis(part.handed, part.sent));
        let outcome = self.arrive(&sent, &partner, &load).await;
        self.found.unicode_whole = Some(outcome.is_ok());
        let last = sent.parts.last().copied();
        self.reported = Some(sent);
        let message = outcome?;
        self.found.arrival_ms = last.map(|part| millis(part.sent, message.created_at));
        self.learn(true, &message).await;
        Ok(Said::new(StepCode::ThreeWhole, "three parts arrived whole"))
    }

    pub(super) async fn reports(&mut self) -> Said {
        let Some(sent) = self.reported.take() else {
            return Said::new(StepCode::NothingSent, "nothing was sent");
        };
        let message = self.watch.facts.message(sent.id);
        let references: Vec<u8> = message
            .iter()
            .flat_map(|message| message.parts.iter().filter_map(|part| part.mr))
            .collect();
        if references.is_empty() {
            let detail = "the modem does not number its messages, so no report can be told";
            return Said::new(StepCode::ReportsUnnumbered, detail);
        }
        let (iccid, number) = (self.choice.tested.iccid.clone(), sent.to.clone());
        let came = |facts: &Facts| reports_on(&facts.sights, &iccid, &references, &number).len();
        let all = |facts: &Facts| came(facts) >= references.len();
        if !self.watch.until(Instant::now() + REPORT_WAIT, all).await {
            if let Some(live) = self.live() {
                let _ = live.handle.sweep();
            }
            self.watch
                .until(Instant::now() + REPORT_SWEEP_WAIT, all)
                .await;
        }
        let reports = reports_on(&self.watch.facts.sights, &iccid, &references, &number);
        self.found.reports = way(&reports);
        if let (Some(report), Some(last)) = (reports.last(), sent.parts.last()) {
            self.found.report_ms = Some(millis(last.sent, report.at));
        }
        let how = match self.found.reports {
            Way::Routed => ", brought by +CDS",
            Way::Announced => ", announced by +CDSI",
            Way::Astray => ", announced where they were not",
            Way::Untold => ", announced by nothing",
            _ => "",
        };
        let (came, all) = (reports.len(), references.len());
        Said::new(StepCode::ReportsCame, format!("{came} of {all} came{how}"))
            .with("came", came)
            .with("all", all)
    }

    /// The modem under test sends two parts, and the link is not kept open between them.
    pub(super) async fn long(&mut self) -> Result<Said, Said> {
        let Choice {
            tested, partner, ..
        } = self.choice.clone();
        let load = load(test_text::long, EncodingChoice::Gsm7);
        let taken = self.found.link.taken == Some(true);
        let off = taken && self.command("AT+CMMS=0").await.is_some();
        let sent = self.send(&tested, &partner, &load).await;
        if off {
            self.command("AT+CMMS=2").await;
        }
        let sent = sent?;
        if off {
            self.found.link.open_ms = between(&sent.parts);
            self.found.link.judge();
        }
        let outcome = self.arrive(&sent, &partner, &load).await;
        self.found.long_whole = Some(outcome.is_ok());
        outcome?;
        Ok(match self.found.link.useful {
            Some(true) => Said::new(
                StepCode::TwoWholeFaster,
                "two parts arrived whole; AT+CMMS=2 saves time",
            ),
            Some(false) => Said::new(
                StepCode::TwoWholeNoFaster,
                "two parts arrived whole; AT+CMMS=2 saves nothing",
            ),
            None => Said::new(StepCode::TwoWhole, "two parts arrived whole"),
        })
    }

    /// What the modem answers; none when it refuses.
    async fn command(&self, command: &str) -> Option<Vec<String>> {
        let live = self.live()?;
        let answer = tokio::time::timeout(COMMAND_WAIT, live.handle.at(command.to_owned())).await;
        match answer {
            Ok(Ok(reply)) if reply.end == "OK" => Some(reply.lines),
            _ => None,
        }
    }

    /// The number of a SIM is where its message came from.
    async fn learn(&mut self, tested: bool, message: &Message) {
        let Some(from) = message.from.clone().filter(|from| from.starts_with('+')) else {
            return;
        };
        let end = if tested {
            &mut self.choice.tested
        } else {
            &mut self.choice.partner
        };
        let known = match &end.number {
            None => NumberKnown::Learnt,
            Some(number) if same_number(number, &from) => NumberKnown::Known,
            Some(_) => NumberKnown::Differs,
        };
        if known == NumberKnown::Learnt {
            end.number = Some(from.clone());
            let learnt = learnt(end, from);
            if let Err(error) = self.gateway.store().admin().seen_sim(learnt).await {
                tracing::warn!(%error, "cannot remember a SIM's number");
            }
        }
        self.progress.update(|run| {
            let end = if tested {
                Some(&mut run.modem)
            } else {
                run.partner.as_mut()
            };
            if let Some(end) = end {
                end.number = known;
            }
            if known == NumberKnown::Differs {
                let (code, which) = if tested {
                    (ProblemCode::NumberDiffers, "the SIM")
                } else {
                    (ProblemCode::PartnerNumberDiffers, "the partner SIM")
                };
                run.problems.push(TestProblem {
                    code,
                    detail: format!("the network gives another number for {which} than is set"),
                });
            }
        });
    }
}

fn load(write: fn(&str) -> String, encoding: EncodingChoice) -> Load {
    let token = test_text::token(rand::random());
    Load {
        text: write(&token),
        token,
        encoding,
    }
}

/// A number that was learnt, as if the SIM had told it: an operator's setting goes before it.
fn learnt(end: &End, number: String) -> SimSeen {
    SimSeen {
        number: Some(number),
        ..SimSeen::new(end.iccid.clone(), clock::now())
    }
}

/// None below zero: the other end may be faster than the modem's own answer.
fn millis(from: Time, to: Time) -> u64 {
    u64::try_from(to.0 - from.0).unwrap_or(0)
}

/// The mean time from one part's `+CMGS` to the next one's.
fn between(parts: &[PartTimes]) -> Option<u64> {
    let gaps: Vec<u64> = parts
        .windows(2)
        .map(|pair| millis(pair[0].sent, pair[1].sent))
        .collect();
    let count = u64::try_from(gaps.len()).ok().filter(|count| *count > 0)?;
    Some(gaps.iter().sum::<u64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_parts_is_from_answer_to_answer() {
        let part = |handed, sent| PartTimes {
            handed: Time(handed),
            sent: Time(sent),
        };
        assert_eq!(between(&[part(0, 3000)]), None);
        let three = [part(0, 3000), part(3005, 4000), part(4005, 5200)];
        assert_eq!(between(&three), Some(1100));
        assert_eq!(millis(Time(10), Time(4)), 0);
    }
}
