//! Events with the fields of their spans, as journal entries with fields: `journalctl ICCID=…`.

use std::fmt::{self, Write as _};

use log::Log;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

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

/// Fields as they were recorded, and the sentence of an event.
#[derive(Default)]
struct Fields {
    sentence: String,
    pairs: Vec<(&'static str, String)>,
}

impl Fields {
    fn put(&mut self, name: &'static str, value: String) {
        // The journal would take a second MESSAGE for the sentence of the entry.
        let name = if name == "message" { "msg" } else { name };
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.pairs.push((name, value)),
        }
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
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(SpanFields(of_span)) = span.extensions().get::<SpanFields>() {
                of_span
                    .pairs
                    .iter()
                    .for_each(|(name, value)| fields.put(name, value.clone()));
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        self.journal.log(
            &log::Record::builder()
                .args(format_args!("{}", fields.sentence))
                .level(level(*metadata.level()))
                .target(metadata.target())
                .module_path(metadata.module_path())
                .file(metadata.file())
                .line(metadata.line())
                .key_values(&fields.pairs.as_slice())
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

fn level(level: Level) -> log::Level {
    match level {
        Level::ERROR => log::Level::Error,
        Level::WARN => log::Level::Warn,
        Level::INFO => log::Level::Info,
        Level::DEBUG => log::Level::Debug,
        Level::TRACE => log::Level::Trace,
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
            ["WARN refused imei=36 iccid=89 msg=id part=3 code=cms-38"]
        );
    }
}
