use super::{at, open, reopen};
use model::{Found, ModemKind, UssdFound, Way};

fn kind(firmware: &str) -> ModemKind {
    ModemKind {
        manufacturer: "Maker".to_owned(),
        model: "M1".to_owned(),
        firmware: firmware.to_owned(),
    }
}

#[tokio::test]
async fn findings_are_kept_by_model_and_firmware_and_the_newest_counts() {
    let (dir, store) = open();
    let first = Found {
        messages: Way::Untold,
        ussd: Some(UssdFound::default()),
        ..Found::default()
    };
    let second = Found {
        messages: Way::Announced,
        ..Found::default()
    };
    let find = async |firmware: &str, found, now| {
        let found = store.admin().found(kind(firmware), found, now).await;
        found.unwrap()
    };
    find("1.0", first.clone(), at(0)).await;
    let merged = find("1.0", second, at(5)).await;
    find("2.0", first, at(9)).await;

    let store = reopen(&dir, store).await;
    let all = store.admin().findings().await.unwrap();
    let shown: Vec<_> = all
        .iter()
        .map(|row| (row.kind.firmware.as_str(), row.tests, row.tested_at))
        .collect();
    assert_eq!(shown, [("1.0", 2, at(5)), ("2.0", 1, at(9))]);
    assert_eq!(all[0].found, merged);
    assert_eq!(merged.messages, Way::Announced);
    assert!(merged.ussd.is_some(), "not looked at again, so as it was");
    assert_eq!(
        store.admin().finding(kind("1.0")).await.unwrap(),
        Some(merged)
    );
    assert_eq!(store.admin().finding(kind("3.0")).await.unwrap(), None);
}
