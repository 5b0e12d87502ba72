//! Lists in pages.

use axum::Json;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use gateway::records::Listed;
use model::{RowId, Time};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

/// One page, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// As many as `limit` at most.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` out of rows that were asked for one beyond it. The row that does
    /// not fit says that there is a next page.
    pub(super) fn cut<R>(
        mut rows: Vec<R>,
        limit: Limit,
        row_of: impl Fn(&R) -> RowId,
        render: impl FnMut(R) -> T,
    ) -> Self {
        let more = rows.len() > limit.0;
        rows.truncate(limit.0);
        let next_cursor = rows.last().filter(|_| more).map(|row| Cursor(row_of(row)));
        Self {
            items: rows.into_iter().map(render).collect(),
            next_cursor,
        }
    }

    /// A page of a whole list. Its cursors count items, so one that came or went in between
    /// moves the next page by one.
    pub(super) fn of(mut all: Vec<T>, paging: &ShortPaging) -> Self {
        let skipped = paging.cursor.map_or(0, |cursor| cursor.0.0);
        let skip = usize::try_from(skipped)
            .unwrap_or(usize::MAX)
            .min(all.len());
        let limit = paging.limit.map_or(MAX_LIMIT, |limit| limit.0);
        let end = skip.saturating_add(limit);
        let next = i64::try_from(end).ok().filter(|_| all.len() > end);
        all.truncate(end);
        Self {
            items: all.split_off(skip),
            next_cursor: next.map(|next| Cursor(RowId(next))),
        }
    }
}

/// One page of messages or conversations, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// May be fewer than `limit`, or none, where a filter leaves over little of a long history.
    /// Only a `next_cursor` of null says that there is no more.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<Cursor>,
    /// The answer may lack messages that are newer than this, because they are not indexed yet;
    /// null when it lacks none.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub indexed_until: Option<Time>,
}

impl<T> Listing<T> {
    pub(super) fn of<R>(listed: Listed<R>, render: impl FnMut(R) -> T) -> Self {
        Self {
            items: listed.items.into_iter().map(render).collect(),
            next_cursor: listed.next.map(Cursor),
            indexed_until: listed.indexed_until,
        }
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    pub(super) limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<Cursor>,
}

/// Which page of a list that is short as a rule.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ShortPaging {
    /// Items a page, 1 to 500; 500 when left out.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 500)]
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl ShortPaging {
    /// The page of this list that is asked for.
    pub(super) fn of<T>(&self, all: impl IntoIterator<Item = impl Into<T>>) -> Json<Page<T>> {
        let all = all.into_iter().map(Into::into).collect();
        Json(Page::of(all, self))
    }
}

/// How many items a page holds, 1 to 500.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(usize);

impl Limit {
    /// What the page holds.
    pub(super) fn rows(self) -> usize {
        self.0
    }

    /// One more than the page holds; see [`Page::cut`].
    pub(super) fn and_one(self) -> usize {
        self.0 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(Self(limit)),
            _ => Err(serde::de::Error::custom(format_args!(
                "must be 1 to {MAX_LIMIT}"
            ))),
        }
    }
}

/// Where a page ended. Opaque to clients, so that it may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(as = PageCursor, value_type = String, example = "AAAAAAAAACo")]
pub(crate) struct Cursor(pub(super) RowId);

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0.0.to_be_bytes()))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let row = octets
            .and_then(|octets| octets.try_into().ok())
            .map(i64::from_be_bytes);
        row.filter(|row| *row > 0)
            .map(|row| Self(RowId(row)))
            .ok_or_else(|| serde::de::Error::custom("is not a next_cursor of this gateway"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_beyond_the_page_makes_a_cursor() {
        let rows = || vec![RowId(9), RowId(8), RowId(7)];
        let page = Page::cut(rows(), Limit(2), |row| *row, |row| row.0);
        assert_eq!(
            (page.items, page.next_cursor),
            (vec![9, 8], Some(Cursor(RowId(8))))
        );
        let page = Page::cut(rows(), Limit(3), |row| *row, |row| row.0);
        assert_eq!(page.next_cursor, None);
    }

    #[test]
    fn a_whole_list_is_cut_into_pages() {
        let mut paging = ShortPaging {
            limit: Some(Limit(2)),
            cursor: None,
        };
        let mut seen = Vec::new();
        loop {
            let page = Page::of(vec![1, 2, 3, 4, 5], &paging);
            seen.push(page.items);
            paging.cursor = page.next_cursor;
            if page.next_cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn cursors_round_trip_and_others_are_refused() {
        let text = serde_json::to_string(&Cursor(RowId(42))).unwrap();
        assert_eq!(
            serde_json::from_str::<Cursor>(&text).unwrap(),
            Cursor(RowId(42))
        );
        for bad in [r#""""#, r#""42""#, r#""AAAAAAAAAAA""#, r#""//////////8""#] {
            assert!(serde_json::from_str::<Cursor>(bad).is_err(), "{bad}");
        }
    }
}
