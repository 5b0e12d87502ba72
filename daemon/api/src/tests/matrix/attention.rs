//! What needs a person, and who is told of what.

use axum::body::Body;
use axum::http::{Method, Request, header};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Bank, MODEM_A, SIM_A, SIM_B};
use model::Scope;
use store::clock;

const NUMBER: &str = "+84911111111";

impl Bank {
    async fn attention(&self, secret: &str) -> Vec<Value> {
        self.fixture.gateway.look_for_attention().await;
        let path = "/api/v1/attention";
        let answer = self.fixture.ask(Some(secret), &Method::GET, path, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["items"].as_array().unwrap().clone()
    }

    /// The codes that stand in the list of this key, with the id of what they are about.
    async fn told(&self, secret: &str) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let items = self.attention(secret).await.into_iter();
        let told = items.map(|item| (text(&item["code"]), text(&item["subject"]["id"])));
        told.collect()
    }

    async fn events_until_the_end(&self, secret: &str) -> impl Future<Output = String> + use<> {
        let request = Request::get("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"));
        let request = request.body(Body::empty()).unwrap();
        let response = self.fixture.router.clone().oneshot(request).await.unwrap();
        let stream = response.into_body().into_data_stream();
        async {
            let chunks: Vec<_> = stream.map(|chunk| chunk.unwrap().to_vec()).collect().await;
            String::from_utf8(chunks.concat()).unwrap()
        }
    }
}

fn pair(code: &str, id: &str) -> (String, String) {
    (code.to_owned(), id.to_owned())
}

#[tokio::test]
async fn a_number_of_two_sims_is_raised_at_both_and_cleared_when_one_has_another() {
    let bank = Bank::new().await;
    let all = bank.key(&[Scope::Read], &[]).await;
    let part = bank.key(&[Scope::Read], &["b"]).await;
    let [of_all, of_part] = [&all, &part].map(|key| bank.events_until_the_end(key));
    let (of_all, of_part) = (of_all.await, of_part.await);
    assert_eq!(bank.told(&all).await, []);
    bank.name_number(SIM_A, NUMBER).await;
    bank.name_number(SIM_B, NUMBER).await;
    let both = [pair("same-number", SIM_A), pair("same-number", SIM_B)];
    assert_eq!(bank.told(&all).await, both);
    let items = bank.attention(&all).await;
    assert_eq!(items[0]["params"], json!({"others": [SIM_B]}));
    assert_eq!(
        items[0]["action"],
        json!({"method": "PATCH", "path": format!("/api/v1/sims/{SIM_A}")})
    );
    // Who does not see the other SIM is not told which it is.
    let items = bank.attention(&part).await;
    assert_eq!(
        (items.len(), &items[0]["subject"]["id"]),
        (1, &json!(SIM_B))
    );
    assert!(!items[0].to_string().contains(SIM_A), "{}", items[0]);
    bank.name_number(SIM_B, "+84922222222").await;
    assert_eq!(bank.told(&all).await, []);
    bank.fixture.gateway.bus().close();
    let count = |text: &str, kind: &str| text.matches(&format!("event: attention.{kind}")).count();
    let seen = of_all.await;
    assert_eq!(
        (count(&seen, "raised"), count(&seen, "cleared")),
        (2, 2),
        "{seen}"
    );
    let seen = of_part.await;
    assert_eq!(
        (count(&seen, "raised"), count(&seen, "cleared")),
        (1, 1),
        "{seen}"
    );
    assert!(!seen.contains(SIM_A), "{seen}");
}

#[tokio::test]
async fn what_concerns_the_whole_gateway_is_for_those_who_see_all() {
    let bank = Bank::new().await;
    let read = bank.key(&[Scope::Read], &[]).await;
    let part = bank.key(&[Scope::Read], &["a"]).await;
    bank.fixture
        .key(|key| {
            key.name = "ends".to_owned();
            key.expires_at = Some(clock::now().after(std::time::Duration::from_hours(1)));
        })
        .await;
    assert_eq!(bank.told(&read).await, [pair("key-ends", "ends")]);
    assert_eq!(bank.told(&part).await, []);
    let status = async |secret: &str| {
        let path = "/api/v1/status";
        let answer = bank.fixture.ask(Some(secret), &Method::GET, path, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    };
    let whole = status(&read).await;
    assert_eq!(whole["severity"], "notice");
    assert_eq!(
        whole["attention"],
        json!({"critical": 0, "warning": 0, "notice": 1})
    );
    assert_eq!(whole["sims"]["enabled"], 2);
    assert!(
        whole["queue"].is_object() && whole["uplinks"].is_object(),
        "{whole}"
    );
    let own = status(&part).await;
    assert_eq!(
        (&own["severity"], &own["sims"]["enabled"]),
        (&Value::Null, &json!(1))
    );
    assert!(own["queue"].is_null() && own["uplinks"].is_null(), "{own}");
}

#[tokio::test]
async fn a_modem_is_told_of_to_those_who_see_its_sim_and_helpers_learn_no_names() {
    let bank = Bank::new().await;
    let a = bank.key(&[Scope::Read], &["a"]).await;
    let b = bank.key(&[Scope::Read], &["b"]).await;
    let label = r#"{"label": "the shop"}"#;
    let path = format!("/api/v1/sims/{SIM_A}");
    let (admin, patch) = (&bank.fixture.secret, Method::PATCH);
    let named = bank.fixture.ask(Some(admin), &patch, &path, label).await;
    assert_eq!(named.status, 200, "{}", named.text);
    let fleet = bank.fixture.gateway.fleet();
    let locked = modem::ModemState::Locked {
        what: model::Lock::Pin,
        tries_left: Some(3),
    };
    fleet.plug_as(&MODEM_A.parse().unwrap(), &SIM_A.parse().unwrap(), locked);
    assert_eq!(bank.told(&a).await, [pair("locked", MODEM_A)]);
    assert_eq!(bank.told(&b).await, []);
    let one = bank
        .fixture
        .get(&format!("/api/v1/modems/{MODEM_A}"))
        .await
        .body;
    assert_eq!(one["attention"], json!(bank.attention(&a).await));
    assert_eq!(one["attention"][0]["subject"]["label"], "the shop");
    let support = bank.fixture.get("/api/v1/support").await;
    assert_eq!(support.body["attention"][0]["code"], "locked");
    let shown = [&support.body["attention"], &support.body["modems"]];
    assert!(
        shown.iter().all(|it| !it.to_string().contains("the shop")),
        "{shown:?}"
    );
}

#[test]
fn the_document_lists_every_code() {
    let document = crate::document();
    let text = document["paths"]["/api/v1/attention"]["get"]["description"]
        .as_str()
        .unwrap();
    let schema = &document["components"]["schemas"]["AttentionCode"]["enum"];
    for code in gateway::attention::Code::ALL {
        assert!(
            text.contains(&format!("| `{}` |", code.as_str())),
            "{code:?}"
        );
        assert!(
            schema.as_array().unwrap().contains(&json!(code.as_str())),
            "{code:?}"
        );
    }
}
