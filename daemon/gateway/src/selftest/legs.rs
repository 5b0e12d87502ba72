//! One message from one end to the other.

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::choose::End;
use super::run::{PartTimes, Sent, Test};
use super::said::{Said, StepCode};
use super::sights::parts_of;
use super::watch::{Facts, text};
use crate::messages::draft::{self, Draft, EncodingChoice, Named};
use model::{HistoryStep, Key, Message, MessageId, NewMessage, OnUncertain, State};
use store::Accepted;

/// How long a message may take to be sent: a part alone may take three minutes (field notes A 1).
const SEND_WAIT: Duration = Duration::from_mins(5);
/// Refusals after which a message is given up: the first may be the network's mood.
const ATTEMPTS: u16 = 2;
/// How long a message may take to the other end before its memories are listed.
const ARRIVAL_WAIT: Duration = Duration::from_secs(45);
/// The same, once the network says that it is there.
const DELIVERED_WAIT: Duration = Duration::from_secs(8);
/// And once they are listed.
const SWEEP_WAIT: Duration = Duration::from_secs(25);
/// A test message that nobody waits for any more is not delivered days later.
const VALIDITY_SECONDS: u32 = 600;

/// What a message is to carry.
pub(super) struct Load {
    pub(super) token: String,
    pub(super) text: String,
    pub(super) encoding: EncodingChoice,
}

impl Test {
    /// Sends a message through exactly the SIM of `from`, and waits until the network has it.
    pub(super) async fn send(&mut self, from: &End, to: &End, load: &Load) -> Result<Sent, Said> {
        let number = to
            .number
            .clone()
            .ok_or("the number of the SIM at the other end is not known")?;
        let id = self.accept(from, number.clone(), load).await?;
        self.watch.follow(id, &load.token).await;
        let deadline = Instant::now() + SEND_WAIT;
        let over = |facts: &Facts| facts.message(id).is_some_and(is_over);
        let in_time = self.watch.until(deadline, over).await;
        if let Some(why) = unsent(self.watch.facts.message(id), in_time) {
            // It must not go out when nobody looks any more.
            let _ = self.gateway.withdraw(id, None).await;
            return Err(why);
        }
        Ok(Sent {
            id,
            to: number,
            parts: self.part_times(id).await?,
        })
    }

    async fn accept(&mut self, from: &End, to: String, load: &Load) -> Result<MessageId, Said> {
        let metadata = json!({ "simgate_test": self.progress.shown().id }).to_string();
        let draft = Draft {
            encoding: load.encoding,
            // Sent twice it would spoil the measurement.
            on_uncertain: Some(OnUncertain::Hold),
            validity_seconds: Some(VALIDITY_SECONDS),
            // By that it is known when it comes in.
            reference: Some(load.token.clone()),
            metadata: RawValue::from_string(metadata).ok(),
            // Bulk would wait for the end of every campaign; of one priority the keys take turns.
            ..Draft::of_text(to, load.text.clone(), format!("sim:{}", from.iccid))
        };
        let (key, named) = (Key::of_gateway(), Named::default());
        let context = self.gateway.context(&key, &named);
        let message = draft::prepare(draft, context).map_err(|errors| {
            let detail = errors.first().map(|error| error.detail.clone());
            Said::new(StepCode::NotAccepted, detail.unwrap_or_default())
        })?;
        let id = message.id;
        let message = NewMessage {
            test: true,
            ..message
        };
        match self.gateway.accept(vec![message], None).await {
            Ok(Accepted::Stored(_)) => Ok(id),
            Ok(_) => Err(Said::new(StepCode::NotAccepted, "was not accepted")),
            Err(error) => Err(Said::new(
                StepCode::NotAccepted,
                format!("was not accepted: {error}"),
            )),
        }
    }

    /// From the message's history, which has the instants of each part.
    async fn part_times(&self, id: MessageId) -> Result<Vec<PartTimes>, Said> {
        let history = self.gateway.store().reading().history(id).await;
        let steps = history
            .map_err(|error| Said::from(error.to_string()))?
            .unwrap_or_default();
        let last = |step: HistoryStep, part: u16| {
            let rows = steps.iter().rev();
            rows.clone()
                .find(|row| row.step == step.as_str() && row.part == Some(part))
                .map(|row| row.at)
        };
        let times = (1..).map_while(|part| {
            Some(PartTimes {
                handed: last(HistoryStep::Sending, part)?,
                sent: last(HistoryStep::PartSent, part)?,
            })
        });
        Ok(times.collect())
    }

    /// Waits for a message at the other end; when it does not come by itself, lists the memories
    /// there.
    pub(super) async fn arrive(
        &mut self,
        sent: &Sent,
        at: &End,
        load: &Load,
    ) -> Result<Message, Said> {
        let (id, token, iccid) = (sent.id, load.token.clone(), at.iccid.clone());
        let here = |facts: &Facts| facts.arrived(&iccid, &token).is_some();
        let reported = |facts: &Facts| facts.state(id) == Some(State::Delivered);
        let mut deadline = Instant::now() + ARRIVAL_WAIT;
        if self
            .watch
            .until(deadline, |facts| here(facts) || reported(facts))
            .await
        {
            deadline = Instant::now() + DELIVERED_WAIT;
        }
        if !self.watch.until(deadline, here).await {
            if let Some(live) = self.gateway.fleet().modem(&at.imei) {
                let _ = live.handle.sweep();
            }
            self.watch.until(Instant::now() + SWEEP_WAIT, here).await;
        }
        let facts = &self.watch.facts;
        let Some(message) = facts.arrived(&iccid, &token) else {
            let parts = parts_of(&facts.sights, &iccid, &token).len();
            let all = sent.parts.len();
            let detail =
                format!("was sent and did not arrive: {parts} of {all} SMS came to the other SIM");
            let lost = Said::new(StepCode::Lost, detail);
            return Err(lost.with("came", parts).with("all", all));
        };
        if text(message) != load.text {
            return Err(Said::new(StepCode::OtherText, "arrived with another text"));
        }
        Ok(message.clone())
    }
}

/// Whether more waiting would tell nothing of the modem.
fn is_over(message: &Message) -> bool {
    match message.state {
        // Refused again and again, it would be tried until its validity ends.
        State::Queued => message.attempts >= ATTEMPTS,
        State::Scheduled | State::Sending => false,
        _ => true,
    }
}

/// Why a message is not with the network; none when it is.
fn unsent(message: Option<&Message>, in_time: bool) -> Option<Said> {
    let state = message.map(|message| message.state);
    let reason = message.and_then(|message| message.reason.as_ref());
    let reason = reason.map_or_else(String::new, |reason| {
        format!(", {}: {}", reason.code, reason.detail)
    });
    match state {
        Some(State::Sent | State::Delivered | State::Undelivered) => None,
        Some(State::Uncertain) => Some(Said::new(
            StepCode::NoAnswer,
            "the modem did not answer the submit",
        )),
        _ if in_time => Some(Said::new(
            StepCode::NotSent,
            format!("was not sent{reason}"),
        )),
        _ => {
            let seconds = SEND_WAIT.as_secs();
            let detail = format!("was not sent within {seconds} s{reason}");
            let late = Said::new(StepCode::NotSentInTime, detail);
            Some(late.with("seconds", usize::try_from(seconds).unwrap_or(usize::MAX)))
        }
    }
}
