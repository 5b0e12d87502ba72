//! `/api/v1/system`: what runs here, its room, its certificate, and what it keeps for how long.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::json::Json;
use super::problem::Answer;
use super::query::NoQuery;
use gateway::System;
use gateway::attention::Certificate;
use gateway::changes::SystemPatch;
use gateway::settings::RetentionSettings;
use model::Time;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(system, change))
}

/// The gateway itself. What is said of its settings stands in `simgate.toml`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = System)]
struct SystemJson {
    /// Of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Since it started.
    uptime_seconds: u64,
    /// Octets of the database and its log.
    database_bytes: u64,
    /// Octets that are free on its disk; null where that is not told.
    #[schema(required)]
    free_bytes: Option<u64>,
    /// The country of numbers written without `+`; null: such numbers are refused.
    #[schema(required, example = "VN")]
    country: Option<String>,
    /// Whether `defaults.country` in simgate.toml says the country: then a `PATCH` of it is refused.
    country_by_file: bool,
    /// The time zone that the statistics count in.
    #[schema(example = "Asia/Ho_Chi_Minh")]
    timezone: String,
    /// Null: HTTP without TLS.
    #[schema(required)]
    certificate: Option<CertificateJson>,
    retention: RetentionJson,
    /// So many backups are kept.
    backups_kept: u32,
    /// Whether admins may download backups.
    backup_download: bool,
}

/// The certificate that the HTTP server shows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemCertificate)]
struct CertificateJson {
    /// Its file.
    place: String,
    /// The names and addresses that it is for.
    names: Vec<String>,
    /// Nobody else vouches for it: clients go by its fingerprint.
    self_signed: bool,
    /// SHA-256 of it, as browsers show it.
    #[schema(example = "AB:01:…")]
    fingerprint: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Time,
    /// Why clients refuse it now; null: they do not.
    #[schema(required)]
    fault: Option<String>,
}

/// For how many days things are kept. 0: as long as the message, and messages and the audit for ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemRetention)]
#[expect(clippy::struct_field_names, reason = "as the settings are called")]
struct RetentionJson {
    /// Finished messages, with all that belongs to them.
    messages_days: u32,
    /// What messages say.
    texts_days: u32,
    /// Numbers of the other parties.
    numbers_days: u32,
    /// The history of messages.
    events_days: u32,
    /// Rows of the audit.
    audit_days: u32,
}

impl From<Certificate> for CertificateJson {
    fn from(certificate: Certificate) -> Self {
        Self {
            place: certificate.place,
            names: certificate.names,
            self_signed: certificate.self_signed,
            fingerprint: certificate.fingerprint,
            ends_at: certificate.ends_at,
            fault: certificate.fault,
        }
    }
}

impl From<RetentionSettings> for RetentionJson {
    fn from(retention: RetentionSettings) -> Self {
        Self {
            messages_days: retention.messages_days,
            texts_days: retention.texts_days,
            numbers_days: retention.numbers_days,
            events_days: retention.events_days,
            audit_days: retention.audit_days,
        }
    }
}

/// What runs here, and what it keeps for how long.
#[utoipa::path(
    get, path = "/system", operation_id = "get_system", tag = "health",
    responses((status = 200, description = "The gateway itself", body = SystemJson))
)]
async fn system(caller: May<ToAdmin>, _: NoQuery) -> Answer<SystemJson> {
    shown(&caller).await
}

/// Change what an admin sets of the gateway itself, at once and for good.
#[utoipa::path(
    patch, path = "/system", operation_id = "change_system", tag = "health", request_body = SystemPatch,
    responses(
        (status = 200, description = "The gateway as it is now", body = SystemJson),
        (status = 409, description = "simgate.toml says otherwise"),
    )
)]
async fn change(
    caller: May<ToAdmin>,
    _: NoQuery,
    Json(patch): Json<SystemPatch>,
) -> Answer<SystemJson> {
    caller.gateway().change_system(&caller, patch).await?;
    shown(&caller).await
}

async fn shown(caller: &May<ToAdmin>) -> Answer<SystemJson> {
    let System {
        database_bytes,
        free_bytes,
        certificate,
        retention,
        backup,
        defaults,
        country,
    } = caller.gateway().system().await?;
    Ok(axum::Json(SystemJson {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: caller.api().uptime().as_secs(),
        database_bytes,
        free_bytes,
        country,
        country_by_file: defaults.country.is_some(),
        timezone: defaults.timezone,
        certificate: certificate.map(CertificateJson::from),
        retention: retention.into(),
        backups_kept: backup.keep,
        backup_download: backup.download,
    }))
}
