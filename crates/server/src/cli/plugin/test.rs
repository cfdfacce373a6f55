//! `raisfast plugin test`: runs a plugin's own tests in the sandbox.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use raisfast_cases::{Case, Outcome, Recording, Replay, Replayed, parse, run};
use raisfast_project::ScriptFolder;

use super::{replay, verdict};

pub(super) const HELP: &str = "\
Each case is a world, calls of hooks, and what has to come of them. The plugin runs in the sandbox that a server \
has, over a database, files and HTTP answers in memory; its own manifest decides what it may reach, and what a \
filter is given and answers has to keep the server's rules. With a failing step comes what the plugin logged in it.
A recording of `raisfast plugin record`, such as tests/failed.json, is a case too: all its calls have to be the same.

A file of cases, such as tests/slug.toml:

  [[case]]
  name = \"a title becomes a slug\"
  [[case.steps]]
  hook = \"on-post-creating\"
  input = { title = \"Hello World\" }
  answer_has = { slug = \"hello-world\" }

Examples:
  raisfast plugin build && raisfast plugin test
  raisfast plugin test plugins/seo --built target/plugins/seo";

#[derive(clap::Args)]
pub(in crate::cli) struct Test {
    /// The plugin's project, with tests/*.toml
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The folder with the built plugin [default: `dist` in the project, or a script's own folder]
    #[arg(long, value_name = "DIR")]
    built: Option<PathBuf>,
}

impl Test {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Tests { cases, recordings } = read(&self.project.join("tests"))?;
        let built = built(&self.project, self.built)?;
        let mut failed = 0;
        for case in &cases {
            let outcome = run(case, &built).await?;
            verdict::print(&case.name, &outcome);
            failed += usize::from(matches!(outcome, Outcome::Failed { .. }));
        }
        let mut count = cases.len();
        for (name, recording) in &recordings {
            let stage = Replay::of_folder(recording, &built, BTreeMap::new()).await?;
            for (call, number) in recording.calls.iter().zip(1..) {
                let replayed = stage.call(call).await;
                verdict::print_replayed(
                    &format!("{name}, call {number}: {}", call.hook),
                    &replayed,
                );
                failed += usize::from(!matches!(replayed, Replayed::Equal { .. }));
            }
            count += recording.calls.len();
        }
        match failed {
            0 => say!("\n{} passed", verdict::count(count)),
            _ => bail!("{failed} of {} failed", verdict::count(count)),
        }
        Ok(())
    }
}

/// Returns the folder where the built plugin of a project lies. A script needs no build.
pub(super) fn usual_built(project: &Path) -> PathBuf {
    if ScriptFolder::at(project).is_some() {
        project.to_owned()
    } else {
        project.join("dist")
    }
}

/// Returns the folder with the built plugin of a project, if there is one.
pub(super) fn built(project: &Path, named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let built = named.unwrap_or_else(|| usual_built(project));
    if !built.join("manifest.toml").is_file() {
        bail!(
            "{} has no manifest.toml; build the plugin first with `raisfast plugin build`, or name its folder with --built",
            built.display()
        );
    }
    Ok(built)
}

/// The tests of a project.
pub(super) struct Tests {
    pub(super) cases: Vec<Case>,
    /// Recorded calls, by the names of their files.
    pub(super) recordings: Vec<(String, Recording)>,
}

/// The cases of every file, and the recorded calls, in the order of the files' names.
pub(super) fn read(folder: &Path) -> anyhow::Result<Tests> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| {
        format!(
            "{} cannot be read; cases lie in `tests/*.toml` of the plugin's project (`raisfast plugin test --help` shows one)",
            folder.display()
        )
    })?;
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml" || extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!(
            "{} has no file of cases, such as `slug.toml` (`raisfast plugin test --help` shows one)",
            folder.display()
        );
    }
    let (mut cases, mut recordings) = (Vec::new(), Vec::new());
    for path in files {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            recordings.push((name.into_owned(), replay::read(&path)?));
            continue;
        }
        let toml = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        cases.extend(parse(&path.display().to_string(), &toml)?);
    }
    Ok(Tests { cases, recordings })
}
