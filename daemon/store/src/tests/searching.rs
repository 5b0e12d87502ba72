//! Searches of several words, whether few rows or many have them, and what they may cost.

use super::*;
use crate::reading::listing::{Filter, list};
use crate::values::params;

/// Rows of a volume of the index.
const VOLUME: i64 = 1 << 15;

/// A store with these texts at these rows, indexed.
async fn stored(texts: Vec<(i64, String)>) -> (TempDir, Store) {
    let (dir, store) = open();
    store
        .write(Need::Growth, move |tx| {
            let mut insert = tx.prepare(
                "INSERT INTO messages (row, id, direction, state, priority, segments, coding, flash,
                     status_report, created_at, lane, peer, text)
                 VALUES (?1, ?2, 0, 4, 2, 1, 0, 0, 1, ?1, '1|any', '+84900000001', ?3)",
            )?;
            for (row, text) in &texts {
                let id = u128::try_from(*row).unwrap().to_be_bytes();
                insert.execute(params![row, id, text])?;
            }
            Ok(())
        })
        .await
        .unwrap();
    store.reading().index_all().await.unwrap();
    (dir, store)
}

/// The rows of one page, for so many looks, and whether there is more.
async fn page(store: &Store, q: &str, looks: i64) -> (Vec<i64>, bool) {
    let filter = Filter {
        q: Some(q.to_owned()),
        ..Filter::default()
    };
    let page = move |reader: &Connection| list(reader, &filter, (2000, None), looks);
    let page = store.read(page).await.unwrap();
    let rows = page.items.iter().map(|message| message.row.0).collect();
    (rows, page.next.is_some())
}

#[tokio::test]
async fn a_common_word_costs_nothing_beside_a_rare_one() {
    let (volumes, rows) = (24, 40);
    let texts = (0..volumes * rows).map(|n| {
        let is_rare = n % rows == 7 && [3, 20].contains(&(n / rows));
        let text = if is_rare { "reminder: fox" } else { "reminder" };
        (n / rows * VOLUME + n % rows + 1, text.to_owned())
    });
    let (_dir, store) = stored(texts.collect()).await;
    let rare = vec![20 * VOLUME + 8, 3 * VOLUME + 8];
    // Less than the rows that have the common word, twice over; and a place in the index for each
    // volume.
    let looks = volumes * rows * 3 / 2;
    for q in ["reminder fox", "fox reminder", "fo remind"] {
        assert_eq!(page(&store, q, looks).await, (rare.clone(), false), "{q}");
    }
    assert_eq!(page(&store, "reminder wolf", looks).await, (vec![], false));
}

#[tokio::test]
async fn words_are_found_together_however_many_rows_have_each() {
    let words = [
        ("each", 1),
        ("second", 2),
        ("third", 3),
        ("eleventh", 11),
        ("hundredth", 100),
        ("thousandth", 1000),
    ];
    let texts = (1..=1400).map(|n: i64| {
        let has = words.iter().filter(|(_, every)| n % every == 0);
        // One has two words with the same beginning.
        let has = has.map(|(word, _)| format!("{word} {word}s"));
        (n + VOLUME / 2, has.collect::<Vec<_>>().join(" "))
    });
    let (_dir, store) = stored(texts.collect()).await;
    for (one, every) in words {
        for (other, other_every) in words {
            for (last, last_every) in words {
                let fits = |n: &i64| [every, other_every, last_every].iter().all(|e| n % e == 0);
                let rows: Vec<_> = (1..=1400).rev().filter(fits).collect();
                let rows = rows.iter().map(|n| n + VOLUME / 2).collect::<Vec<_>>();
                let q = format!("{one} {other} {last}");
                assert_eq!(page(&store, &q, 1_000_000).await.0, rows, "{q}");
            }
        }
    }
    let all = words.map(|(word, _)| word).join(" ");
    assert_eq!(page(&store, &all, 1_000_000).await.0, [0; 0]);
}
