//! The file: calls of one plugin, as one JSON document.

use std::{borrow::Cow, fmt};

use raisfast_contract::{Delivery, HookName, PluginId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Content;

/// The version of the form that this crate writes and reads.
const VERSION: u32 = 1;
/// The most bytes of a file.
const MOST_BYTES: usize = 64 << 20;
/// The most bytes of the reason why a call failed.
const MOST_REASON: usize = 4 << 10;
/// The most calls of a file.
const MOST_CALLS: usize = 10_000;

/// Recorded calls of one plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of the form.
    #[serde(rename = "raisfast_recording")]
    version: u32,
    /// The plugin.
    pub plugin: PluginId,
    /// The calls, the oldest first.
    pub calls: Vec<RecordedCall>,
}

/// One call of a hook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCall {
    /// The id that the plugin's log records of this call have too, where a server has written them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it ended, RFC 3339.
    pub at: String,
    /// The hook.
    pub hook: HookName,
    /// The delivery, of a call that delivered an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// The deadline, in milliseconds.
    pub timeout_ms: u64,
    /// The bytes of memory that the instance might have.
    pub max_memory: u64,
    /// The calls that the instance had served before: of their traces in its memory the record
    /// knows nothing.
    pub calls_before: u64,
    /// The time that it took, in microseconds; absent where contents are not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// The parameter, or an object of them where there are several.
    pub input: Content,
    /// The beginning of the instance, before its first call.
    pub start: Section,
    /// The call itself.
    pub call: Section,
    /// The end of the call.
    pub outcome: Outcome,
    /// The reason why the record cannot be replayed whole, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_whole: Option<NotWhole>,
}

/// All that came to a guest from outside for a time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Calls of host functions, in the order in which they began.
    #[serde(default)]
    pub host_calls: Vec<HostCall>,
    /// Readings of WASI's wall clock, in nanoseconds since 1970.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wall_clock: Vec<u64>,
    /// Readings of WASI's monotonic clock, in nanoseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monotonic_clock: Vec<u64>,
    /// WASI's random bytes, all after each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub random: Vec<u8>,
}

/// One call of a host function.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCall {
    /// Interface and function, such as `host-api/log`.
    pub function: Cow<'static, str>,
    /// The arguments, a list.
    pub arguments: Content,
    /// The answer; absent where the call of the hook ended first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Content>,
    /// The time until the answer, in microseconds.
    #[serde(default)]
    pub took_us: u64,
}

/// The end of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It returned this.
    Output(Content),
    /// It failed, for this reason.
    Error(String),
}

/// The reason why a recorded call cannot be replayed whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NotWhole {
    /// The operator does not let contents be kept.
    #[error(
        "it holds names and sizes alone, because the server does not keep the contents of calls; record a call with them"
    )]
    NoContents,
    /// It was larger than a record may be.
    #[error("it was cut off, because it is larger than the server keeps of one call")]
    TooLarge,
}

/// A file that is not a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is too large.
    #[error("it has {found} bytes, and a recording has at most {MOST_BYTES}; record fewer calls")]
    Size {
        /// The bytes found.
        found: usize,
    },
    /// It has too many calls.
    #[error("it has {found} calls, and a recording has at most {MOST_CALLS}; record fewer")]
    Calls {
        /// Their number.
        found: usize,
    },
    /// It is of another form.
    #[error(
        "not a recording, which `raisfast_recording` and its version, {VERSION}, would say; found {found}"
    )]
    Version {
        /// The value found there.
        found: String,
    },
    /// Something in it is not what a recording has there.
    #[error("{place}: {reason}")]
    Form {
        /// The place, such as `calls[0].hook`.
        place: String,
        /// The form that is expected.
        reason: String,
    },
    /// A host function that there is not.
    #[error(
        "calls[{call}]: there is no host function `{found}`; this program may be older than the recording"
    )]
    UnknownFunction {
        /// The number of the call, from 0.
        call: usize,
        /// The name in the file.
        found: String,
    },
}

impl Recording {
    /// Makes a recording of a plugin's calls.
    pub fn new(plugin: PluginId, calls: Vec<RecordedCall>) -> Self {
        Self {
            version: VERSION,
            plugin,
            calls,
        }
    }

    /// Reads a recording, which may come from anybody. `is_known` says which host functions there
    /// are.
    ///
    /// # Errors
    ///
    /// If it is too large, has another form, or names an unknown function.
    pub fn parse(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Self, RecordingError> {
        if text.len() > MOST_BYTES {
            return Err(RecordingError::Size { found: text.len() });
        }
        let recording = Self::read(text).map_err(|error| match version_of(text) {
            Some(Value::Number(version)) if version.as_u64() == Some(VERSION.into()) => error,
            other => RecordingError::Version {
                found: other.map_or_else(|| "none".to_owned(), |version| version.to_string()),
            },
        })?;
        if recording.version != VERSION {
            return Err(RecordingError::Version {
                found: recording.version.to_string(),
            });
        }
        if recording.calls.len() > MOST_CALLS {
            return Err(RecordingError::Calls {
                found: recording.calls.len(),
            });
        }
        for (number, call) in recording.calls.iter().enumerate() {
            let mut functions = call.sections().flat_map(|section| &section.host_calls);
            if let Some(unknown) = functions.find(|host_call| !is_known(&host_call.function)) {
                return Err(RecordingError::UnknownFunction {
                    call: number,
                    found: unknown.function.chars().take(100).collect(),
                });
            }
        }
        Ok(recording)
    }

    fn read(text: &str) -> Result<Self, RecordingError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let recording =
            serde_path_to_error::deserialize(&mut json).map_err(|error| RecordingError::Form {
                place: error.path().to_string(),
                reason: error.inner().to_string(),
            })?;
        json.end().map_err(|error| RecordingError::Form {
            place: "after the recording".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(recording)
    }
}

/// Reads what a document says of its version, whatever else is in it.
fn version_of(text: &str) -> Option<Value> {
    #[derive(Deserialize)]
    struct Versioned {
        raisfast_recording: Value,
    }
    let versioned: Versioned = serde_json::from_str(text).ok()?;
    Some(versioned.raisfast_recording)
}

impl Outcome {
    /// Makes the outcome of a call that failed for this reason, which may quote a guest: what is
    /// beyond 4 KiB is cut off.
    pub fn error(reason: impl fmt::Display) -> Self {
        let mut reason = reason.to_string();
        reason.truncate(reason.floor_char_boundary(MOST_REASON));
        Self::Error(reason)
    }
}

impl RecordedCall {
    /// Leaves the input and the output out.
    pub(crate) fn cut(&mut self) {
        self.input.value = None;
        if let Outcome::Output(output) = &mut self.outcome {
            output.value = None;
        }
        self.not_whole.get_or_insert(NotWhole::TooLarge);
    }

    fn sections(&self) -> impl Iterator<Item = &Section> {
        [&self.start, &self.call].into_iter()
    }

    /// The bytes that it takes, about.
    pub(crate) fn held(&self) -> usize {
        let outcome = match &self.outcome {
            Outcome::Output(output) => output.held(),
            Outcome::Error(reason) => reason.len(),
        };
        let sections: usize = self.sections().map(Section::held).sum();
        size_of::<Self>() + self.input.held() + outcome + sections
    }
}

impl Section {
    pub(crate) fn held(&self) -> usize {
        let host_calls: usize = self.host_calls.iter().map(HostCall::held).sum();
        host_calls + 8 * (self.wall_clock.len() + self.monotonic_clock.len()) + self.random.len()
    }
}

impl HostCall {
    fn held(&self) -> usize {
        let answer = self.answer.as_ref().map_or(0, Content::held);
        size_of::<Self>() + self.arguments.held() + answer
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call() -> Value {
        json!({
            "at": "2026-11-22T07:42:28.123Z",
            "hook": "filter-html",
            "timeout_ms": 5000,
            "max_memory": 1,
            "calls_before": 0,
            "input": {"bytes": 3, "value": "a"},
            "start": {},
            "call": {"host_calls": [{
                "function": "host-api/get-data",
                "arguments": {"bytes": 5, "value": ["a"]},
                "answer": {"bytes": 4, "value": null},
            }]},
            "outcome": {"output": {"bytes": 4, "value": null}},
        })
    }

    fn read(document: &Value) -> Result<Recording, String> {
        Recording::parse(&document.to_string(), |name| name == "host-api/get-data")
            .map_err(|error| error.to_string())
    }

    fn document(call: &Value) -> Value {
        json!({"raisfast_recording": 1, "plugin": "com.example.a", "calls": [call]})
    }

    #[test]
    fn what_is_written_is_read_again_and_null_is_a_value() {
        let recording = read(&document(&call())).unwrap();
        let again = serde_json::to_string(&recording).unwrap();
        let again = Recording::parse(&again, |_| true).unwrap();
        let answer = again.calls[0].call.host_calls[0].answer.as_ref().unwrap();
        assert_eq!(answer.parsed().unwrap(), Some(Value::Null));
        assert_eq!(
            serde_json::to_value(&recording).unwrap(),
            serde_json::to_value(&again).unwrap()
        );
    }

    #[test]
    fn what_is_not_a_recording_is_refused_with_the_place() {
        for (pointer, value, wanted) in [
            ("/raisfast_recording", json!(2), "found 2"),
            ("/raisfast_recording", json!("1"), "found \"1\""),
            ("/plugin", json!("no id"), "plugin: "),
            ("/calls", json!({}), "calls: "),
            ("/calls/0/hook", json!("on-logout"), "calls[0].hook: "),
            ("/calls/0/timeout_ms", json!(-1), "calls[0].timeout_ms: "),
            ("/calls/0/outcome", json!({"answer": 1}), "calls[0].outcome"),
            ("/calls/0/input", json!(5), "calls[0].input: "),
            (
                "/calls/0/call/host_calls/0/function",
                json!("host-api/format-disk"),
                "calls[0]: there is no host function `host-api/format-disk`",
            ),
        ] {
            let mut hostile = document(&call());
            *hostile.pointer_mut(pointer).unwrap() = value;
            let error = read(&hostile).unwrap_err();
            assert!(error.contains(wanted), "{pointer}: {error}");
        }
        for text in ["", "[]", "null", "\u{0}", "{\"calls\": []}", "{"] {
            let error = Recording::parse(text, |_| true).unwrap_err().to_string();
            assert!(error.contains("not a recording"), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_over_the_bounds_is_refused() {
        let large = " ".repeat(MOST_BYTES + 1);
        let error = Recording::parse(&large, |_| true).unwrap_err();
        assert!(matches!(error, RecordingError::Size { .. }), "{error}");
        let mut many = document(&call());
        many["calls"] = vec![call(); MOST_CALLS + 1].into();
        assert!(read(&many).unwrap_err().contains("10001 calls"));
    }

    #[test]
    fn a_value_nested_without_end_is_refused_when_it_is_needed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let text = document(&call()).to_string().replace("[\"a\"]", &deep);
        let recording = Recording::parse(&text, |_| true).unwrap();
        let arguments = &recording.calls[0].call.host_calls[0].arguments;
        assert!(arguments.parsed().is_err());
    }
}
