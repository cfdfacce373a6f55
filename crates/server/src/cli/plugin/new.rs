//! `raisfast plugin new`: begins a plugin.

use std::{
    io::{self, BufRead, IsTerminal as _},
    path::PathBuf,
};

use raisfast_contract::ScriptLanguage;
use raisfast_project::{Language, PluginKind, ProjectName};

use crate::cli::output;

#[derive(clap::Args)]
pub(in crate::cli) struct New {
    /// Name of the plugin: lower-case letters, digits and hyphens
    name: ProjectName,
    /// The language: rust, c, zig, go, js, ts or python, or that of a script, of which nothing is
    /// built: js-script, lua or rhai
    #[arg(long, value_name = "rust|c|js|js-script|lua|…")]
    lang: PluginKind,
    /// The folder in which the project's own is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

pub(super) const HELP: &str = "\
The project has a plugin that builds, its manifest, a test, and what an editor reads of the contract. No server is \
needed, and nothing is fetched. A script is a plugin at once. `--lang js` is a project that is built; on a terminal it asks \
whether a script is meant.

Examples:
  raisfast plugin new my-plugin --lang rust
  raisfast plugin new my-plugin --lang lua
  raisfast plugin new my-plugin --lang python --into ~/plugins";

const QUESTION: &str = "\
A plugin in JavaScript is either of these:
  1  a project, which npm packages and a build make a component of
  2  a script: text files, and nothing to build
";

impl New {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let kind = if self.lang.has_a_script_too() && is_terminal {
            output::to_stderr(format_args!("{QUESTION}"));
            meant(&mut io::stdin().lock(), self.lang)?
        } else {
            self.lang
        };
        let folder = self.into.join(self.name.as_str());
        kind.create(&folder, &self.name)?;
        match kind {
            PluginKind::Component(language) => {
                say!(
                    "made {}, a plugin in {}",
                    folder.display(),
                    language.title()
                );
                say!("\nnext:\n  cd {}", folder.display());
                match language {
                    Language::JavaScript | Language::TypeScript => say!("  npm ci"),
                    Language::Python => say!("  pip install --require-hashes -r requirements.txt"),
                    Language::Rust | Language::C | Language::Zig | Language::Go => {}
                }
                say!("  raisfast plugin build\n\nneeded: {}", language.needs());
            }
            PluginKind::Script(language) => say!(
                "made {folder}, a plugin in {}, as a script\n\nnext:\n  cd {folder}\n  raisfast plugin test\n  raisfast plugin dev",
                language.title(),
                folder = folder.display()
            ),
        }
        Ok(())
    }
}

/// Asks until one of the two is named. An empty line, and the end of the input, mean the word as it
/// was written.
fn meant(input: &mut impl BufRead, written: PluginKind) -> io::Result<PluginKind> {
    loop {
        output::to_stderr(format_args!("1 or 2 [1]: "));
        let mut line = String::new();
        input.read_line(&mut line)?;
        match line.trim() {
            "" | "1" => return Ok(written),
            "2" => return Ok(PluginKind::Script(ScriptLanguage::JavaScript)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use raisfast_contract::ScriptLanguage;
    use raisfast_project::{Language, PluginKind};

    use super::meant;

    #[test]
    fn a_number_decides_and_other_words_ask_again() {
        let component = PluginKind::Component(Language::JavaScript);
        let script = PluginKind::Script(ScriptLanguage::JavaScript);
        for (typed, expected) in [
            ("1\n", component),
            ("2\n", script),
            (" 2 \r\n", script),
            ("\n", component),
            ("", component),
            ("script\n3\n2\n", script),
            ("what?", component),
        ] {
            let kind = meant(&mut typed.as_bytes(), component).unwrap();
            assert_eq!(kind, expected, "{typed:?}");
        }
    }
}
