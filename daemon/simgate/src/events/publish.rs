//! The events of messages, SIMs and modems, each made in one place.

use modem::{Iccid, Imei};
use serde_json::json;

use super::Bus;
use crate::model::{Carrier, MessageId, Reason, State, Time, UplinkName};

impl Bus {
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
        self.publish(
            kind,
            json!({ "id": id, "state": state, "sim": sim, "uplink": uplink, "reason": reason }),
        );
    }

    pub(crate) fn sim_state(&self, iccid: &Iccid, state: &str) {
        self.publish(
            "sim.state",
            json!({ "iccid": iccid.as_str(), "state": state }),
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
        self.publish(
            "sim.state",
            json!({
                "iccid": iccid.as_str(), "state": state, "breaker": breaker,
                "cooling_until": cooling_until, "reason": reason,
            }),
        );
    }

    /// `reason`: for people, where something is wrong.
    pub(crate) fn modem_state(&self, imei: &Imei, state: &str, reason: Option<&str>) {
        self.publish(
            "modem.state",
            json!({ "imei": imei.as_str(), "state": state, "reason": reason }),
        );
    }

    /// `reason`: for people, where it is not bound.
    pub(crate) fn uplink_state(&self, name: &UplinkName, state: &str, reason: Option<&str>) {
        self.publish(
            "uplink.state",
            json!({ "uplink": name.as_str(), "state": state, "reason": reason }),
        );
    }

    pub(crate) fn call_missed(&self, iccid: &Iccid, from: Option<&str>) {
        self.publish(
            "call.missed",
            json!({ "sim": iccid.as_str(), "from": from }),
        );
    }
}
