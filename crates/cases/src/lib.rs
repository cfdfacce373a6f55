//! The expected answers of a plugin, written as data and run in the real sandbox.
//!
//! A [`Case`] is a world (settings, files, posts, recorded HTTP answers), and steps: calls of
//! hooks, each with what is expected of it. Cases stand in TOML, so that an author in any language
//! can write them, and [`parse`] reads them. [`run`] puts a plugin's folder into the sandbox of
//! `raisfast-testkit`, anew for each case, and tells what was otherwise than expected.
//!
//! A [`Replay`] makes calls again that a server has recorded, and tells what is otherwise.
//!
//! A [`Shadow`] does the same with calls as they come, beside the version that serves them, and
//! counts what is otherwise.
//!
//! Five commands are made of this: `raisfast plugin test` runs an author's own cases, `raisfast
//! plugin replay` recorded calls, `raisfast plugin shadow` those of a running server, `raisfast
//! plugin profile` cases and recorded calls with a profiler, and `raisfast plugin conformance` the
//! cases of [`conformance`], which every language's bindings have to pass.
//! [`measure`] says what a plugin costs.
//!
//! ```
//! let cases = raisfast_cases::parse(
//!     "tests/slug.toml",
//!     r#"
//!         [[case]]
//!         name = "a title becomes a slug"
//!         world.config = { slug_length = "20" }
//!         steps = [
//!             { hook = "on-post-creating", input = { title = "Hello World" }, answer_has = { slug
//!             = "hello-world" } },
//!         ]
//!     "#,
//! )?;
//! assert_eq!(cases[0].name, "a title becomes a slug");
//! # Ok::<(), raisfast_cases::CaseError>(())
//! ```

mod case;
pub mod conformance;
mod difference;
mod expectation;
mod invocation;
pub mod measure;
mod replay;
mod run;
mod script;
mod shadow;
mod text;
mod world;

pub use case::{Case, CaseError, parse};
pub use difference::Difference;
pub use raisfast_recording::{RecordedCall, Recording, RecordingError};
pub use raisfast_testkit::LoadError;
pub use replay::{Replay, Replayed, parse_recording};
pub use run::{LogLine, Outcome, run, run_profiled};
pub use script::look_at_script;
pub use shadow::{Example, HookComparison, MOST_FAILED, Shadow, ShadowReport};
