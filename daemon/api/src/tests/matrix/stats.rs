//! A key that is bound to groups sees what their SIMs carried, and what it sent itself.

use super::*;

async fn names(bank: &Bank, key: &str, by: &str) -> Vec<Value> {
    let path = format!("/api/v1/stats?by={by}&step=month");
    let answer = bank.fixture.ask(Some(key), &Method::GET, &path, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].clone()).collect()
}

#[tokio::test]
async fn a_key_of_a_group_is_told_of_its_sims_and_of_itself() {
    let bank = Bank::new().await;
    let all = bank.key(&[Scope::Read], &[]).await;
    let of_a = bank.key(&[Scope::Read, Scope::Send], &["a"]).await;
    let [a, b] = [SIM_A, SIM_B].map(|iccid| json!(format!("sim:{iccid}")));
    // Null: what nothing has carried yet.
    assert_eq!(names(&bank, &all, "sim").await, [Value::Null, a.clone(), b]);
    assert_eq!(names(&bank, &of_a, "sim").await, [a]);
    assert!(names(&bank, &of_a, "key").await.is_empty());
    bank.accepted(&of_a, 6).await;
    assert_eq!(names(&bank, &of_a, "key").await.len(), 1);
    // Those of others, and what came in.
    assert_eq!(names(&bank, &all, "key").await.len(), 3);
}
