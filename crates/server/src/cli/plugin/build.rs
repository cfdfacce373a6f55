//! `raisfast plugin build`: turns a project into a folder that a server loads.

use std::{path::PathBuf, time::Instant};

use raisfast_plugins::{left_to_defaults, written_in_vain};
use raisfast_project::{Built, PluginSource, Profile, ScriptFolder, Toolchain};

use super::hook_hints;

#[derive(clap::Args)]
pub(in crate::cli) struct Build {
    /// The project's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Build it as it is written, slower and larger: every line and function is there, and so are
    /// the language's checks
    #[arg(long)]
    debug: bool,
}

pub(super) const HELP: &str = "\
A file tells the language: Cargo.toml (Rust), plugin.c, plugin.zig, go.mod, plugin.js, plugin.ts or plugin.py. \
Its compiler is looked for on PATH. The result is dist/, a folder to copy to the server's extensions/plugins. \
A folder whose manifest has the `runtime` of a script has nothing to build. \
Outside Rust, bindings/ is made anew with the hooks that manifest.toml names: each needs its function.

Examples:
  raisfast plugin build
  raisfast plugin build --debug
  raisfast plugin build ~/plugins/my-plugin";

impl Build {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let project = match PluginSource::at(&self.folder)? {
            PluginSource::Project(project) => project,
            PluginSource::Script(script) => {
                print_that_nothing_is_built(&script);
                return Ok(());
            }
        };
        let title = project.language().title();
        say_aside!("building a plugin in {title}; the first time may take minutes");
        let profile = if self.debug {
            Profile::Debug
        } else {
            Profile::Release
        };
        let begin = Instant::now();
        let built = project.build(&Toolchain::from_environment(), profile)?;
        if let Some(written) = &built.written {
            hook_hints::print(
                &built.manifest,
                &written_in_vain(&built.manifest, written),
                &left_to_defaults(&built.manifest, written),
            );
        }
        say!(
            "built {} ({}) in {:.1} s\n\nnext:\n  raisfast plugin check {}\n  copy {} to the server, as extensions/plugins/<name>",
            built.wasm.display(),
            size(&built),
            begin.elapsed().as_secs_f64(),
            built.folder.display(),
            built.folder.display()
        );
        Ok(())
    }
}

fn print_that_nothing_is_built(script: &ScriptFolder) {
    let folder = script.folder().display();
    say!(
        "{folder} is a script in {}: there is nothing to build\n\nnext:\n  raisfast plugin check {folder}\n  raisfast plugin install {folder}",
        script.language().title()
    );
}

/// Returns the size of the file, with what the lines of the source add to it.
fn size(built: &Built) -> String {
    let whole = format!("{} KiB", built.bytes.div_ceil(1024));
    match built.line_table {
        Some(bytes) => format!(
            "{whole}, {} KiB of them to name lines in errors",
            bytes.div_ceil(1024)
        ),
        None => whole,
    }
}
