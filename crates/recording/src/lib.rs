//! Calls of plugins, written down so that they can be made again without the server.
//!
//! - [`Recording`] is the file: calls of one plugin, each with its input, what the host answered,
//!   and its outcome.
//! - [`Tape`] stands between one instance and the host functions. One [writes](Recorder::tape) what
//!   passes, another [plays](Tape::playing) a recorded call: it answers in the host's place, and
//!   finds what is otherwise.
//! - [`Recorders`] keep the last calls of each plugin that failed, and record calls when an
//!   operator asks for it. [`Following`] hands them out one by one, while they are made.
//! - [`Watching`] tells what calls [change](Change), without recording them.
//! - [`Mask`] keeps secrets out of it.
//!
//! This crate knows neither wasm nor what a host function does: it sees a name, arguments and an
//! answer, as serde does.
//!
//! ```
//! use std::sync::Arc;
//! use raisfast_recording::{Begun, Mask, Section, Tape};
//!
//! // As a recording has it: one host call, and its answer.
//! let call: Section = serde_json::from_str(
//!     r#"{"host_calls": [{
//!         "function": "host-api/get-data",
//!         "arguments": {"bytes": 9, "value": ["visits"]},
//!         "answer": {"bytes": 3, "value": "7"}
//!     }]}"#,
//! )?;
//! let tape = Arc::new(Tape::playing(Section::default(), call, Mask::default()));
//! tape.end_start();
//! let answer = tape.host_call::<_, Option<String>>("host-api/get-data", &("visits",))?;
//! assert!(matches!(answer, Begun::Answered(Some(visits), _) if visits == "7"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call_id;
mod change;
mod content;
mod document;
mod following;
mod mask;
mod playback;
mod recorder;
mod tape;
mod watching;

pub use call_id::CallId;
pub use change::{Change, FieldChange, Side};
pub use content::Content;
pub use document::{HostCall, NotWhole, Outcome, RecordedCall, Recording, RecordingError, Section};
pub use following::Following;
pub use mask::{MASKED, Mask};
pub use playback::{Finding, Findings, NoAnswer};
pub use recorder::{AlreadyRecording, EndedCall, Recorder, Recorders, RecordingOptions};
pub use tape::{Begun, Pending, Tape};
pub use watching::{Missed, Watching};
