//! Texts with variables, and what they were before.

use super::*;
use crate::TemplateStored;
use model::{Template, TemplateName, TemplateVersion};

fn name(text: &str) -> TemplateName {
    text.parse().unwrap()
}

fn new(which: &str, text: &str) -> Template {
    Template {
        name: name(which),
        version: 0,
        text: text.to_owned(),
        description: None,
        changed_at: T0,
        changed_by: "user anna".to_owned(),
    }
}

async fn put(store: &Store, which: &str, text: &str) -> TemplateStored {
    let put = store.admin().put_template(new(which, text), audit("put"));
    put.await.unwrap()
}

async fn delete(store: &Store, which: &str) -> bool {
    let which = name(which);
    let gone = store.admin().delete_template(&which, audit("gone"));
    gone.await.unwrap()
}

async fn versions(store: &Store, which: &str) -> Vec<(u32, String)> {
    let kept = store.admin().template_versions(&name(which)).await.unwrap();
    kept.into_iter()
        .map(|kept| (kept.version, kept.text))
        .collect()
}

async fn current(store: &Store) -> Vec<(String, u32)> {
    let kept = store.admin().templates().await.unwrap().into_iter();
    kept.map(|kept| (kept.name.to_string(), kept.version))
        .collect()
}

#[tokio::test]
async fn versions_are_kept_and_go_on_after_a_deletion() {
    let (dir, store) = open();
    put(&store, "welcome", "Hi {{ name }}").await;
    let TemplateStored::Done(second) = put(&store, "welcome", "Hello {{ name }}").await else {
        panic!("there is room")
    };
    assert_eq!(
        second,
        Template {
            version: 2,
            ..new("welcome", "Hello {{ name }}")
        }
    );
    put(&store, "bye", "Bye").await;
    let store = reopen(&dir, store).await;
    let expected = [("bye".to_owned(), 1), ("welcome".to_owned(), 2)];
    assert_eq!(current(&store).await, expected);

    assert!(delete(&store, "welcome").await);
    assert!(!delete(&store, "welcome").await);
    assert!(!delete(&store, "other").await);
    assert_eq!(current(&store).await, [("bye".to_owned(), 1)]);
    let kept = [
        (2, "Hello {{ name }}".to_owned()),
        (1, "Hi {{ name }}".to_owned()),
    ];
    assert_eq!(versions(&store, "welcome").await, kept);
    put(&store, "welcome", "Hey").await;
    assert_eq!(versions(&store, "welcome").await[0], (4, "Hey".to_owned()));

    let rows = newest_changes(&store, 9).await;
    let told: Vec<_> = rows.iter().map(|row| (&row.before, &row.after)).collect();
    let [again, gone, _, changed, made] = &told[..] else {
        panic!("five changes: {told:?}")
    };
    let text =
        |shown: &Option<serde_json::Value>| shown.as_ref().map(|shown| shown["text"].clone());
    let texts = [made, changed, gone, again].map(|(before, after)| (text(before), text(after)));
    let [hi, hello, hey] =
        ["Hi {{ name }}", "Hello {{ name }}", "Hey"].map(|text| Some(text.into()));
    let expected = [
        (None, hi.clone()),
        (hi, hello.clone()),
        (hello, None),
        (None, hey),
    ];
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn the_oldest_versions_are_forgotten() {
    let (_dir, store) = open();
    for n in 1..=103 {
        put(&store, "welcome", &format!("text {n}")).await;
    }
    let kept = versions(&store, "welcome").await;
    assert_eq!((kept.len(), kept[0].0, kept[99].0), (100, 103, 4));
}

#[tokio::test]
async fn where_all_names_are_taken_the_one_that_is_gone_longest_makes_room() {
    let (_dir, store) = open();
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 997)
        INSERT INTO templates (name, version, text, changed_at, changed_by)
        SELECT 'name-' || n, 1, 'text', 0, 'user anna' FROM n";
    let fill = store.write(Need::Growth, move |tx| tx.execute(fill, []));
    assert_eq!(fill.await.unwrap(), 997);
    for which in ["first", "second", "third"] {
        put(&store, which, "text").await;
    }
    assert_eq!(put(&store, "one-more", "text").await, TemplateStored::Full);
    // A name that is there needs no room.
    assert!(matches!(
        put(&store, "first", "other").await,
        TemplateStored::Done(_)
    ));
    delete(&store, "second").await;
    delete(&store, "first").await;
    assert!(matches!(
        put(&store, "one-more", "text").await,
        TemplateStored::Done(_)
    ));
    assert_eq!(versions(&store, "second").await, []);
    assert_eq!(versions(&store, "first").await.len(), 2);
    let names: i64 = value(&store, "SELECT count(DISTINCT name) FROM templates").await;
    assert_eq!(names, 1_000);
}

#[tokio::test]
async fn a_message_remembers_what_it_was_made_of() {
    let (dir, store) = open();
    let made_of = TemplateVersion {
        name: name("welcome"),
        version: 3,
    };
    let made = NewMessage {
        template: Some(made_of.clone()),
        ..text(TO, "Hi An")
    };
    let plain = text(TO, "Hi An");
    let ids = [made.id, plain.id];
    let admitted = store.queue().admit(vec![made, plain], None, Vec::new());
    admitted.await.unwrap();
    let store = reopen(&dir, store).await;
    for (id, expected) in ids.into_iter().zip([Some(made_of), None]) {
        let found = store.reading().message(id).await.unwrap().unwrap();
        assert_eq!(found.template, expected);
    }
}
