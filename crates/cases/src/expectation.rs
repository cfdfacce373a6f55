//! The expectations of a step, and the comparison with what happened.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use raisfast_contract::{HookName, Refusal};
use raisfast_testkit::{CallError, SandboxedPlugin};
use regex::Regex;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::{
    LogLine,
    difference::{Difference, between, whole},
    invocation,
};

/// The expectations of a step; nothing else is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expectation {
    /// The whole answer. Fields that it leaves out have to be absent.
    answer: Option<Value>,
    /// Some fields of the answer.
    answer_has: Option<BTreeMap<String, Value>>,
    /// Fields of the answer that are absent.
    answer_lacks: Vec<String>,
    /// Fields of the answer that fit a regular expression; of an answer that is a text, the field
    /// `text`.
    answer_matches: BTreeMap<String, Pattern>,
    /// The answer is another than in each call before, in this start and in those before.
    new: bool,
    /// The plugin answers that it keeps the value.
    keeps: bool,
    /// The call fails, with this in the reason, or with one of these.
    fails: Option<Failing>,
    /// The filter refuses the request, for these reasons and no others.
    refuses: Option<Vec<Reason>>,
    /// Each is part of a log record of this step.
    logs: Vec<String>,
    /// Files with this text; `false` for none.
    files: BTreeMap<String, Stored>,
    /// Values of the key-value store; `false` for none.
    data: BTreeMap<String, Stored>,
    /// The last events, and no more in this step.
    events: Option<Vec<Event>>,
    /// The requests of this step.
    requests: Option<Vec<Request>>,
    /// The rows of a SELECT without parameters.
    rows: Option<Rows>,
}

/// A regular expression.
#[derive(Debug, Clone)]
struct Pattern(Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A part of the reason for which a call fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Failing {
    With(String),
    WithOneOf(Vec<String>),
}

impl Failing {
    fn parts(&self) -> &[String] {
        match self {
            Self::With(part) => std::slice::from_ref(part),
            Self::WithOneOf(parts) => parts,
        }
    }

    fn is_in(&self, reason: &str) -> bool {
        self.parts().iter().any(|part| reason.contains(part))
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to fail: {}", self.parts().join(", or "))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    /// True if there is any value.
    Present(bool),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    event_type: String,
    data: String,
}

/// A reason for which a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    pointer: Option<String>,
    message: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    sql: String,
    are: Value,
}

/// The amounts before a step.
#[derive(Default, Clone, Copy)]
pub(crate) struct Before {
    logs: usize,
    events: usize,
    requests: usize,
}

impl Before {
    pub(crate) fn of(plugin: &SandboxedPlugin) -> Self {
        Self {
            logs: plugin.logs().len(),
            events: plugin.events().len(),
            requests: plugin.requests().len(),
        }
    }

    /// Returns the log lines that came afterwards.
    pub(crate) fn log_since(self, plugin: &SandboxedPlugin) -> Vec<LogLine> {
        let records = plugin.logs().into_iter().skip(self.logs);
        records
            .map(|record| LogLine {
                level: record.level.as_str(),
                message: record.message,
            })
            .collect()
    }
}

impl Expectation {
    /// Checks that all of it can be expected of this hook. Afterwards the answer has every field.
    pub(crate) fn check(&mut self, hook: HookName) -> Result<(), String> {
        if let Some(written) = self.answer.take() {
            self.answer = Some(
                invocation::answer(hook, written).map_err(|reason| format!("answer: {reason}"))?,
            );
        }
        let fields = self.answer_has.iter().flat_map(BTreeMap::keys);
        let fields = fields
            .chain(&self.answer_lacks)
            .chain(self.answer_matches.keys());
        for field in fields {
            if field == "text" && matches!(hook, HookName::RenderMarkdown | HookName::FilterHtml) {
                continue;
            }
            let one = Value::Object([(field.clone(), Value::Null)].into_iter().collect());
            // The meaning of a null in this field does not matter here.
            if let Err(reason) = invocation::answer(hook, one)
                && (reason.contains("no field") || reason.contains("has no answer"))
            {
                return Err(format!("answer_has: {reason}"));
            }
        }
        Ok(())
    }

    /// Compares the answer with the former ones, where a new one is expected, and then counts it as
    /// one of them.
    pub(crate) fn compare_with_former(
        &self,
        answered: &Result<Option<Value>, CallError>,
        former: &mut BTreeSet<String>,
    ) -> Option<Difference> {
        let Ok(Some(answer)) = answered else {
            return None;
        };
        let is_new = !self.new || former.insert(answer.to_string());
        (!is_new).then(|| {
            let expected = "another than in each call before";
            Difference::new("answer", expected, whole(answer))
        })
    }

    /// Returns whether anything is expected of the answer itself.
    fn wants_answer(&self) -> bool {
        self.new
            || self.answer.is_some()
            || self.answer_has.is_some()
            || !self.answer_lacks.is_empty()
            || !self.answer_matches.is_empty()
    }

    /// Compares the outcome with the expectation, and returns the differences.
    pub(crate) async fn compare(
        &self,
        plugin: &SandboxedPlugin,
        answered: &Result<Option<Value>, CallError>,
        before: Before,
    ) -> Vec<Difference> {
        let mut differences = self.compare_answer(answered);
        differences.extend(self.compare_logs(plugin, before));
        differences.extend(self.compare_events(plugin, before));
        differences.extend(self.compare_requests(plugin, before));
        if !self.files.is_empty() {
            differences.extend(stored("files", &self.files, &plugin.files().await));
        }
        if !self.data.is_empty() {
            differences.extend(stored("data", &self.data, &plugin.data().await));
        }
        if let Some(rows) = &self.rows {
            differences.extend(rows.compare(plugin).await);
        }
        differences
    }

    fn compare_answer(&self, answered: &Result<Option<Value>, CallError>) -> Vec<Difference> {
        if let Some(expected) = &self.refuses {
            return compare_reasons(expected, answered);
        }
        let answer = match (answered, &self.fails) {
            (Err(error), None) => {
                return vec![Difference::new("the call", "to succeed", error.to_string())];
            }
            (Err(error), Some(reason)) => {
                let found = error.to_string();
                let is_it = reason.is_in(&found);
                let difference = Difference::new("the call", reason.to_string(), found);
                return if is_it { Vec::new() } else { vec![difference] };
            }
            (Ok(_), Some(reason)) => {
                let expected = reason.to_string();
                return vec![Difference::new("the call", expected, "it succeeded")];
            }
            (Ok(answer), None) => answer,
        };
        match answer {
            Some(answer) if self.keeps => {
                vec![Difference::new("answer", "none", whole(answer))]
            }
            None if self.wants_answer() => {
                vec![Difference::new("answer", "some value", "none")]
            }
            Some(answer) => self.compare_value(answer),
            None => Vec::new(),
        }
    }

    fn compare_value(&self, answer: &Value) -> Vec<Difference> {
        let mut differences = Vec::new();
        if let Some(expected) = &self.answer {
            differences.extend(between("answer", expected, answer));
        }
        let field = |name: &str| match answer {
            Value::Object(fields) => fields.get(name).cloned().unwrap_or_default(),
            text => text.clone(),
        };
        for (name, expected) in self.answer_has.iter().flatten() {
            differences.extend(between(&format!("answer.{name}"), expected, &field(name)));
        }
        for name in &self.answer_lacks {
            let place = format!("answer.{name}");
            differences.extend(between(&place, &Value::Null, &field(name)));
        }
        for (name, Pattern(pattern)) in &self.answer_matches {
            let found = field(name);
            if !found.as_str().is_some_and(|text| pattern.is_match(text)) {
                let expected = format!("a text that fits {pattern}");
                let place = format!("answer.{name}");
                differences.push(Difference::new(place, expected, whole(&found)));
            }
        }
        differences
    }

    fn compare_logs(&self, plugin: &SandboxedPlugin, before: Before) -> Vec<Difference> {
        let messages = plugin.messages();
        let new = messages.get(before.logs..).unwrap_or_default();
        let missing = self
            .logs
            .iter()
            .filter(|wanted| !new.iter().any(|message| message.contains(*wanted)));
        missing
            .map(|wanted| {
                let expected = format!("a record with {wanted:?}");
                let found = match new.len() {
                    0 => "no record".to_owned(),
                    1 => "another record".to_owned(),
                    records => format!("{records} other records"),
                };
                Difference::new("logs", expected, found)
            })
            .collect()
    }

    fn compare_events(&self, plugin: &SandboxedPlugin, before: Before) -> Vec<Difference> {
        let Some(expected) = &self.events else {
            return Vec::new();
        };
        let found: Vec<Event> = plugin
            .events()
            .into_iter()
            .skip(before.events)
            .map(|event| Event {
                event_type: event.event_type,
                data: event.data,
            })
            .collect();
        if *expected == found {
            return Vec::new();
        }
        vec![Difference::new(
            "events",
            format!("{expected:?}"),
            format!("{found:?}"),
        )]
    }

    fn compare_requests(&self, plugin: &SandboxedPlugin, before: Before) -> Vec<Difference> {
        let Some(expected) = &self.requests else {
            return Vec::new();
        };
        let found: Vec<_> = plugin
            .requests()
            .into_iter()
            .skip(before.requests)
            .collect();
        if expected.len() != found.len() {
            let counts = (expected.len().to_string(), found.len().to_string());
            return vec![Difference::new("number of requests", counts.0, counts.1)];
        }
        let mut differences = Vec::new();
        for (expected, found) in expected.iter().zip(&found) {
            let method = format!("{:?}", found.method).to_uppercase();
            let pairs = [
                ("method", expected.method.clone(), method),
                ("url", expected.url.clone(), found.url.clone()),
                ("body", expected.body.clone(), found.body.clone()),
            ];
            for (what, expected, found) in pairs {
                let place = format!("request.{what}");
                differences.extend(between(&place, &expected.into(), &found.into()));
            }
            for (name, value) in &expected.headers {
                let header = found.headers.iter().find(|(found, _)| found == name);
                let value_found = header.map_or(Value::Null, |(_, value)| value.clone().into());
                let place = format!("request.headers.{name}");
                differences.extend(between(&place, &value.clone().into(), &value_found));
            }
        }
        differences
    }
}

fn compare_reasons(
    expected: &[Reason],
    answered: &Result<Option<Value>, CallError>,
) -> Vec<Difference> {
    let found: Vec<_> = match answered {
        Ok(_) => Vec::new(),
        Err(error) => error.refusals().iter().cloned().map(Reason::from).collect(),
    };
    if found == expected {
        return Vec::new();
    }
    let found = match answered {
        Ok(_) => "it succeeded".to_owned(),
        Err(error) => error.to_string(),
    };
    let expected = format!("to refuse: {expected:?}");
    vec![Difference::new("the call", expected, found)]
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        Self {
            pointer: refusal.pointer,
            message: refusal.message,
        }
    }
}

impl Rows {
    async fn compare(&self, plugin: &SandboxedPlugin) -> Vec<Difference> {
        match plugin.query(&self.sql).await {
            Ok(rows) => {
                let found = Value::Array(rows.into_iter().map(Value::Object).collect());
                between("rows", &self.are, &found)
            }
            Err(error) => vec![Difference::new("rows", whole(&self.are), error.to_string())],
        }
    }
}

fn stored(
    what: &str,
    expected: &BTreeMap<String, Stored>,
    found: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (name, expected) in expected {
        let place = format!("{what}.{name}");
        let found = found.get(name);
        match expected {
            Stored::Text(text) => {
                let found = found.map_or(Value::Null, |text| text.clone().into());
                differences.extend(between(&place, &text.clone().into(), &found));
            }
            Stored::Present(present) if *present == found.is_some() => {}
            Stored::Present(present) => {
                let words = |present| if present { "present" } else { "(absent)" };
                differences.push(Difference::new(
                    place,
                    words(*present),
                    words(found.is_some()),
                ));
            }
        }
    }
    differences
}
