//! Hours and their days: where days begin, when hours are summed up in them, and how long both are kept.

use super::*;

#[tokio::test]
async fn hours_count_in_their_days_whether_they_are_summed_up_or_not() {
    let (_dir, store) = open();
    let days = (-100..=3).map(|n| FIRST + 24 * n).collect();
    store.statistics().set_days(days, T0).await.unwrap();
    delivered(&store, "+84901", 1, HOUR, 30 * HOUR).await;
    let waits = put(&store, text("+84902", "b")).await;
    let by_day = StatisticsQuery {
        by: Some(CountedBy::Carrier),
        steps: vec![FIRST, FIRST + 24, FIRST + 48],
        ..whole(0, 0)
    };
    let days = async || {
        let found = groups(&store, by_day.clone()).await;
        let found = found
            .iter()
            .map(|one| (one.step, one.name.clone(), numbers(&one.figures)));
        found.collect::<Vec<_>>()
    };
    let rows = async || {
        let sql = "SELECT count(*) FROM statistics WHERE level = 1";
        let read = move |reader: &Connection| Ok(reader.query_row(sql, [], |row| row.col(0))?);
        store.read(read).await.unwrap()
    };
    let one = sim(1).to_string();
    let expected = [
        (0, String::new(), [2, 0, 0, 0, 0]),
        (0, one.clone(), [0, 1, 0, 0, 0]),
        (1, one.clone(), [0, 0, 1, 0, 0]),
    ];
    assert_eq!((days().await, rows().await), (expected.to_vec(), 0_i64));
    // In the middle of a day, twice, and by a clock that was set back meanwhile.
    for (end, expected_rows) in [(1, 3), (20, 4), (20, 4), (4, 4), (40, 7)] {
        sum_up(&store, end).await;
        assert_eq!(
            (days().await, rows().await),
            (expected.to_vec(), expected_rows)
        );
        assert_eq!(fault(&store).await, None);
    }
    // What changes an hour that is summed up changes its day.
    claim(&store, waits.row, &sim(1)).await;
    step(&store, sent(waits.row, 1, &sim(1), 2, true)).await;
    let changed = [
        (0, String::new(), [2, 0, 0, 0, 0]),
        (0, one.clone(), [0, 2, 0, 0, 0]),
        (1, one, [0, 0, 1, 0, 0]),
    ];
    assert_eq!(days().await, changed);
    assert_eq!(fault(&store).await, None);
}

#[tokio::test]
async fn days_begin_where_it_is_set_and_those_that_are_counted_stay() {
    let (_dir, store) = open();
    // In the east, from the evening before on.
    let days = (-100..=3).map(|n| FIRST + 24 * n - 7).collect();
    store.statistics().set_days(days, T0).await.unwrap();
    for hours in [0, 10, 16, 17, 30] {
        let message = NewMessage {
            created_at: at(hours * HOUR),
            ..text("+84901", "a")
        };
        put(&store, message).await;
    }
    let local = StatisticsQuery {
        steps: vec![FIRST - 7, FIRST + 17, FIRST + 41],
        ..whole(0, 0)
    };
    let sums = async |query: &StatisticsQuery| {
        let found = groups(&store, query.clone()).await;
        found
            .iter()
            .map(|one| one.figures.queued)
            .collect::<Vec<_>>()
    };
    assert_eq!(sums(&local).await, [3, 2]);
    sum_up(&store, 20).await;
    assert_eq!(sums(&local).await, [3, 2]);
    // Elsewhere they begin at other hours.
    let elsewhere = StatisticsQuery {
        steps: vec![FIRST, FIRST + 24, FIRST + 48],
        ..whole(0, 0)
    };
    assert_eq!(sums(&elsewhere).await, [4, 1]);
    // From tomorrow on.
    let utc = (-100..=3).map(|n| FIRST + 24 * n).collect();
    store
        .statistics()
        .set_days(utc, at(30 * HOUR))
        .await
        .unwrap();
    assert_eq!(sums(&local).await, [3, 2]);
    assert_eq!(sums(&elsewhere).await, [4, 1]);
    assert_eq!(fault(&store).await, None);
    // Nobody has said anything of days that are so far off.
    let later = NewMessage {
        created_at: at(90 * DAY),
        ..text("+84901", "a")
    };
    put(&store, later).await;
    assert_eq!(fault(&store).await, None);
}

/// A month of elsewhere has thousands of hours, and days that are whole.
#[tokio::test]
async fn steps_that_begin_within_days_are_whole_days_and_the_hours_at_their_ends() {
    let (_dir, store) = open();
    let days = (-100..=100).map(|n| FIRST + 24 * n).collect();
    store.statistics().set_days(days, T0).await.unwrap();
    for hour in [0, 1, 5, 23, 24, 25, 40, 47, 48, 71, 75, 80, 99] {
        let message = NewMessage {
            created_at: at(hour * HOUR),
            ..text("+84901", "a")
        };
        put(&store, message).await;
    }
    let counted = async |steps: [i64; 4]| {
        let steps = steps.map(|step| FIRST + step).to_vec();
        let found = groups(
            &store,
            StatisticsQuery {
                steps,
                ..whole(0, 0)
            },
        )
        .await;
        let found = found.iter().map(|one| (one.step, one.figures.queued));
        found.collect::<Vec<_>>()
    };
    for forget in [false, true] {
        if forget {
            sum_up(&store, 100).await;
            // Nobody asks for the hours of whole days within a step.
            store
                .run(
                    "DELETE FROM statistics WHERE level = 0
                        AND hour / 24 = (SELECT min(hour) FROM statistics) / 24 + 1",
                )
                .await;
        }
        assert_eq!(counted([-7, 17, 78, 100]).await, [(0, 3), (1, 8), (2, 2)]);
        assert_eq!(counted([1, 2, 75, 76]).await, [(0, 1), (1, 8), (2, 1)]);
        assert_eq!(counted([5, 20, 50, 99]).await, [(0, 1), (1, 6), (2, 3)]);
    }
}

#[tokio::test]
async fn of_long_ago_days_are_kept_and_then_nothing() {
    let (_dir, store) = open();
    let days = (-100..=100).map(|n| FIRST + 24 * n).collect();
    store.statistics().set_days(days, T0).await.unwrap();
    delivered(&store, "+84901", 1, SECOND, SECOND).await;
    let later = at(91 * DAY);
    // Hours are kept until their days count them.
    store.upkeep().retain(Time::ZERO, later, 1).await.unwrap();
    assert_eq!(by_hour(&store, 1).await, [(0, [1, 1, 1, 0, 0])]);
    store.statistics().sum_up(later).await.unwrap();
    store.upkeep().retain(Time::ZERO, later, 1).await.unwrap();
    let hour = StatisticsQuery {
        hourly: true,
        ..whole(0, 1)
    };
    let StatisticsRead::TooOld(from) = read(&store, hour).await else {
        panic!("it is too old");
    };
    assert!((FIRST + 1..=FIRST + 24).contains(&from), "{from}");
    assert_eq!(numbers(&total(&store, whole(0, 24)).await), [1, 1, 1, 0, 0]);
    // Hours of before are not asked for the days of elsewhere, since there are none.
    assert_eq!(
        numbers(&total(&store, whole(-5, 19)).await),
        [1, 1, 1, 0, 0]
    );
    assert_eq!(fault(&store).await, None);
    // What came so late is in its day alone.
    put(&store, text("+84902", "late")).await;
    assert_eq!(numbers(&total(&store, whole(0, 24)).await), [2, 1, 1, 0, 0]);
    let much_later = at(4 * 366 * DAY);
    store
        .upkeep()
        .retain(Time::ZERO, much_later, 1)
        .await
        .unwrap();
    assert_eq!(total(&store, whole(0, 24)).await, Figures::default());
    assert_eq!(fault(&store).await, None);
}
