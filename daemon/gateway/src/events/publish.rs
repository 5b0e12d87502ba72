//! The events of messages, SIMs and modems, each made in one place.

use model::{Carrier, Change, Iccid, Imei, MessageId, Reason, State, Time, UplinkName};
use store::{Joined, clock};

use super::bus::Happening;
use super::data::{
    CallEvent, ConversationChange, ConversationEvent, MessageEvent, ModemEvent, SimEvent,
    UplinkEvent,
};
use super::{Bus, Subject};

impl Bus {
    /// The messages of one request are on disk; `to`: the recipient, where it was one message.
    pub fn accepted(&self, messages: &[(MessageId, State)], to: Option<&str>) {
        metrics::counter!("simgate_messages_accepted_total").increment(messages.len() as u64);
        self.steps.accepted(messages, to);
        let at = clock::now();
        let queued = messages.iter().map(|(id, state)| {
            let data = MessageEvent::of(&Change::of(*id, *state));
            Happening::new(state.event(), Subject::Message(*id), data, at)
        });
        self.publish(queued.collect(), at);
    }

    /// A message came into a state.
    pub fn message(&self, change: &Change<'_>) {
        if change.state == State::Delivered {
            metrics::counter!("simgate_messages_delivered_total").increment(1);
        }
        self.steps.changed(change);
        let (about, at) = (Subject::Message(change.id), clock::now());
        let data = MessageEvent::of(change);
        let mut happening = Happening::new(change.state.event(), about, data, at);
        happening.test = change.test;
        self.publish(vec![happening], at);
    }

    /// A message came in.
    pub fn received(&self, joined: &Joined) {
        let number = Some(joined.from.as_str());
        self.message(&Change {
            number,
            carrier: Some(&joined.carrier),
            test: joined.test,
            ..Change::of(joined.id, State::Received)
        });
        if joined.reopened {
            self.conversation(number, ConversationChange::Reopened, None);
        }
    }

    /// This is what the operator calls a SIM.
    pub fn label(&self, iccid: &Iccid, label: Option<&str>) {
        self.steps.label(iccid, label);
    }

    /// A SIM or an uplink as people call it.
    pub fn named(&self, carrier: &Carrier) -> String {
        self.steps.named(carrier)
    }

    /// Once a second, has the log tell how much was left out of it.
    pub async fn keep_log(self) {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            self.steps.tell_rest();
        }
    }

    pub fn sim_state(&self, iccid: &Iccid, state: &str) {
        self.sim(iccid, state, None, None, None);
    }

    /// Its breaker opened or closed.
    pub fn sim_breaker(
        &self,
        iccid: &Iccid,
        breaker: &str,
        cooling_until: Option<Time>,
        reason: Option<&Reason>,
    ) {
        let state = cooling_until.map_or("ready", |_| "cooling");
        self.sim(iccid, state, Some(breaker), cooling_until, reason);
    }

    fn sim(
        &self,
        iccid: &Iccid,
        state: &str,
        breaker: Option<&str>,
        cooling_until: Option<Time>,
        reason: Option<&Reason>,
    ) {
        let data = SimEvent {
            iccid: iccid.as_str(),
            state,
            breaker,
            cooling_until,
            reason,
        };
        self.tell("sim.state", Subject::Sim(iccid.clone()), data);
    }

    /// `sim`: the one in it, as far as it is known. `reason`: for people, where something is wrong.
    pub fn modem_state(&self, imei: &Imei, sim: Option<&Iccid>, state: &str, reason: Option<&str>) {
        let data = ModemEvent {
            imei: imei.as_str(),
            state,
            reason,
        };
        self.tell("modem.state", Subject::modem(sim), data);
    }

    /// `reason`: for people, where it is not bound.
    pub fn uplink_state(&self, name: &UplinkName, state: &str, reason: Option<&str>) {
        let data = UplinkEvent {
            uplink: name.as_str(),
            state,
            reason,
        };
        self.tell("uplink.state", Subject::Gateway, data);
    }

    /// `by`: who has changed it, where somebody has.
    pub fn conversation(&self, number: Option<&str>, what: ConversationChange, by: Option<&str>) {
        let event = ConversationEvent { number, what, by };
        self.tell("conversation.changed", Subject::Gateway, event);
    }

    pub fn call_missed(&self, iccid: &Iccid, from: Option<&str>) {
        let sim = iccid.as_str();
        let about = Subject::Sim(iccid.clone());
        self.tell("call.missed", about, CallEvent { sim, from });
    }
}
