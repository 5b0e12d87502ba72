//! What may need a person: the codes, most harmful first. ATTENTION.md lists the same, and a test
//! compares.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much harm it does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
)]
#[schema(as = AttentionSeverity)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Messages are refused, lost or not sent.
    Critical,
    /// A part does not work, or messages wait for it.
    Warning,
    /// Nothing is wrong yet.
    Notice,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Notice];

    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What is meant by the subject's id.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
)]
#[schema(as = AttentionSubjectKind)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SubjectKind {
    Gateway,
    Queue,
    Sim,
    Modem,
    Uplink,
    Webhook,
    Key,
    Certificate,
    /// Of the USB.
    Port,
}

impl SubjectKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What one code means.
pub(super) struct Meaning {
    /// It never changes.
    pub(super) name: &'static str,
    pub(super) severities: &'static [Severity],
    pub(super) about: SubjectKind,
    pub(super) when: &'static str,
    pub(super) helps: &'static str,
}

/// Declares the codes, and what each means.
macro_rules! codes {
    ($( $variant:ident = $name:literal, [$($severity:ident),+], $about:ident, $when:literal, $helps:literal; )+) => {
        /// What needs a person. A code never changes.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[schema(as = AttentionCode)]
        #[serde(rename_all = "kebab-case")]
        pub enum Code { $( $variant, )+ }

        impl Code {
            pub const ALL: &[Self] = &[$( Self::$variant ),+];

            pub(super) fn meaning(self) -> Meaning {
                match self { $(
                    Self::$variant => Meaning {
                        name: $name,
                        severities: &[$( Severity::$severity ),+],
                        about: SubjectKind::$about,
                        when: $when,
                        helps: $helps,
                    },
                )+ }
            }
        }
    };
}

codes! {
    StoreRefuses = "store-refuses", [Critical], Gateway,
        "The disk is full or cannot be written: new messages are refused", "Free space, or mend the disk";
    CannotSend = "cannot-send", [Critical], Gateway,
        "No SIM and no uplink can send, for `cannot_send_seconds`", "What the sentence names";
    MemoryFull = "memory-full", [Critical, Warning], Modem,
        "A memory for messages is full to `storage_percent`; at 100 % (critical) nothing more comes in by it",
        "Look with `simgate modems show` whether simgate can delete there; delete with another program, or exchange the SIM";
    StoreDamaged = "store-damaged", [Warning], Gateway,
        "Rows of the database that hold what is set make no sense; what they set is left out", "`simgate check` names them; set it anew, or restore a backup";
    DiskLow = "disk-low", [Warning], Gateway,
        "Less than `disk_free_megabytes` are free where the database is", "Free space";
    CertificateEnds = "certificate-ends", [Critical, Warning], Certificate,
        "The certificate of the HTTP server ends within `certificate_days`, or clients refuse it now (critical)",
        "Put a new one in its place; simgate reads it by itself";
    QueueOld = "queue-old", [Warning], Queue,
        "A message has waited to be sent for `queue_age_seconds`", "`waiting_for` of the message tells why";
    ModemFault = "modem-fault", [Warning], Modem,
        "Nothing brings the modem back", "Look at its power, its cable and its port; `simgate modems restart`";
    UplinkDown = "uplink-down", [Warning], Uplink,
        "An uplink is enabled and has not been bound for `uplink_down_seconds`", "Mend what its last error names, or disable it";
    Locked = "locked", [Warning], Modem,
        "The SIM in a modem asks for its PIN or PUK, or is locked to something else", "`simgate modems unlock`";
    ModemMissing = "modem-missing", [Warning], Modem,
        "A modem is not plugged in, nor is the SIM that was in it elsewhere, for `missing_seconds`", "Plug it in, or disable the SIM";
    ModemAsDisk = "modem-as-disk", [Warning], Port,
        "A modem shows itself as a disk, for half a minute: most do so until a program makes modems of them",
        "Install the package `usb-modeswitch`, and plug it in again";
    ModemWithoutPort = "modem-without-port", [Warning], Port,
        "A modem is a network card only: its firmware has no port for AT commands", "Another firmware, or another modem";
    SimMissing = "sim-missing", [Warning], Sim,
        "An enabled SIM that was seen before is in no modem, for `missing_seconds`", "Put it into a modem, or disable it";
    Uncertain = "uncertain", [Warning], Queue,
        "Messages may have gone out, nothing has told, and their `on_uncertain` is `hold`, or they waited in a backup that was restored", "`simgate messages resolve`, after a restore `resolve-restored`";
    WebhookParked = "webhook-parked", [Warning], Webhook,
        "Events could not be posted for a day, and are parked", "Mend the receiver, then `simgate webhooks resend`, or `simgate webhooks dismiss`";
    ClockUnset = "clock-unset", [Warning], Gateway,
        "systemd-timesyncd has not set the clock for `clock_unset_seconds`. Where it does not run, nothing is known, and nothing is told",
        "Let the machine reach a time server";
    BackupOld = "backup-old", [Warning], Gateway,
        "A schedule makes backups, and the last good one is older than `backup_hours`, or the last try failed", "What the sentence names; then `POST /api/v1/backup`";
    ModemRestarts = "modem-restarts", [Warning], Modem,
        "A modem has started anew, or lost its port, `restarts_per_hour` times within the hour", "Look at its power and its cable";
    Resting = "resting", [Warning], Sim,
        "A SIM rests after failures that may be its own", "Top it up, or ask its operator; then `simgate sims reset-health`";
    QuotaUsedUp = "quota-used-up", [Warning], Sim,
        "The quota of the running day or month is used up", "Wait, or set another quota";
    NoReports = "no-reports", [Warning], Modem,
        "No status report came for the last 20 messages or more that asked for one", "Try the SIM in another modem";
    ModemManager = "modem-manager", [Warning, Notice], Gateway,
        "ModemManager runs, and udev does not keep it off a port that simgate uses; a port is in use by another program (warning)",
        "`systemctl disable --now ModemManager`, or a udev rule with `ID_MM_DEVICE_IGNORE`";
    KeyEnds = "key-ends", [Warning, Notice], Key,
        "An API key ends within `key_days` (notice), or has ended within them (warning)", "Make another key for its application";
    SameNumber = "same-number", [Warning], Sim,
        "Another SIM has the same number", "`simgate sims set ICCID --number`";
    Paused = "paused", [Notice], Queue,
        "Messages are paused, and wait until somebody resumes them", "`simgate messages resume`, or cancel them";
    QuotaShort = "quota-short", [Notice], Sim,
        "`quota_percent` of a quota is used, and at this pace the quota ends before its day or month does", "Spread the messages, or set another quota";
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.meaning().name
    }

    /// As a row of a table in Markdown.
    pub fn row(self) -> String {
        let Meaning {
            name,
            severities,
            about,
            when,
            helps,
        } = self.meaning();
        let severities: Vec<_> = severities.iter().map(|one| one.as_str()).collect();
        let (severities, about) = (severities.join(", "), about.as_str());
        format!("| `{name}` | {severities} | {about} | {when} | {helps} |")
    }

    /// How long its cause must be gone: what comes back at once was never gone.
    pub(super) fn clears_after(self) -> Duration {
        match self {
            Self::StoreRefuses | Self::CannotSend | Self::UplinkDown => Duration::from_secs(30),
            // A modem that starts anew tells it again.
            Self::MemoryFull => Duration::from_mins(1),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_the_table_agree() {
        let page = include_str!("../../../../ATTENTION.md");
        let rows: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let expected: Vec<_> = Code::ALL.iter().map(|code| code.row()).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_code_is_written_as_it_is_named() {
        for code in Code::ALL {
            let written = serde_json::to_value(code).unwrap();
            assert_eq!(written, code.as_str());
            let Meaning { about, .. } = code.meaning();
            assert_eq!(serde_json::to_value(about).unwrap(), about.as_str());
        }
        for severity in [Severity::Critical, Severity::Warning, Severity::Notice] {
            let written = serde_json::to_value(severity).unwrap();
            assert_eq!(written, severity.as_str());
        }
    }
}
