//! Conversations as staff work on them.

use super::selftests::received_from;
use super::*;
use crate::{
    Assigned, Conversation, ConversationFilter, Joined, Marked, NewAudit, NewNote, NewUser, Noted,
    Seen, UserStored, Work, WorkChange, WorkStored,
};
use model::{Reach, Role, UserId};

fn audit() -> NewAudit {
    NewAudit {
        at: T0,
        actor: "user anna".to_owned(),
        from: None,
        what: "changed conversation".to_owned(),
    }
}

async fn user(store: &Store, name: &str) -> UserId {
    let new = NewUser {
        name: name.to_owned(),
        role: Role::Operator,
        password: "x".to_owned(),
        at: T0,
        first_by: None,
    };
    match store.admin().create_user(new, audit()).await.unwrap() {
        UserStored::Done(user) => user.id,
        other => panic!("{other:?}"),
    }
}

async fn change(store: &Store, number: &str, change: WorkChange, seen: Seen) -> WorkStored {
    store
        .staff()
        .change(number, change, seen, audit())
        .await
        .unwrap()
}

fn assign(name: &str) -> WorkChange {
    WorkChange {
        assigned: Some(Some(name.to_owned())),
        done: None,
    }
}

fn set_done(done: bool) -> WorkChange {
    WorkChange {
        assigned: None,
        done: Some(done),
    }
}

async fn work(store: &Store, number: &str) -> Work {
    store.reading().index_all().await.unwrap();
    store
        .reading()
        .conversation_work(number, None)
        .await
        .unwrap()
        .0
}

async fn list(store: &Store, filter: ConversationFilter) -> Vec<Conversation> {
    store
        .reading()
        .conversations(filter, 50, None)
        .await
        .unwrap()
        .items
}

async fn numbers(store: &Store, filter: ConversationFilter) -> Vec<String> {
    let found = list(store, filter).await.into_iter();
    found.map(|one| one.number).collect()
}

async fn receive_from(store: &Store, number: &str, text: &str) -> Joined {
    received_from(store, number, text, T0).await
}

/// Whether the conversation with this number is among those wanted.
type Fits = fn(usize) -> bool;

const A: &str = "+84900000001";
const B: &str = "+84900000002";

#[tokio::test]
async fn of_two_who_change_one_conversation_the_second_is_told() {
    let (_dir, store) = open();
    user(&store, "anna").await;
    user(&store, "bert").await;
    receive_from(&store, A, "hello").await;
    let seen = work(&store, A).await.seen;
    let first = change(&store, A, assign("anna"), seen).await;
    let WorkStored::Done(now, true) = first else {
        panic!("{first:?}");
    };
    assert_eq!(now.assigned.as_deref(), Some("anna"));
    let second = change(&store, A, assign("bert"), seen).await;
    assert_eq!(second, WorkStored::Stale(now.clone()));
    // The same again is no change, and is no row of the audit.
    let rows = newest_changes(&store, 9).await.len();
    let again = change(&store, A, assign("anna"), now.seen).await;
    assert_eq!(again, WorkStored::Done(now, false));
    assert_eq!(newest_changes(&store, 9).await.len(), rows);
}

#[tokio::test]
async fn a_message_that_comes_in_reopens_and_is_not_set_done_unseen() {
    let (_dir, store) = open();
    user(&store, "anna").await;
    receive_from(&store, A, "hello").await;
    let seen = work(&store, A).await.seen;
    assert!(!receive_from(&store, A, "are you there?").await.reopened);
    // Not yet indexed, and counted all the same.
    let unseen = change(&store, A, set_done(true), seen).await;
    assert!(matches!(unseen, WorkStored::Stale(_)), "{unseen:?}");
    // To look after it nobody need have read it.
    let assigned = change(&store, A, assign("anna"), seen).await;
    assert!(
        matches!(assigned, WorkStored::Done(_, true)),
        "{assigned:?}"
    );
    let seen = work(&store, A).await.seen;
    let done = change(&store, A, set_done(true), seen).await;
    assert!(
        matches!(&done, WorkStored::Done(work, true) if work.done),
        "{done:?}"
    );

    let open = || ConversationFilter {
        done: Some(false),
        ..Default::default()
    };
    assert_eq!(numbers(&store, open()).await, [""; 0]);
    let before = work(&store, A).await;
    assert!(receive_from(&store, A, "one more thing").await.reopened);
    let after = work(&store, A).await;
    assert!(!after.done && after.seen.version > before.seen.version);
    assert_eq!(after.assigned.as_deref(), Some("anna"));
    assert_eq!(numbers(&store, open()).await, [A]);
}

#[tokio::test]
async fn what_is_unknown_is_told() {
    let (_dir, store) = open();
    let seen = Seen::default();
    assert_eq!(
        change(&store, A, set_done(true), seen).await,
        WorkStored::Unknown
    );
    let marked = store.staff().mark_read(UserId(1), A, None).await.unwrap();
    assert_eq!(marked, Marked::Unknown);
    put(&store, text(A, "hello")).await;
    assert_eq!(
        change(&store, A, assign("eve"), seen).await,
        WorkStored::NoUser
    );
    let other = put(&store, text(B, "hello")).await;
    let marked = store
        .staff()
        .mark_read(UserId(1), A, Some(other.id))
        .await
        .unwrap();
    assert_eq!(marked, Marked::NotThere);
}

#[tokio::test]
async fn each_user_has_marks_of_what_was_read() {
    let (_dir, store) = open();
    receive_from(&store, A, "before there was anybody").await;
    let (anna, bert) = (user(&store, "anna").await, user(&store, "bert").await);
    let unread = |reader| ConversationFilter {
        reader: Some(reader),
        unread: true,
        ..Default::default()
    };
    assert_eq!(numbers(&store, unread(anna)).await, [""; 0]);
    let first = receive_from(&store, A, "one").await;
    receive_from(&store, A, "two").await;
    put(&store, text(B, "sent, which nobody has to read")).await;
    assert_eq!(list(&store, unread(anna)).await[0].unread, Some(2));
    let mark = |user, up_to| store.staff().mark_read(user, A, up_to);
    assert_eq!(mark(anna, Some(first.id)).await.unwrap(), Marked::Done);
    assert_eq!(list(&store, unread(anna)).await[0].unread, Some(1));
    mark(anna, None).await.unwrap();
    // A mark does not go back.
    mark(anna, Some(first.id)).await.unwrap();
    assert_eq!(numbers(&store, unread(anna)).await, [""; 0]);
    assert_eq!(numbers(&store, unread(bert)).await, [A]);
    let all = ConversationFilter {
        reader: Some(bert),
        ..Default::default()
    };
    let all: Vec<_> = list(&store, all)
        .await
        .iter()
        .map(|one| one.unread)
        .collect();
    assert_eq!(all, [Some(0), Some(2)]);
}

#[tokio::test]
async fn a_list_has_what_all_filters_leave_page_by_page() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    let number = |n: usize| format!("+849000000{n:02}");
    for n in 0..30 {
        receive_from(&store, &number(n), &format!("hello {n}")).await;
    }
    for n in 0..30 {
        let seen = work(&store, &number(n)).await.seen;
        let wish = WorkChange {
            assigned: (n % 3 == 0).then(|| Some("anna".to_owned())),
            done: (n % 2 == 0).then_some(true),
        };
        let stored = change(&store, &number(n), wish, seen).await;
        assert!(matches!(stored, WorkStored::Done(..)), "{stored:?}");
    }
    let expected = |fits: fn(usize) -> bool| -> Vec<String> {
        (0..30).rev().filter(|n| fits(*n)).map(number).collect()
    };
    let filters: [(ConversationFilter, Fits); 6] = [
        (ConversationFilter::default(), |_| true),
        (
            ConversationFilter {
                done: Some(true),
                ..Default::default()
            },
            |n| n % 2 == 0,
        ),
        (
            ConversationFilter {
                assigned: Some(Assigned::To(anna)),
                done: Some(false),
                ..Default::default()
            },
            |n| n % 3 == 0 && n % 2 == 1,
        ),
        (
            ConversationFilter {
                assigned: Some(Assigned::Nobody),
                done: Some(false),
                ..Default::default()
            },
            |n| n % 3 != 0 && n % 2 == 1,
        ),
        (
            ConversationFilter {
                digits: Some("90000001".to_owned()),
                ..Default::default()
            },
            |n| n / 10 == 1,
        ),
        (
            ConversationFilter {
                words: Some("hello".to_owned()),
                done: Some(true),
                ..Default::default()
            },
            |n| n % 2 == 0,
        ),
    ];
    for (filter, fits) in filters {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = store
                .reading()
                .conversations(filter.clone(), 4, before)
                .await
                .unwrap();
            found.extend(page.items.into_iter().map(|one| one.number));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, expected(fits), "{filter:?}");
    }
    // Who sees a part of the messages is shown how their conversations stand.
    let part = ConversationFilter {
        done: Some(true),
        ..Reach::Part {
            key: KeyId(9),
            sims: [sim(2)].into(),
        }
        .into()
    };
    assert_eq!(numbers(&store, part).await, expected(|n| n % 2 == 0));
}

#[tokio::test]
async fn notes_are_kept_up_to_a_bound() {
    let (_dir, store) = open();
    let note = |text: &str| NewNote {
        author: "user anna".to_owned(),
        at: T0,
        text: text.to_owned(),
    };
    let add = |text: &str| store.staff().add_note(A, note(text), audit(), None);
    assert_eq!(add("nobody there").await.unwrap(), Noted::Unknown);
    put(&store, text(A, "hello")).await;
    for n in 0..200 {
        let added = add(&format!("note {n}")).await.unwrap();
        assert!(matches!(added, Noted::Done(_)), "{added:?}");
    }
    assert_eq!(add("too many").await.unwrap(), Noted::Full);
    let notes = store.staff().notes(A, 2, None).await.unwrap();
    assert_eq!(notes[1].text, "note 198");
    let older = store.staff().notes(A, 1, Some(notes[1].id)).await.unwrap();
    assert_eq!(older[0].text, "note 197");
    let delete = |number, id| store.staff().delete_note(number, id, audit());
    assert!(!delete(B, notes[0].id).await.unwrap());
    assert!(delete(A, notes[0].id).await.unwrap());
    assert!(!delete(A, notes[0].id).await.unwrap());
    let added = add("room again").await.unwrap();
    assert!(matches!(added, Noted::Done(new) if new.id > notes[0].id));
}

#[tokio::test]
async fn a_note_of_a_named_request_is_made_once_over_a_restart() {
    let (dir, store) = open();
    put(&store, text(A, "hello")).await;
    let once = |request: u8| Once {
        key: KeyId(1),
        name: "once".to_owned(),
        request: [request; 32],
    };
    let note = |seconds: i64| NewNote {
        author: "user anna".to_owned(),
        at: at(seconds * SECOND),
        text: "she will call".to_owned(),
    };
    let add = async |store: &Store, seconds, request| {
        let once = Some(once(request));
        let noted = store.staff().add_note(A, note(seconds), audit(), once);
        noted.await.unwrap()
    };
    let Noted::Done(first) = add(&store, 0, 1).await else {
        panic!("it is not there yet");
    };
    store.close().await;
    let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
    assert_eq!(add(&store, 60, 1).await, Noted::Before(first.clone()));
    assert_eq!(add(&store, 60, 2).await, Noted::Reused);
    let notes = store.staff().notes(A, 9, None).await.unwrap();
    assert_eq!(notes, [first]);
    let tomorrow = 24 * HOUR / SECOND;
    assert!(
        matches!(add(&store, tomorrow, 1).await, Noted::Done(_)),
        "it is forgotten"
    );
}

#[tokio::test]
async fn what_was_made_of_a_conversation_goes_with_its_messages_and_users() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    for number in [A, B] {
        receive_from(&store, number, "hello").await;
        let seen = work(&store, number).await.seen;
        change(&store, number, assign("anna"), seen).await;
        store.staff().mark_read(anna, number, None).await.unwrap();
    }
    let new = NewNote {
        author: "user anna".to_owned(),
        at: T0,
        text: "x".to_owned(),
    };
    store.staff().add_note(A, new, audit(), None).await.unwrap();
    // The latest message stays.
    let tomorrow = clock::now().after(Duration::from_hours(24));
    store.upkeep().retain(tomorrow, tomorrow, 10).await.unwrap();
    let count = |sql: &'static str| {
        let read =
            move |reader: &Connection| Ok(reader.query_row(sql, [], |row| row.col::<i64>(0))?);
        store.read(read)
    };
    assert_eq!(
        count("SELECT count(*) FROM conversation_work")
            .await
            .unwrap(),
        1
    );
    assert_eq!(count("SELECT count(*) FROM notes").await.unwrap(), 0);
    assert_eq!(count("SELECT count(*) FROM read_marks").await.unwrap(), 1);

    let removed = store.admin().remove_user("anna", audit()).await.unwrap();
    assert!(matches!(removed, UserStored::Done(_)));
    assert_eq!(work(&store, B).await.assigned, None);
    let nobody = ConversationFilter {
        assigned: Some(Assigned::Nobody),
        ..Default::default()
    };
    assert_eq!(numbers(&store, nobody).await, [B]);
    store.upkeep().retain(T0, tomorrow, 10).await.unwrap();
    assert_eq!(count("SELECT count(*) FROM read_marks").await.unwrap(), 0);
}
