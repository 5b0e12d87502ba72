//! `/api/v1/backup` and `/api/v1/backups`: copies of the database.

use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToAdmin};
use super::idempotency::{self, IdempotencyKey};
use super::page::{Cursor, Page, ShortPaging};
use super::problem::{Answer, Problem};
use super::query::{NoQuery, Query};
use gateway::BackupFile;
use gateway::backups::{BackupFailure, BackupRun};
use gateway::threads::Threads;
use model::Time;

/// Of a backup that is downloaded, read at a time.
const CHUNK: usize = 256 * 1024;

/// The folder may be another machine's, which hangs.
static READ: Threads = Threads::new("download", 2);

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(list))
        .routes(routes!(download))
}

/// How it stands with backups, and those that are there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backups)]
struct BackupsJson {
    /// As many as `limit` at most, newest first. Each was looked through before it got its name.
    items: Vec<BackupJson>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    next_cursor: Option<Cursor>,
    /// `off`, a time of day by the machine's time zone, or `every 6h`.
    #[schema(example = "03:30")]
    schedule: String,
    /// When the last good one was made, also where its file is elsewhere by now.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    last_good_at: Option<Time>,
    /// The one that is being made.
    #[schema(required)]
    running: Option<BackupRun>,
    /// What the last one failed for; null where a good one came after it.
    #[schema(required)]
    last_failure: Option<BackupFailure>,
}

/// A copy of the database, complete and looked through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backup)]
struct BackupJson {
    /// Of its file.
    #[schema(example = "simgate-20261129T033000.000Z.db")]
    name: String,
    /// What was committed by then is in it.
    #[schema(value_type = String, format = DateTime)]
    made_at: Time,
    /// Of its file.
    size_bytes: u64,
}

impl From<BackupFile> for BackupJson {
    fn from(file: BackupFile) -> Self {
        Self {
            name: file.name,
            made_at: file.made_at,
            size_bytes: file.size,
        }
    }
}

/// Begin a backup: a copy of the database as it is now, made while the gateway goes on.
///
/// `GET /api/v1/backups` tells how far it is and what came of it. Where one is being made already,
/// this tells of that one. An answer is repeated for an `Idempotency-Key` as long as the gateway runs.
#[utoipa::path(
    post, path = "/backup", operation_id = "begin_backup", tag = "backups", params(IdempotencyKey),
    responses(
        (status = 202, description = "It is being made", body = BackupRun, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "There is no room for it, or the Idempotency-Key was used for another request"),
    )
)]
async fn begin(
    caller: May<ToAdmin>,
    _: NoQuery,
    once: IdempotencyKey,
) -> Result<Response, Problem> {
    let once = once.once(caller.key.id, &Bytes::new());
    let run = caller.gateway().begin_backup(&caller, once).await?;
    Ok(idempotency::made(StatusCode::ACCEPTED, true, run))
}

/// List backups, and tell how it stands with them.
#[utoipa::path(
    get, path = "/backups", operation_id = "list_backups", tag = "backups", params(ShortPaging),
    responses((status = 200, description = "One page, newest first", body = BackupsJson))
)]
async fn list(caller: May<ToAdmin>, Query(paging): Query<ShortPaging>) -> Answer<BackupsJson> {
    let backups = caller.gateway().backups();
    let files = backups.files().await?.into_iter();
    let page = Page::of(files.map(BackupJson::from).collect(), &paging);
    let status = backups.status();
    Ok(axum::Json(BackupsJson {
        items: page.items,
        next_cursor: page.next_cursor,
        schedule: status.schedule.to_string(),
        last_good_at: status.last_good,
        running: status.running,
        last_failure: status.failed,
    }))
}

/// Download a backup, where the configuration has `backup.download`.
///
/// It holds every text, and secrets that are shown nowhere else.
#[utoipa::path(
    get, path = "/backups/{name}", operation_id = "download_backup", tag = "backups",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The file, a SQLite database", body = String, content_type = "application/octet-stream"),
        (status = 404, description = "No such backup"),
        (status = 409, description = "Backups cannot be downloaded here"),
    )
)]
async fn download(On(caller, name): On<ToAdmin, String>) -> Result<Response, Problem> {
    let (file, size) = caller.gateway().open_backup(&caller, &name).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    // What is sent is what was announced, whatever becomes of the file.
    let chunks = stream::try_unfold(file.take(size), |mut file| async move {
        let read = READ.run(move || {
            let mut chunk = vec![0; CHUNK];
            let length = file.read(&mut chunk)?;
            chunk.truncate(length);
            Ok::<_, std::io::Error>((Bytes::from(chunk), file))
        });
        let (chunk, file) = read.await??;
        Ok::<_, std::io::Error>((!chunk.is_empty()).then_some((chunk, file)))
    });
    Ok((headers, Body::from_stream(chunks)).into_response())
}
