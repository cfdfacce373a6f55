//! A plugin's project: made from a template, built by its language's toolchain.
//!
//! Everything that an author does before a server is involved. [`Project::create`] writes a project
//! that builds, [`Project::build`] turns one into `dist/`, the folder that a server loads.
//!
//! Each difference between languages is in one place: what an editor and a compiler read of the
//! contract in `bindings`, how the compiler is called in `compile`, what a new project holds in
//! `templates/`.
//!
//! A [`ScriptFolder`] is a plugin whose text a server loads as it is: it is made from a template
//! too, and never built.
//!
//! Outside Rust, whose SDK has a default for each hook, a language's bindings have exactly the
//! hooks that `manifest.toml` names: what is subscribed has to be written, and nothing else.

mod bindings;
mod build;
mod compile;
mod contract;
mod kind;
mod language;
mod lines;
mod name;
mod profile;
mod project;
mod script;
mod source;
mod sources;
mod template;
mod toolchain;
mod written;

pub use build::{BuildError, Built};
pub use kind::{PluginKind, UnknownPluginKind};
pub use language::{Language, UnknownLanguage};
pub use name::{InvalidProjectName, ProjectName};
pub use profile::Profile;
pub use project::{Project, ProjectError};
pub use script::ScriptFolder;
pub use source::PluginSource;
pub use sources::Sources;
pub use template::CreateError;
pub use toolchain::{CCompiler, Toolchain};
