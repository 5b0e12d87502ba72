use model::{Imei, IncidentKind, ModemRecord, NewIncident, Scope, Time};

use super::{Fixture, GET};
use store::clock;

const IMEI: &str = "356938035643809";
const OTHER: &str = "356938035643817";

impl Fixture {
    pub(super) async fn see_modem(&self, imei: &str) {
        let record = ModemRecord::sample(imei.parse().unwrap(), clock::now());
        self.admin().seen_modem(record).await.unwrap();
    }

    /// An incident so many minutes ago.
    pub(super) async fn incident(&self, imei: &str, minutes: i64, dialogue: &str) {
        let imei: Imei = imei.parse().unwrap();
        let at = Time(clock::now().0 - minutes * 60_000);
        let (reason, dialogue) = ("silent".to_owned(), dialogue.to_owned());
        let kind = IncidentKind::NoAnswer;
        let new = NewIncident::new(at, kind, Some(&imei), None, reason, dialogue);
        self.admin().record_incidents(vec![new]).await.unwrap();
    }
}

#[tokio::test]
async fn incidents_of_a_modem_are_listed_in_pages() {
    let fixture = Fixture::new().await;
    let path = format!("/api/v1/modems/{IMEI}/incidents");
    fixture.get(&path).await.is(404);
    fixture.see_modem(IMEI).await;
    let none = fixture.get(&path).await;
    assert_eq!(
        (none.status, &none.body["items"]),
        (200.try_into().unwrap(), &serde_json::json!([]))
    );

    for (imei, minutes) in [(IMEI, 9), (OTHER, 8), (IMEI, 6), (IMEI, 3)] {
        fixture
            .incident(imei, minutes, &format!(">> AT\n<< {minutes}"))
            .await;
    }
    let first = fixture.get(&format!("{path}?limit=2")).await.body;
    let dialogues = |page: &serde_json::Value| -> Vec<_> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["dialogue"][1].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(dialogues(&first), ["<< 3", "<< 6"]);
    assert_eq!(first["items"][0]["kind"], "no_answer");
    assert_eq!(first["items"][0]["imei"], IMEI);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = fixture
        .get(&format!("{path}?limit=2&cursor={cursor}"))
        .await
        .body;
    assert_eq!(dialogues(&second), ["<< 9"]);
    assert!(second["next_cursor"].is_null());
    fixture.get(&format!("{path}?limit=0")).await.is(422);

    let sender = fixture.key(|key| key.scopes = vec![Scope::Send]).await;
    fixture.ask(Some(&sender), GET, &path, "").await.is(403);
}
