//! The log as JSON: one object a line, whatever a record's words quote.

use std::{
    fmt::{self, Debug},
    sync::{Arc, OnceLock},
};

use chrono::{SecondsFormat, Utc};
use raisfast_contract::Printable;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::advice;

/// Writes records as JSON objects, with the name of the server among those of its site.
#[derive(Default)]
pub(crate) struct JsonRecords {
    pub(crate) node: Arc<OnceLock<String>>,
}

impl<S, N> FormatEvent<S, N> for JsonRecords
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let metadata = event.metadata();
        let target = said.target.as_deref().unwrap_or(metadata.target());
        let place = raisfast_trace::current();
        let record = Record {
            message: &said.message,
            fields: said.fields,
            trace_id: place.map(|place| format!("{:032x}", place.trace())),
            span_id: place.map(|place| format!("{:016x}", place.span())),
            node: self.node.get().map(String::as_str),
            ..Record::new(metadata.level().as_str(), target)
        };
        writer.write_str(&record.line())
    }
}

/// Returns a line of the log itself.
pub(crate) fn line(message: &str, node: Option<&str>) -> String {
    let record = Record {
        message,
        node,
        ..Record::new("INFO", "raisfast")
    };
    record.line()
}

/// A record, in the order of its members.
#[derive(Serialize)]
struct Record<'a> {
    timestamp: String,
    level: &'a str,
    target: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
    /// The trace that the record belongs to, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    /// The name of the server, where there can be others.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn new(level: &'a str, target: &'a str) -> Self {
        Self {
            timestamp: Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            level,
            target,
            message: "",
            fields: Map::new(),
            trace_id: None,
            span_id: None,
            node: None,
        }
    }

    fn line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("texts and numbers are JSON");
        line.push('\n');
        line
    }
}

/// The words of an event.
#[derive(Default)]
struct Said {
    message: String,
    /// The target of a record that came through the crate `log`.
    target: Option<String>,
    fields: Map<String, Value>,
}

impl Said {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        // Of records that came through the crate `log`: where they are from is written already.
        if !field.name().starts_with("log.") {
            self.fields.insert(field.name().to_owned(), value.into());
        }
    }

    fn add_text(&mut self, field: &Field, text: &dyn fmt::Display) {
        // JSON's own escapes leave DEL, the controls after it and the marks of direction alone.
        let text = Printable::lines(text).to_string();
        match field.name() {
            "message" => self.message = text,
            "log.target" => self.target = Some(text),
            name => {
                let advice = advice::of_problem(&text).filter(|_| name == "problem");
                self.add(field, text);
                if let Some(advice) = advice {
                    self.fields.insert("advice".to_owned(), advice.into());
                }
            }
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_text(field, &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::{JsonRecords, line};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Returns the one line that is written, and the record in it without its time.
    fn logged(log: impl FnOnce()) -> (String, Value) {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(JsonRecords::default())
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let bytes = written.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let line = text.strip_suffix('\n').expect("a whole line").to_owned();
        let mut record: Value = serde_json::from_str(&line).expect("JSON");
        let time = record.as_object_mut().unwrap().shift_remove("timestamp");
        let time = time.expect("a time");
        chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).expect("RFC 3339");
        (line, record)
    }

    #[test]
    fn a_record_is_one_object_with_its_fields() {
        let (_, record) = logged(|| {
            tracing::info!(target: "here", folder = "seo", generation = 2, new = true, "loaded");
        });
        assert_eq!(
            record,
            json!({
                "level": "INFO",
                "target": "here",
                "message": "loaded",
                "fields": {"folder": "seo", "generation": 2, "new": true},
            })
        );
    }

    #[test]
    fn no_words_can_end_a_line_or_drive_a_terminal() {
        let hostile = "x\n{\"level\":\"INFO\"}\r\u{7f}\u{9b}31m\u{202e}\u{2028}\0\"";
        let (line, record) =
            logged(|| tracing::error!(name = %hostile, quoted = hostile, "{hostile}"));
        assert!(
            !line.contains(|c: char| !raisfast_contract::is_printable(c)),
            "{line:?}"
        );
        let shown = "x\n{\"level\":\"INFO\"}\\r\\u{7f}\\u{9b}31m\\u{202e}\\u{2028}\\u{0}\"";
        assert_eq!(record["message"], shown);
        assert_eq!(record["fields"], json!({"name": shown, "quoted": shown}));
    }

    #[test]
    fn a_problem_comes_with_what_helps() {
        let (_, record) = logged(|| tracing::error!(problem = "dead-letter", "a delivery failed"));
        let advice = record["fields"]["advice"].as_str().expect("advice");
        assert!(advice.contains("raisfast outbox retry"), "{advice}");
    }

    #[test]
    fn the_logs_own_lines_have_the_same_form() {
        let record: Value = serde_json::from_str(&line("stopping", Some("web-1"))).unwrap();
        assert_eq!(record["message"], "stopping");
        assert_eq!(record["level"], "INFO");
        assert_eq!(record["node"], "web-1");
    }
}
