//! Numbers that ask for no more messages.

use std::sync::Arc;

use super::inbound::{receive, single};
use super::*;
use crate::values::params;
use crate::{Joined, NewAudit, NewReplay, OptedOut, Received, SimSeen};
use model::{
    Asked, Heard, InboundPart, NewSuppression, OptOutRequest, OptOutWords, SuppressionSource,
};

/// Of those whose messages come in.
const THEIRS: &str = "+84911111111";

fn confirmation(heard: &Heard<'_>) -> NewMessage {
    NewMessage {
        key: KeyId(0),
        sender: Sender::Sim(heard.by.sim().unwrap().clone()),
        created_at: heard.at,
        class: MessageClass::OptOutConfirmation,
        ..text(heard.from, "no more")
    }
}

/// `stop` and `start` are what is asked, unless they are excepted.
fn recognise(heard: &Heard<'_>) -> Option<OptOutRequest> {
    let asked = match heard.text {
        "stop" => Asked::Stop,
        "start" => Asked::Start,
        _ => return None,
    };
    if heard
        .words
        .is_some_and(|words| words.except.iter().any(|word| word == heard.text))
    {
        return None;
    }
    Some(OptOutRequest {
        asked,
        number: heard.from.to_owned(),
        word: heard.text.to_owned(),
        language: "en".to_owned(),
        told: format!("asked: {}", heard.text),
        confirmation: (asked == Asked::Stop).then(|| confirmation(heard)),
    })
}

fn open_heeding() -> (TempDir, Store) {
    let (dir, store) = open();
    store.inbound().heed_opt_outs(Arc::new(recognise));
    (dir, store)
}

async fn says_at(store: &Store, said: &str, at: Time) -> Joined {
    let part = InboundPart {
        received_at: at,
        ..single(&sim(1), said, at)
    };
    match receive(store, part).await {
        Received::Complete(joined) => joined,
        other => panic!("{other:?}"),
    }
}

async fn says(store: &Store, said: &str) -> Joined {
    says_at(store, said, T0).await
}

async fn is_suppressed(store: &Store) -> bool {
    store.admin().suppression(THEIRS).await.unwrap().is_some()
}

fn by_anna() -> NewAudit {
    NewAudit {
        at: T0,
        actor: "user anna".to_owned(),
        from: None,
        what: "changed it".to_owned(),
    }
}

fn new(number: &str) -> NewSuppression {
    NewSuppression {
        number: number.to_owned(),
        since: None,
        evidence: Some("a letter".to_owned()),
        note: None,
    }
}

#[tokio::test]
async fn who_asks_is_suppressed_and_told_so_with_the_message_that_asked() {
    let (dir, store) = open_heeding();
    let joined = says(&store, "stop").await;
    let confirmed = joined.confirmed.expect("it is told");
    assert_eq!(confirmed.waits.0.sender, Sender::Sim(sim(1)));
    assert_eq!(queued_depth(&store), 1);

    let store = reopen(&dir, store).await;
    let kept = store.admin().suppression(THEIRS).await.unwrap().unwrap();
    assert_eq!((kept.since, kept.source), (T0, SuppressionSource::Message));
    assert_eq!(
        (kept.word.as_deref(), kept.language.as_deref()),
        (Some("stop"), Some("en"))
    );
    assert_eq!(kept.route, Some(format!("sim:{}", sim(1))));
    assert_eq!((kept.message, kept.by), (Some(joined.id), None));
    let audited = newest_changes(&store, 9).await;
    assert_eq!(audited[0].actor, format!("message {}", joined.id));
    assert_eq!(audited[0].what, "asked: stop");
    assert_eq!(state(&store, confirmed.id).await, State::Queued);
}

#[tokio::test]
async fn no_message_to_them_is_accepted_and_the_others_are_named() {
    let (_dir, store) = open_heeding();
    says(&store, "stop").await;
    let (theirs, other) = (text(THEIRS, "a"), text("+84900000002", "b"));
    let messages = vec![theirs.clone(), other.clone()];
    let replay = NewReplay {
        key: KeyId(1),
        name: "once".to_owned(),
        request: [1; 32],
        status: 202,
        body: Vec::new(),
        at: T0,
    };
    let refused = store.accept(messages, Some(replay.clone())).await.unwrap();
    let Accepted::OptedOut(OptedOut { refused, others }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refused, [theirs.id]);
    assert_eq!(
        others.iter().map(|new| new.id).collect::<Vec<_>>(),
        [other.id]
    );
    assert!(store.reading().message(other.id).await.unwrap().is_none());
    // Nothing of it is remembered, so that it can come again.
    let accepted = store.accept(others, Some(replay)).await.unwrap();
    assert!(matches!(accepted, Accepted::Stored(due) if due.len() == 1));
    for passes in [
        NewMessage {
            class: MessageClass::Transactional,
            ..theirs.clone()
        },
        NewMessage {
            test: true,
            id: clock::message_id(),
            ..theirs
        },
    ] {
        put(&store, passes).await;
    }
}

#[tokio::test]
async fn a_message_that_waits_for_them_fails_at_its_claim() {
    let (_dir, store) = open_heeding();
    let queued = put(&store, text(THEIRS, "a")).await;
    let code = NewMessage {
        class: MessageClass::Transactional,
        ..text(THEIRS, "a code")
    };
    let code = put(&store, code).await;
    let begun = put(&store, long(THEIRS, 2)).await;
    claim_as(&store, begun.row, &sim(2).into(), 2).await;
    step(&store, sent(begun.row, 1, &sim(2), 7, false)).await;
    let requeued = Step::Requeue {
        row: begun.row,
        part: 2,
        due_at: T0,
        reason: network(),
        refused_by: None,
        pinned: Some(sim(2).into()),
        at: T0,
    };
    step(&store, requeued).await;
    let confirmed = says(&store, "stop").await.confirmed.unwrap();
    assert_eq!(queued_depth(&store), 4);

    let claim_of = |row| Step::Claim {
        fell_back: None,
        row,
        part: 1,
        carrier: sim(1).into(),
        parts: 1,
        at: at(SECOND),
    };
    let done = store
        .queue()
        .advance(vec![claim_of(queued.row)])
        .await
        .unwrap();
    assert!(!done.steps[0].applied);
    let told: Vec<_> = done.settled.iter().map(|one| (one.id, one.state)).collect();
    assert_eq!(told, [(queued.id, State::Failed)]);
    assert_eq!(done.settled[0].reason.as_ref().unwrap().code, "opted-out");
    let failed = get(&store, queued.id).await;
    assert_eq!((failed.state, failed.attempts), (State::Failed, 0));
    assert_eq!(failed.reason.unwrap().code, "opted-out");
    assert_eq!(steps_of(&store, queued.id).await, ["accepted", "failed"]);
    assert_eq!(queued_depth(&store), 3);

    // What is out in part goes on, and so do what they need and what they are told.
    assert!(claim_as(&store, begun.row, &sim(2).into(), 2).await.applied);
    assert!(claim(&store, code.row, &sim(1)).await.applied);
    let steps = steps_of(&store, code.id).await;
    assert_eq!(steps, ["accepted", "opt-out-passed", "sending"]);
    let row = "SELECT row FROM messages WHERE id = ?1";
    let read = move |reader: &Connection| {
        Ok(reader.query_row(row, params![confirmed.id], |row| row.col::<RowId>(0))?)
    };
    let row = store.read(read).await.unwrap();
    assert!(claim(&store, row, &sim(1)).await.applied);
    assert_eq!(
        steps_of(&store, confirmed.id).await,
        ["accepted", "sending"]
    );
}

#[tokio::test]
async fn who_takes_it_back_gets_messages_again() {
    let (_dir, store) = open_heeding();
    let stop = single(&sim(1), "stop", T0);
    receive(&store, stop.clone()).await;
    assert!(is_suppressed(&store).await);
    let back = says_at(&store, "start", at(SECOND)).await;
    assert!(!is_suppressed(&store).await);
    assert_eq!(back.confirmed, None);
    put(&store, text(THEIRS, "welcome")).await;
    // The request that was taken back comes again from the network: it is the same one.
    assert_eq!(receive(&store, stop).await, Received::Duplicate);
    assert!(!is_suppressed(&store).await);
    let audited = newest_changes(&store, 9).await;
    let told: Vec<_> = audited.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(told, ["asked: start", "asked: stop"]);
}

#[tokio::test]
async fn a_number_is_told_once_a_day_and_our_own_never() {
    let (_dir, store) = open_heeding();
    let mut told = Vec::new();
    for hour in [0, 1, 23, 25] {
        let at = at(hour * HOUR);
        told.push(says_at(&store, "stop", at).await.confirmed.is_some());
        // A second request changes nothing.
        assert_eq!(
            says_at(&store, "stop", Time(at.0 + SECOND)).await.confirmed,
            None
        );
        says_at(&store, "start", Time(at.0 + 2 * SECOND)).await;
    }
    assert_eq!(told, [true, false, false, true]);

    let ours = SimSeen {
        iccid: sim(3),
        imsi: None,
        number: Some(THEIRS.to_owned()),
        smsc: None,
        imei: None,
        at: T0,
    };
    store.admin().seen_sim(ours).await.unwrap();
    let late = says_at(&store, "stop", at(100 * HOUR)).await;
    assert_eq!(late.confirmed, None);
}

#[tokio::test]
async fn words_that_do_not_count_on_a_sim_ask_for_nothing_there() {
    let (_dir, store) = open_heeding();
    let words = OptOutWords {
        except: vec!["stop".to_owned()],
        ..OptOutWords::default()
    };
    let set = move |config: &mut model::SimConfig| config.opt_out = Some(words.clone());
    store.admin().change_sim(&sim(1), set, None).await.unwrap();
    says(&store, "stop").await;
    assert!(!is_suppressed(&store).await);
    let by_another = single(&sim(2), "stop", T0);
    receive(&store, by_another).await;
    assert!(is_suppressed(&store).await);
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_keeps_no_message_out() {
    let (_dir, store) = open_heeding();
    let seen = |config: &mut model::SimConfig| config.label = Some("shop".to_owned());
    store.admin().change_sim(&sim(1), seen, None).await.unwrap();
    for (damage, hour) in [
        ("UPDATE sims SET config = '{'", 0),
        (
            r#"UPDATE sims SET config = '{"opt_out": {"enabled": "perhaps"}}'"#,
            10,
        ),
    ] {
        store.run(damage).await;
        says_at(&store, "stop", at(hour * HOUR)).await;
        assert!(is_suppressed(&store).await, "{damage}");
        says_at(&store, "start", at((hour + 2) * HOUR)).await;
        assert!(!is_suppressed(&store).await, "{damage}");
    }
}

#[tokio::test]
async fn what_a_person_says_of_a_number_leaves_what_it_said_itself() {
    let (_dir, store) = open_heeding();
    let admin = store.admin();
    let (entered, is_new) = admin
        .put_suppression(new("+84900000009"), by_anna())
        .await
        .unwrap();
    assert!(is_new);
    assert_eq!(entered.by.as_deref(), Some("user anna"));
    assert_eq!(entered.source, SuppressionSource::Entered);
    let joined = says(&store, "stop").await;
    let (kept, is_new) = admin.put_suppression(new(THEIRS), by_anna()).await.unwrap();
    assert!(!is_new);
    assert_eq!((kept.since, kept.message), (T0, Some(joined.id)));
    assert_eq!(kept.evidence.as_deref(), Some("a letter"));
    assert!(admin.lift_suppression(THEIRS, by_anna()).await.unwrap());
    assert!(!admin.lift_suppression(THEIRS, by_anna()).await.unwrap());
    assert_eq!(newest_changes(&store, 9).await.len(), 4);
}

#[tokio::test]
async fn numbers_are_imported_once_and_read_page_by_page() {
    let (_dir, store) = open_heeding();
    says(&store, "stop").await;
    let admin = store.admin();
    let numbers = ["+84911111111", "+84900000001", "+84900000001", "1414"];
    let all = numbers.map(new).to_vec();
    assert_eq!(admin.import_suppressions(all, by_anna()).await.unwrap(), 2);
    let listed = |found: Vec<model::Suppression>| -> Vec<String> {
        found.into_iter().map(|one| one.number).collect()
    };
    let newest = admin.suppressions("", 2, None).await.unwrap();
    let before = newest.last().map(|one| one.row);
    assert_eq!(listed(newest), ["1414", "+84900000001"]);
    let rest = admin.suppressions("", 2, before).await.unwrap();
    assert_eq!(rest[0].source, SuppressionSource::Message);
    assert_eq!(listed(rest), [THEIRS]);
    let begun = admin.suppressions("+8490", 9, None).await.unwrap();
    assert_eq!(listed(begun), ["+84900000001"]);
    let oldest = admin.suppressions_after(RowId(0), 2).await.unwrap();
    let after = oldest.last().unwrap().row;
    assert_eq!(listed(oldest), [THEIRS, "+84900000001"]);
    assert_eq!(
        listed(admin.suppressions_after(after, 9).await.unwrap()),
        ["1414"]
    );
}
