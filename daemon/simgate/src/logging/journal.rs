//! Events with the fields of their spans, as journal entries with fields: `journalctl SIMGATE_MESSAGE=…`.
//! The text of an entry has the event's own fields too, since `journalctl` shows no others by itself.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use log::Log;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Hands each event to a `log` logger as one record with key-value pairs. Tracing's own bridge
/// (`log-always`) would flatten the fields into the text.
pub(super) struct JournalLayer<L> {
    journal: L,
}

impl<L: Log> JournalLayer<L> {
    pub(super) fn new(journal: L) -> Self {
        Self { journal }
    }
}

/// The field of the journal for a field of ours. One name finds all about a message, a SIM, a modem or an
/// uplink; `by` and `carrier` are either a SIM or an uplink.
fn journal_field<'v>(name: &str, value: &'v str) -> (Cow<'static, str>, &'v str) {
    let known = match name {
        // The journal would take a second MESSAGE for the sentence of the entry.
        "id" | "message" => "SIMGATE_MESSAGE",
        "iccid" | "sim" => "SIMGATE_SIM",
        "imei" => "SIMGATE_MODEM",
        "by" | "carrier" => match value.strip_prefix("uplink:") {
            Some(uplink) => return ("SIMGATE_UPLINK".into(), uplink),
            None => "SIMGATE_SIM",
        },
        other => {
            return (
                format!("SIMGATE_{}", other.to_ascii_uppercase()).into(),
                value,
            );
        }
    };
    (known.into(), value)
}

/// Fields as they were recorded, and the sentence of an event.
#[derive(Default)]
struct Fields {
    sentence: String,
    pairs: Vec<(&'static str, String)>,
}

impl Fields {
    fn put_missing(&mut self, name: &'static str, value: &str) {
        if self.pairs.iter().all(|(known, _)| *known != name) {
            self.pairs.push((name, value.to_owned()));
        }
    }

    fn put(&mut self, name: &'static str, value: String) {
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.pairs.push((name, value)),
        }
    }

    /// The sentence with its fields, for whoever reads the journal line by line.
    fn line(&self) -> String {
        let mut line = self.sentence.clone();
        for (name, value) in &self.pairs {
            let name = if *name == "message" { "id" } else { name };
            // Writing to a String cannot fail.
            let _ = if value.contains(char::is_whitespace) {
                write!(line, " {name}=\"{value}\"")
            } else {
                write!(line, " {name}={value}")
            };
        }
        line
    }

    /// What the journal gets; the first of two that have one name there is the event's own.
    fn for_journal(&self) -> Vec<(Cow<'static, str>, &str)> {
        let mut named: Vec<(Cow<'static, str>, &str)> = Vec::new();
        for (name, value) in &self.pairs {
            let (name, value) = journal_field(name, value);
            if named.iter().all(|(known, _)| *known != name) {
                named.push((name, value));
            }
        }
        named
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" if self.sentence.is_empty() => {
                // Writing to a String cannot fail.
                let _ = write!(self.sentence, "{value:?}");
            }
            // How a line of the `log` crate says where it comes from.
            "log.target" | "log.module_path" | "log.file" | "log.line" => {}
            name => self.put(name, format!("{value:?}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "log.target" => self.put("log_target", value.to_owned()),
            _ => self.record_debug(field, &format_args!("{value}")),
        }
    }
}

impl<S, L> Layer<S> for JournalLayer<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    L: Log + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = SpanFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<SpanFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = fields.line();
        // From the innermost span on: the nearest says it best.
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(of_span)) = span.extensions().get::<SpanFields>() {
                for (name, value) in &of_span.pairs {
                    fields.put_missing(name, value);
                }
            }
        }
        let pairs = fields.for_journal();
        let metadata = event.metadata();
        self.journal.log(
            &log::Record::builder()
                .args(format_args!("{line}"))
                .level(level(*metadata.level()))
                .target(metadata.target())
                .module_path(metadata.module_path())
                .file(metadata.file())
                .line(metadata.line())
                .key_values(&pairs.as_slice())
                .build(),
        );
    }
}

/// What a span carries; a span has no sentence, so its `message` is a field like the others.
#[derive(Default)]
struct SpanFields(Fields);

impl Visit for SpanFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.put(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.put(field.name(), value.to_owned());
    }
}

/// The level whose entries get the priority that the journal means by ours. The logger takes `Info` for
/// "notice" (5), which `journalctl` prints in bold, and `Debug` for "info" (6).
fn level(level: Level) -> log::Level {
    match level {
        Level::ERROR => log::Level::Error,
        Level::WARN => log::Level::Warn,
        Level::INFO => log::Level::Debug,
        Level::DEBUG | Level::TRACE => log::Level::Trace,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use log::kv::{Error, Key, Value, VisitSource};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Keeps what the journal would get.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    struct Pairs(String);

    impl<'kvs> VisitSource<'kvs> for Pairs {
        fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
            let _ = write!(self.0, " {key}={value}");
            Ok(())
        }
    }

    impl Log for Kept {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            let mut pairs = Pairs(format!("{} {}", record.level(), record.args()));
            record.key_values().visit(&mut pairs).unwrap();
            self.0.lock().unwrap().push(pairs.0);
        }
        fn flush(&self) {}
    }

    #[test]
    fn an_event_carries_the_fields_of_its_spans() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(JournalLayer::new(kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let modem = tracing::info_span!("modem", imei = "35", iccid = tracing::field::Empty);
            let _modem = modem.enter();
            modem.record("iccid", "89");
            let _submit = tracing::info_span!("submit", message = %"id", imei = "36").entered();
            tracing::warn!(part = 3, code = "cms-38", "refused");
        });
        let lines = kept.0.lock().unwrap();
        assert_eq!(
            *lines,
            [
                "WARN refused part=3 code=cms-38 SIMGATE_PART=3 SIMGATE_CODE=cms-38 \
                 SIMGATE_MESSAGE=id SIMGATE_MODEM=36 SIMGATE_SIM=89"
            ]
        );
    }

    #[test]
    fn a_level_is_the_priority_that_the_journal_calls_so() {
        // As systemd-journal-logger maps its levels: 3, 4, 6 and 7.
        let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG].map(level);
        let priorities = levels.map(|level| level as usize + 2);
        assert_eq!(priorities, [3, 4, 6, 7]);
    }

    #[test]
    fn a_message_a_sim_and_an_uplink_have_one_name_each() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(JournalLayer::new(kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(id = "m1", to = "…567", by = "shop till", "message sent");
            tracing::info!(message = %"m2", carrier = "uplink:primary", "not recorded");
        });
        let lines = kept.0.lock().unwrap();
        assert_eq!(
            *lines,
            [
                "DEBUG message sent id=m1 to=…567 by=\"shop till\" SIMGATE_MESSAGE=m1 SIMGATE_TO=…567 \
                 SIMGATE_SIM=shop till",
                "DEBUG not recorded id=m2 carrier=uplink:primary SIMGATE_MESSAGE=m2 SIMGATE_UPLINK=primary"
            ]
        );
    }
}
