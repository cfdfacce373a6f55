//! `raisfast plugin new`: begins a project.

use std::path::PathBuf;

use raisfast_project::{Language, Project, ProjectName};

#[derive(clap::Args)]
pub(in crate::cli) struct New {
    /// Name of the plugin: lower-case letters, digits and hyphens
    name: ProjectName,
    /// The language
    #[arg(long, value_name = "rust|c|zig|go|js|ts|python")]
    lang: Language,
    /// The folder in which the project's own is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

pub(super) const HELP: &str = "\
The project has a plugin that builds, its manifest, a test, and what an editor reads of the contract. No server is \
needed, and nothing is fetched.

Examples:
  raisfast plugin new my-plugin --lang rust
  raisfast plugin new my-plugin --lang python --into ~/plugins";

impl New {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let language = self.lang;
        let folder = self.into.join(self.name.as_str());
        Project::create(&folder, &self.name, language)?;
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
        Ok(())
    }
}
