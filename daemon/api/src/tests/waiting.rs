//! What a message is said to wait for: what keeps its SIM or uplink from sending, and what helps.

use model::{Imei, Lock};
use modem::ModemState;
use serde_json::{Value, json};

use super::Fixture;

const SIM: &str = "8984011234567890123";
const UPLINK: &str = "/api/v1/uplinks/primary";

impl Fixture {
    /// Of a message that may go by this alone.
    async fn sent_from(&self, from: &str) -> String {
        let body = json!({"to": "+84901234567", "text": "hello", "from": from});
        let accepted = self.post_json("/api/v1/messages", &body).await.is(202);
        format!("/api/v1/messages/{}", accepted.body["id"].as_str().unwrap())
    }

    async fn waits_for(&self, message: &str) -> Value {
        self.get(message).await.body["waiting_for"].clone()
    }
}

#[tokio::test]
async fn a_sim_that_is_locked_or_nowhere_is_not_said_to_lack_a_network() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let message = fixture.sent_from(&format!("sim:{SIM}")).await;
    let absent = fixture.waits_for(&message).await;
    assert_eq!(absent["code"], "absent", "{absent}");
    assert_eq!(absent["carrier"], format!("sim:{SIM}"));
    let sentence = format!("It waits because SIM {SIM} is in no modem.");
    assert_eq!(absent["sentence"], sentence);

    let imei: Imei = "490154203237518".parse().unwrap();
    let locked = |what| ModemState::Locked {
        what,
        tries_left: Some(3),
    };
    let fleet = fixture.gateway.fleet();
    let iccid = SIM.parse().unwrap();
    let cases = [
        (
            locked(Lock::Pin),
            "locked",
            "asks for its PIN: give it with simgate modems unlock 490154203237518.",
        ),
        (locked(Lock::Puk), "locked", "asks for its PUK"),
        (
            ModemState::Down(modem::DownReason::PortClosed),
            "fault",
            "does not work",
        ),
        (
            ModemState::Registering,
            "sim",
            "is not registered in a network",
        ),
    ];
    for (state, code, says) in cases {
        fleet.plug_as(&imei, &iccid, state);
        let told = fixture.waits_for(&message).await;
        assert_eq!(told["code"], code, "{told}");
        assert!(told["sentence"].as_str().unwrap().contains(says), "{told}");
        fleet.unplug(&imei);
    }
}

#[tokio::test]
async fn an_uplink_that_was_removed_is_not_said_to_be_disabled() {
    let fixture = Fixture::new().await;
    let config = json!({"host": "127.0.0.1", "port": 9, "system_id": "shop"});
    fixture.put_json(UPLINK, &config).await.is(201);
    let message = fixture.sent_from("uplink:primary").await;
    fixture.sent_from("uplink:primary").await;
    let unbound = fixture.waits_for(&message).await;
    assert_eq!(unbound["code"], "uplink", "{unbound}");

    let mut disabled = config.clone();
    disabled["enabled"] = json!(false);
    fixture.put_json(UPLINK, &disabled).await.is(200);
    let waits = fixture.waits_for(&message).await;
    assert_eq!(waits["code"], "disabled", "{waits}");
    let sentence = waits["sentence"].as_str().unwrap();
    let mend = "disabled: simgate uplinks set primary --enabled true.";
    assert!(sentence.ends_with(mend), "{sentence}");

    let removed = fixture.delete(UPLINK).await.is(200);
    assert_eq!(removed.body, json!({"waiting": 2}));
    let waits = fixture.waits_for(&message).await;
    assert_eq!(waits["code"], "removed", "{waits}");
    let sentence = "It waits because uplink primary was removed.";
    assert_eq!(waits["sentence"], sentence);
}

#[tokio::test]
async fn a_gateway_whose_sims_are_all_disabled_is_not_ready() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let imei = "490154203237518".parse().unwrap();
    fixture.gateway.fleet().plug(&imei, &SIM.parse().unwrap());
    fixture.get("/readyz").await.is(200);
    fixture.patch_sim(r#"{"enabled": false}"#).await.is(200);
    let ready = fixture.get("/readyz").await.is(503);
    let reasons = json!(["the SIM that is registered in a network is disabled"]);
    assert_eq!(ready.body["reasons"], reasons);
    fixture.patch_sim(r#"{"enabled": true}"#).await.is(200);
    fixture.get("/readyz").await.is(200);
}
