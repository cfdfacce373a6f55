//! Guests in other languages than Rust: built as `raisfast plugin build` builds an author's, one
//! after the other.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use raisfast_project::{BuildError, CCompiler, Language, Profile, Project, Toolchain};

use crate::{languages, terminal};

/// The outcome of building a project.
pub(super) enum Outcome {
    Built {
        wasm: Vec<u8>,
        took: Duration,
    },
    /// The toolchain cannot be had, for this reason.
    NotBuilt(String),
}

/// Build a project with a toolchain that is installed if need be.
pub(super) fn build(project: &Project, c_compiler: CCompiler) -> Result<Outcome> {
    let compiled_by = match c_compiler {
        CCompiler::Zig => Language::Zig,
        CCompiler::Any | CCompiler::Clang => project.language(),
    };
    if let Err(error) = languages::install(compiled_by) {
        terminal::failure(&error);
        return Ok(Outcome::NotBuilt(in_one_line(&error)));
    }
    let toolchain = Toolchain::on_path(languages::path()?).with_c_compiler(c_compiler);
    let began = Instant::now();
    match project.build(&toolchain, Profile::Release) {
        Ok(built) => Ok(Outcome::Built {
            wasm: fs::read(&built.wasm)?,
            took: began.elapsed(),
        }),
        Err(error @ BuildError::MissingProgram { .. }) => Ok(Outcome::NotBuilt(error.to_string())),
        Err(error) => {
            Err(error).with_context(|| format!("{} does not build", project.folder().display()))
        }
    }
}

/// An error for a cell of a table: the causes, and the first line of the last.
fn in_one_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::in_one_line;

    #[test]
    fn a_reason_is_one_line() {
        let error = anyhow!("no npm here. Install it:\n\n    apt-get install npm\n");
        let error = error.context("there is no toolchain for JavaScript");
        assert_eq!(
            in_one_line(&error),
            "there is no toolchain for JavaScript: no npm here. Install it:"
        );
    }
}
