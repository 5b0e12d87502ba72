//! `/api/v1/suppressions/export`: all of them as a file, page by page.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;

use crate::auth::{May, ToRead};
use crate::problem::{Kind, Problem};
use crate::query::NoQuery;
use model::{RowId, Suppression, SuppressionSource};

/// Rows that are in memory at a time.
const STEP: usize = 500;

const COLUMNS: [&str; 9] = [
    "number", "date", "evidence", "note", "source", "by", "word", "route", "message",
];

/// Export the numbers that get no messages, as CSV.
///
/// The import takes what this gives.
#[utoipa::path(
    get, path = "/suppressions/export", operation_id = "export_suppressions", tag = "suppressions",
    responses(
        (status = 200, description = "All of them, oldest first, below a row with the names of the columns",
            body = String, content_type = "text/csv"),
        (status = 404, description = "The key does not see all messages"),
    )
)]
pub(super) async fn export(caller: May<ToRead>, _: NoQuery) -> Result<Response, Problem> {
    let gateway = caller.gateway().clone();
    gateway.reaches_suppressions(&caller)?;
    let first = csv(&[COLUMNS.map(str::to_owned)])?;
    let rest = stream::try_unfold(RowId(0), move |after| {
        let gateway = gateway.clone();
        async move {
            let rows = gateway.suppressions_after(after, STEP).await;
            let rows = rows.map_err(std::io::Error::other)?;
            let Some(last) = rows.last().map(|row| row.row) else {
                return Ok(None);
            };
            let rows: Vec<_> = rows.into_iter().map(cells).collect();
            let page = csv(&rows).map_err(|_| std::io::Error::other("not written"))?;
            Ok::<_, std::io::Error>(Some((page, last)))
        }
    });
    let body = stream::StreamExt::chain(stream::iter([Ok(first)]), rest);
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let name = HeaderValue::from_static("attachment; filename=\"suppressions.csv\"");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn cells(row: Suppression) -> [String; 9] {
    let source = match row.source {
        SuppressionSource::Message => "message",
        SuppressionSource::Entered => "entered",
        SuppressionSource::Imported => "imported",
    };
    let [evidence, note, by, word, route] =
        [row.evidence, row.note, row.by, row.word, row.route].map(Option::unwrap_or_default);
    let message = row.message.map(|id| id.to_string()).unwrap_or_default();
    let since = row.since.to_string();
    let source = source.to_owned();
    [
        row.number, since, evidence, note, source, by, word, route, message,
    ]
}

fn csv(rows: &[[String; 9]]) -> Result<Bytes, Problem> {
    let failed = |()| Problem::new(Kind::Internal, "The file cannot be written.");
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|_| failed(()))?;
    }
    let octets = writer.into_inner().map_err(|_| failed(()))?;
    Ok(octets.into())
}
