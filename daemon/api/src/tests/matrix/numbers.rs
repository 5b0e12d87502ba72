//! A number is one SIM's: `from` names a SIM by it.

use serde_json::json;

use super::super::{Answer, GET, PATCH};
use super::{Bank, MODEM_A, SIM_A, SIM_B};
use model::Scope;
use store::{SimSeen, clock};

const ONE: &str = "+84911111111";
const OTHER: &str = "+84922222222";

impl Bank {
    /// The card itself says that it has this number.
    async fn tell_number(&self, iccid: &str, number: &str) {
        let seen = SimSeen {
            number: Some(number.to_owned()),
            ..SimSeen::new(iccid.parse().unwrap(), clock::now())
        };
        self.fixture.admin().seen_sim(seen).await.unwrap();
    }

    async fn set_number(&self, iccid: &str, number: Option<&str>) -> Answer {
        let secret = self.key(&[Scope::Operate, Scope::Read], &[]).await;
        let path = format!("/api/v1/sims/{iccid}");
        let json = json!({"number": number}).to_string();
        self.ask(&secret, PATCH, &path, &json).await
    }

    /// Refused, and the other SIM is named, so that its number can be taken away.
    async fn refuses_number(&self, iccid: &str, number: Option<&str>, other: &str) {
        let refused = self.set_number(iccid, number).await.is(422);
        let error = &refused.body["errors"][0];
        assert_eq!(error["pointer"], "/number");
        assert!(error["detail"].as_str().unwrap().contains(other), "{error}");
    }

    async fn takes_number(&self, iccid: &str, number: Option<&str>, shown: &str) {
        let taken = self.set_number(iccid, number).await.is(200);
        assert_eq!(taken.body["number"], shown);
    }

    /// What the SIM says of others with its number, in the list too.
    async fn same_number(&self, secret: &str, iccid: &str) -> Option<String> {
        self.fixture.gateway.look_for_attention().await;
        let ask = async |path: &str| self.ask(secret, GET, path, "").await.body;
        let one = ask(&format!("/api/v1/sims/{iccid}")).await;
        let list = ask("/api/v1/sims").await;
        let items = list["items"].as_array().unwrap();
        assert!(items.contains(&one), "{one}");
        let all = one["attention"].as_array().unwrap();
        let same = all.iter().find(|it| it["code"] == "same-number")?;
        Some(same["sentence"].as_str().unwrap().to_owned())
    }

    /// Whether a message from this number goes by the SIM of this group.
    async fn is_number_of(&self, number: &str, group: &str) -> bool {
        let secret = self.key(&[Scope::Send], &[group]).await;
        let json = json!({"to": "+84933333333", "text": "a", "from": number}).to_string();
        let path = "/api/v1/messages";
        self.fixture.gateway.test_forget_senders();
        self.status(Some(&secret), "POST", path, &json).await == 202
    }
}

#[tokio::test]
async fn a_cards_own_number_is_not_uncovered_where_it_is_another_sims() {
    let bank = Bank::new().await;
    bank.tell_number(SIM_A, ONE).await;
    bank.refuses_number(SIM_B, Some(ONE), SIM_A).await;
    bank.takes_number(SIM_A, Some(OTHER), OTHER).await;
    bank.takes_number(SIM_B, Some(ONE), ONE).await;
    bank.refuses_number(SIM_A, None, SIM_B).await;
    bank.takes_number(SIM_B, Some("+84944444444"), "+84944444444")
        .await;
    bank.takes_number(SIM_A, None, ONE).await;
}

#[tokio::test]
async fn a_card_that_is_gone_keeps_its_number_from_no_other() {
    let bank = Bank::new().await;
    bank.tell_number(SIM_A, ONE).await;
    let imei = MODEM_A.parse().unwrap();
    bank.fleet().unplug(&imei);
    bank.takes_number(SIM_B, Some(ONE), ONE).await;
    // The old card was seen last, and yet a message goes by the one that has the number now.
    assert!(bank.is_number_of(ONE, "b").await);
    let iccid = SIM_A.parse().unwrap();
    bank.fleet().plug(&imei, &iccid);
    assert!(bank.is_number_of(ONE, "b").await, "it was set");
    // What was set for an absent SIM stays its own until somebody takes it away.
    bank.takes_number(SIM_A, Some(OTHER), OTHER).await;
    bank.fleet().unplug(&imei);
    bank.refuses_number(SIM_B, Some(OTHER), SIM_A).await;
    bank.takes_number(SIM_A, None, ONE).await;
    bank.takes_number(SIM_B, Some(OTHER), OTHER).await;
}

#[tokio::test]
async fn a_card_that_comes_back_and_the_sim_that_was_given_its_number_both_say_so() {
    let bank = Bank::new().await;
    bank.tell_number(SIM_A, ONE).await;
    let (imei, iccid) = (MODEM_A.parse().unwrap(), SIM_A.parse().unwrap());
    bank.fleet().unplug(&imei);
    bank.takes_number(SIM_B, Some(ONE), ONE).await;
    let all = bank.key(&[Scope::Read], &[]).await;
    for sim in [SIM_A, SIM_B] {
        assert!(bank.same_number(&all, sim).await.is_none(), "{sim}");
    }
    bank.fleet().plug(&imei, &iccid);
    for (sim, other) in [(SIM_A, SIM_B), (SIM_B, SIM_A)] {
        let sentence = bank.same_number(&all, sim).await.unwrap();
        let mend = format!("simgate sims set {sim} --number");
        assert!(sentence.contains(other), "{sentence}");
        assert!(sentence.contains(&mend), "{sentence}");
        assert!(!sentence.contains(&ONE[1..]), "{sentence}");
    }
    // A key that does not see the other SIM is not told which it is.
    let part = bank.key(&[Scope::Read], &["b"]).await;
    let sentence = bank.same_number(&part, SIM_B).await.unwrap();
    assert!(!sentence.contains(SIM_A), "{sentence}");
    bank.takes_number(SIM_B, Some(OTHER), OTHER).await;
    for sim in [SIM_A, SIM_B] {
        assert!(bank.same_number(&all, sim).await.is_none(), "{sim}");
    }
}

#[tokio::test]
async fn a_number_that_a_sim_has_is_set_again() {
    let bank = Bank::new().await;
    // As in a store of before the rule.
    bank.name_number(SIM_A, ONE).await;
    bank.name_number(SIM_B, ONE).await;
    bank.takes_number(SIM_B, Some("091 111 11 11"), ONE).await;
    bank.takes_number(SIM_A, Some(ONE), ONE).await;
    bank.refuses_number("8984011234567890999", Some(ONE), SIM_A)
        .await;
}
