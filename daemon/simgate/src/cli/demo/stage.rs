//! The shop whose gateway the demo is: its SIMs, its campaign, an uplink for what goes abroad.

use serde_json::{Value, json};
use virtual_modem::{Bank, Request, RequestError};

use super::talks;
use crate::cli::Failure;
use crate::cli::client::{Client, segment};

/// Of the SIM that asks for it.
pub(super) const PIN: &str = "4711";
/// The staff, and what each may do.
pub(super) const STAFF: [(&str, model::Role); 3] = [
    ("anna", model::Role::Operator),
    ("binh", model::Role::Operator),
    ("vera", model::Role::Viewer),
];
/// With fewer SIMs than this all of them are wanted for sending.
const ENOUGH: usize = 6;
const LABELS: [&str; 6] = ["Shop", "Office", "Reception", "Delivery", "Kiosk", "Market"];
const CAMPAIGN: usize = 600;
const OFFER: &str = "Spring sale: 20 % off all teas until Sunday, in the shop and by phone. Reply STOP to get no more of these.";

/// Who has what to do in a bank of this many SIMs, by slot.
#[derive(Clone, Copy)]
pub(super) struct Cast {
    modems: usize,
}

impl Cast {
    pub(super) fn of(modems: u16) -> Self {
        Self {
            modems: modems.into(),
        }
    }

    /// The SIM that wants its PIN.
    fn locked(self) -> Option<usize> {
        (self.modems >= ENOUGH).then(|| self.modems - 1)
    }

    /// The SIM that has sent all that it may today.
    fn used_up(self) -> Option<usize> {
        self.locked().map(|slot| slot - 1)
    }

    /// Those that carry the campaign.
    fn campaigners(self) -> Vec<usize> {
        self.used_up()
            .map_or_else(Vec::new, |slot| vec![slot - 2, slot - 1])
    }

    /// Those that hear what comes in.
    pub(super) fn hearing(self) -> std::ops::Range<usize> {
        0..self.locked().unwrap_or(self.modems)
    }

    fn label(self, slot: usize) -> String {
        let campaigners = self.campaigners();
        if let Some(at) = campaigners
            .iter()
            .position(|campaigner| *campaigner == slot)
        {
            return format!("Newsletter {}", at + 1);
        }
        if Some(slot) == self.used_up() {
            return "Prepaid".to_owned();
        }
        if Some(slot) == self.locked() {
            return "New SIM".to_owned();
        }
        LABELS
            .get(slot)
            .map_or_else(|| format!("Line {}", slot + 1), ToString::to_string)
    }

    /// The whereabouts of the modems, before the gateway looks: no two hear the network alike.
    pub(super) async fn set(self, bank: &Bank) -> Result<(), RequestError> {
        for slot in 0..self.modems {
            let rssi = u8::try_from(31 - (slot * 7) % 20).ok();
            let (slot, network) = (Some(slot), true);
            bank.request(Request::Coverage {
                slot,
                network,
                rssi,
            })
            .await?;
        }
        if let Some(slot) = self.locked() {
            let pin = Some(PIN.to_owned());
            bank.request(Request::LockSim {
                slot: Some(slot),
                pin,
            })
            .await?;
        }
        Ok(())
    }

    /// What an admin would set up on the first day. `iccids`: in the order of the slots.
    pub(super) fn furnish(
        self,
        client: &Client,
        iccids: &[String],
        smsc: u16,
    ) -> Result<(), Failure> {
        for (slot, iccid) in iccids.iter().enumerate() {
            let mut sim = json!({"label": self.label(slot)});
            if self.campaigners().contains(&slot) {
                sim["groups"] = json!(["newsletter"]);
                sim["min_gap_ms"] = json!(3000);
            }
            if Some(slot) == self.used_up() {
                sim["quota"] = json!({"per_day": USED_UP.len()});
            } else if slot == 0 {
                sim["quota"] = json!({"per_day": 500});
            }
            client.patch(&format!("/sims/{}", segment(iccid)), &sim)?;
        }
        let uplink =
            json!({"host": "127.0.0.1", "port": smsc, "system_id": "demo", "password": "demo"});
        client.put("/uplinks/overseas", &uplink)?;
        if let Some(iccid) = self.used_up().and_then(|slot| iccids.get(slot)) {
            for (to, text) in USED_UP {
                client.post(
                    "/messages",
                    &json!({"to": to, "text": text, "from": format!("sim:{iccid}")}),
                )?;
            }
        }
        self.campaign(client)
    }

    /// It takes a while: two SIMs carry it, and pause between two messages.
    fn campaign(self, client: &Client) -> Result<(), Failure> {
        if self.campaigners().is_empty() {
            return Ok(());
        }
        // Some of the numbers are not in use any more, as in any list.
        let number = |n: usize| match n % 40 {
            25 => format!("+849{}991067", 10 + n / 40),
            _ => format!("+84935{:06}", 100_000 + n * 137),
        };
        let message = |n| json!({"to": number(n), "text": OFFER, "priority": "bulk", "from": "group:newsletter", "reference": "spring-sale"});
        let messages: Vec<Value> = (0..CAMPAIGN).map(message).collect();
        client.post("/messages/batch", &json!({"messages": messages}))?;
        Ok(())
    }
}

/// By the SIM that may send no more today.
const USED_UP: [(&str, &str); 3] = [
    ("+84909000333", "Your order 1042 is ready."),
    ("+84912000555", "Đơn hàng 1043 của bạn đã sẵn sàng."),
    (talks::REGULAR, "Your order 1044 is ready."),
];

/// What staff did with the conversations meanwhile.
pub(super) fn tidy(client: &Client) -> Result<(), Failure> {
    let change = |number: &str, what: Value| {
        let path = format!("/conversations/{}", segment(number));
        let mut body = what;
        body["version"] = client.get(&path, &[])?["version"].clone();
        client.patch(&path, &body)
    };
    change(talks::DONE, json!({"state": "done", "assigned": "binh"}))?;
    change(talks::TAKEN, json!({"assigned": "anna"}))?;
    change(talks::REGULAR, json!({"assigned": "anna"}))?;
    let notes = format!("/conversations/{}/notes", segment(talks::REGULAR));
    client.post(
        &notes,
        &json!({"text": "Comes every Sunday. Pays by card."}),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sim_has_a_label_of_its_own() {
        for modems in [1, 3, 6, 8, 64] {
            let cast = Cast::of(modems);
            let labels: std::collections::HashSet<_> = (0..usize::from(modems))
                .map(|slot| cast.label(slot))
                .collect();
            assert_eq!(labels.len(), usize::from(modems));
        }
    }

    #[test]
    fn few_sims_are_all_for_sending() {
        assert_eq!((Cast::of(3).locked(), Cast::of(3).used_up()), (None, None));
        assert_eq!(
            (Cast::of(8).locked(), Cast::of(8).used_up()),
            (Some(7), Some(6))
        );
        assert_eq!(Cast::of(8).campaigners(), [4, 5]);
    }
}
