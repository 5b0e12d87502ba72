//! `/api/v1/suppressions/import`: numbers from a file.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use utoipa::ToSchema;

use super::lines::Lines;
use crate::Api;
use crate::auth::{May, ToOperate};
use crate::bodies::Held;
use crate::json;
use crate::problem::{Answer, Kind, Problem};
use crate::query::NoQuery;
use gateway::Gateway;
use gateway::changes::SuppressionPut;
use model::{NewSuppression, Time};

/// Numbers in one commit: sends go on in between.
const STEP: usize = 500;
/// Wrong rows that are told one by one.
const MOST_TOLD: usize = 100;

/// What became of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SuppressionImport)]
pub(super) struct Done {
    /// Numbers that get no messages from now on.
    imported: usize,
    /// Numbers that got none before: they stay as they are.
    known: usize,
    /// Rows that were left out, because something is wrong with them.
    refused: usize,
    /// What is wrong with the first 100 of these.
    errors: Vec<RowError>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuppressionImportError)]
struct RowError {
    /// The number of its line, from 1 on.
    row: u64,
    /// What is wrong with it.
    #[schema(example = "date: must not be in the future")]
    detail: String,
}

/// A body that is declared as CSV.
pub(super) struct Csv(Bytes, Held);

impl FromRequest<Api> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        if !json::is_of_type(request.headers(), |essence| essence == "text/csv") {
            let why = "Send the header content-type: text/csv.";
            return Err(Problem::new(Kind::UnsupportedMediaType, why));
        }
        let body = api.bodies().read(request.into_body());
        json::in_time(body)
            .await
            .map(|(octets, held)| Self(octets, held))
    }
}

/// Import numbers that get no messages.
///
/// Each row is a line, and has a number, since when it wants no messages (RFC 3339, or a day such as 2026-11-29,
/// with or without a time of day, in the time zone of `defaults.timezone`; empty: now) and what shows that; further
/// columns are passed over. Columns are parted by commas, semicolons or tabs. The first row may hold their names.
/// Rows that are right are taken, whatever is wrong with others.
#[utoipa::path(
    post, path = "/suppressions/import", operation_id = "import_suppressions", tag = "suppressions",
    request_body(content = String, content_type = "text/csv", example = "number,date,evidence\n+84901234567,2026-11-01,by letter\n"),
    responses(
        (status = 200, description = "What became of the rows", body = Done),
        (status = 404, description = "The key does not see all messages"),
        (status = 415, description = "The body is not declared as CSV"),
    )
)]
pub(super) async fn import(
    caller: May<ToOperate>,
    _: NoQuery,
    Csv(octets, _held): Csv,
) -> Answer<Done> {
    caller.gateway().reaches_suppressions(&caller)?;
    let mut done = Done::default();
    let mut step = Vec::with_capacity(STEP);
    for (row, cells) in Lines::of(&octets) {
        match read(caller.gateway(), row, &cells) {
            Ok(None) => {}
            Ok(Some(new)) => step.push(new),
            Err(detail) => done.refuse(row, detail),
        }
        if step.len() == STEP {
            done.take(&caller, &mut step).await?;
        }
    }
    done.take(&caller, &mut step).await?;
    Ok(axum::Json(done))
}

/// The number of a row; none where it has the names of the columns. Or what is wrong with it.
fn read(
    gateway: &Gateway,
    row: u64,
    cells: &[Vec<u8>; 3],
) -> Result<Option<NewSuppression>, String> {
    let cell = |at: usize| std::str::from_utf8(&cells[at]).map_err(|_| "is not UTF-8".to_owned());
    let (number, date, evidence) = (cell(0)?, cell(1)?, cell(2)?);
    if row == 1 && number.eq_ignore_ascii_case("number") {
        return Ok(None);
    }
    let put = SuppressionPut {
        since: since(gateway, date)?,
        evidence: Some(evidence.to_owned()).filter(|text| !text.is_empty()),
        note: None,
    };
    let told = |errors: Vec<gateway::FieldError>| {
        let told = errors.into_iter();
        let told = told.map(|error| format!("{}: {}", column(&error.pointer), error.detail));
        told.collect::<Vec<_>>().join("; ")
    };
    put.checked(gateway, number).map(Some).map_err(told)
}

/// Where a cell stands, by the name of its column.
fn column(pointer: &str) -> &str {
    match pointer {
        "path:number" => "number",
        "/since" => "date",
        other => other.trim_start_matches('/'),
    }
}

fn since(gateway: &Gateway, date: &str) -> Result<Option<Time>, String> {
    if date.is_empty() {
        return Ok(None);
    }
    let read = Time::parse(date).ok().or_else(|| gateway.day(date));
    read.map(Some)
        .ok_or_else(|| "date: expected a time such as 2026-11-29T10:00:00Z, or a day".to_owned())
}

impl Done {
    fn refuse(&mut self, row: u64, detail: String) {
        self.refused += 1;
        if self.errors.len() < MOST_TOLD {
            self.errors.push(RowError { row, detail });
        }
    }

    /// Commits what has come so far.
    async fn take(
        &mut self,
        caller: &May<ToOperate>,
        step: &mut Vec<NewSuppression>,
    ) -> Result<(), Problem> {
        if step.is_empty() {
            return Ok(());
        }
        let all = step.len();
        let new = std::mem::take(step);
        let imported = caller.gateway().import_suppressions(caller, new).await?;
        self.imported += imported;
        self.known += all - imported;
        Ok(())
    }
}
