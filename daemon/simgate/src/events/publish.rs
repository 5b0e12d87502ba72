//! The events of messages, SIMs and modems, each made in one place.

use modem::{Iccid, Imei};
use serde::Serialize;

use super::Bus;
use super::data::{CallEvent, MessageEvent, ModemEvent, SimEvent, UplinkEvent};
use crate::model::{Carrier, MessageId, Reason, State, Time, UplinkName};

impl Bus {
    /// `kind` and its data: see [`super::data`].
    pub(crate) fn tell(&self, kind: &'static str, data: impl Serialize) {
        // Plain values all of them: there is nothing that JSON could not take.
        self.publish(kind, serde_json::to_value(data).unwrap_or_default());
    }

    /// A message came into a state.
    pub(crate) fn message(
        &self,
        id: MessageId,
        state: State,
        carrier: Option<&Carrier>,
        reason: Option<&Reason>,
    ) {
        let kind = match state {
            State::Scheduled => "message.scheduled",
            State::Queued => "message.queued",
            State::Sending => "message.sending",
            State::Sent => "message.sent",
            State::Delivered => "message.delivered",
            State::Undelivered | State::Failed | State::Expired => "message.failed",
            State::Cancelled => "message.cancelled",
            State::Uncertain => "message.uncertain",
            State::Received => "message.received",
        };
        let sim = carrier.and_then(Carrier::sim).map(Iccid::as_str);
        let uplink = carrier.and_then(Carrier::uplink).map(UplinkName::as_str);
        self.tell(
            kind,
            MessageEvent {
                id,
                state,
                sim,
                uplink,
                reason,
            },
        );
    }

    pub(crate) fn sim_state(&self, iccid: &Iccid, state: &str) {
        self.tell(
            "sim.state",
            SimEvent {
                iccid: iccid.as_str(),
                state,
                breaker: None,
                cooling_until: None,
                reason: None,
            },
        );
    }

    /// Its breaker opened or closed.
    pub(crate) fn sim_breaker(
        &self,
        iccid: &Iccid,
        breaker: &str,
        cooling_until: Option<Time>,
        reason: Option<&Reason>,
    ) {
        let state = match cooling_until {
            Some(_) => "cooling",
            None => "ready",
        };
        self.tell(
            "sim.state",
            SimEvent {
                iccid: iccid.as_str(),
                state,
                breaker: Some(breaker),
                cooling_until,
                reason,
            },
        );
    }

    /// `reason`: for people, where something is wrong.
    pub(crate) fn modem_state(&self, imei: &Imei, state: &str, reason: Option<&str>) {
        let imei = imei.as_str();
        self.tell(
            "modem.state",
            ModemEvent {
                imei,
                state,
                reason,
            },
        );
    }

    /// `reason`: for people, where it is not bound.
    pub(crate) fn uplink_state(&self, name: &UplinkName, state: &str, reason: Option<&str>) {
        let uplink = name.as_str();
        self.tell(
            "uplink.state",
            UplinkEvent {
                uplink,
                state,
                reason,
            },
        );
    }

    pub(crate) fn call_missed(&self, iccid: &Iccid, from: Option<&str>) {
        let sim = iccid.as_str();
        self.tell("call.missed", CallEvent { sim, from });
    }
}
