//! `build-plugins`: samples and test guests, built to wasm and laid out for deployment.

mod packages;
mod place;
mod projects;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;

use self::{packages::Module, projects::Outcome};
pub(crate) use self::{packages::build as modules, place::put};
use crate::{
    guests::{self, Guest, Kind, Source},
    languages::{self, Choice},
    table::{Align, Table},
    terminal::{self, Seconds, Size},
    workspace,
};

/// Build the sample plugins into target/plugins, each as a folder that can be deployed.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask build-plugins                  all samples
  cargo xtask build-plugins cookbook-feed    one recipe of the cookbook
  cargo xtask build-plugins seo --install    one sample, copied to where the server looks
  cargo xtask build-plugins --guests         the guests of the tests as well
  cargo xtask build-plugins --lang c,zig     the conformance plugin in these languages")]
pub(crate) struct BuildPlugins {
    /// The plugins to build; all when there is none.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Copy the samples, and what is named, into this folder [default: `PLUGIN_DIR`, else
    /// extensions/plugins].
    #[expect(
        clippy::option_option,
        reason = "not given, given without a folder, given with one"
    )]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub(crate) install: Option<Option<PathBuf>>,
    /// Build the recipes of the cookbook too, and the test guests into target/guests-out.
    #[arg(long)]
    pub(crate) guests: bool,
    /// Build the conformance plugin in these languages instead, with toolchains that are installed
    /// if need be: rust, c, zig, go, js, ts, python, or all.
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["names", "guests", "install"])]
    pub(crate) lang: Vec<Choice>,
}

impl BuildPlugins {
    pub(crate) fn run(self) -> Result<()> {
        if !self.lang.is_empty() {
            let guests = guests::conformance(&languages::chosen(&self.lang))?;
            return build(&guests).map(drop);
        }
        let mut kinds = vec![Kind::Sample, Kind::Conformance];
        if self.guests || !self.names.is_empty() {
            kinds.push(Kind::Recipe);
        }
        if self.guests {
            kinds.push(Kind::Test);
        }
        let guests = build_guests(&kinds, &self.names)?;

        let began = Instant::now();
        if let Some(folder) = self.install {
            let folder = folder.unwrap_or_else(workspace::plugin_dir);
            // A conformance plugin changes whatever it is given, and a recipe refuses or sends
            // something: that has to be asked for.
            let is_asked_for = |guest: &&Guest| match guest.kind {
                Kind::Sample => true,
                Kind::Recipe | Kind::Conformance => self.names.contains(&guest.name),
                Kind::Test | Kind::Benchmark | Kind::Interpreter => false,
            };
            for guest in guests.iter().filter(is_asked_for) {
                install(guest, &folder)?;
            }
            terminal::done(
                format!("installed into {}", workspace::shown(&folder)),
                began.elapsed(),
            );
        }
        Ok(())
    }
}

/// Build the guests of these kinds, or of those the ones with these names, and show them in a
/// table.
pub(crate) fn build_guests(kinds: &[Kind], names: &[String]) -> Result<Vec<Guest>> {
    let guests = guests::named(guests::all(kinds)?, names)?;
    build(&guests)?;
    Ok(guests)
}

/// Build guests into their folders, and show them in a table.
pub(crate) fn build(guests: &[Guest]) -> Result<Vec<Built<'_>>> {
    let began = Instant::now();
    let what = match guests {
        [guest] => guest.name.clone(),
        guests => format!("{} guests", guests.len()),
    };
    terminal::heading(format!("Building {what} to wasm"));
    let mut modules = packages::build(guests)?;
    let built = guests
        .iter()
        .map(|guest| build_one(guest, &mut modules))
        .collect::<Result<Vec<_>>>()?;
    terminal::table(&table(&built).lines());
    let mut folders: Vec<String> = guests
        .iter()
        .map(|guest| workspace::shown(&guest.kind.built()))
        .collect();
    folders.sort();
    folders.dedup();
    terminal::done(
        format!("built into {}", folders.join(" and ")),
        began.elapsed(),
    );
    Ok(built)
}

/// A guest, and what became of it.
pub(crate) struct Built<'a> {
    pub(crate) guest: &'a Guest,
    pub(crate) result: BuildResult,
}

/// The outcome of building a guest.
pub(crate) enum BuildResult {
    /// It lies in its folder.
    Built {
        bytes: u64,
        /// Of a package, how long after the start it was ready; of a project, how long it took.
        /// None when it was there already.
        took: Option<Duration>,
    },
    /// The toolchain is not available, for this reason.
    NotBuilt(String),
}

fn table(built: &[Built]) -> Table<3> {
    let mut table = Table::new([
        ("PLUGIN", Align::Left),
        ("SIZE", Align::Right),
        ("BUILT", Align::Left),
    ]);
    for Built { guest, result } in built {
        let (size, when) = match result {
            BuildResult::Built { bytes, took } => (
                Size(*bytes).to_string(),
                took.map_or_else(|| "unchanged".into(), |took| Seconds(took).to_string()),
            ),
            BuildResult::NotBuilt(reason) => (String::new(), format!("not built: {reason}")),
        };
        table.row([guest.name.clone(), size, when]);
    }
    table
}

fn build_one<'a>(guest: &'a Guest, modules: &mut BTreeMap<PathBuf, Module>) -> Result<Built<'a>> {
    let began = Instant::now();
    let (wasm, took) = match &guest.source {
        Source::Package { name, cargo_toml } => {
            let (module, ready_after) = modules
                .remove(cargo_toml)
                .with_context(|| format!("cargo built no wasm for `{name}`; is it a cdylib?"))?;
            (fs::read(&module)?, ready_after)
        }
        Source::Text(path) => (wat::parse_file(path)?, Some(began.elapsed())),
        Source::Project {
            project,
            c_compiler,
        } => match projects::build(project, *c_compiler)? {
            Outcome::Built { wasm, took } => (wasm, Some(took)),
            Outcome::NotBuilt(reason) => {
                // One of an earlier day would be taken for this one.
                fs::remove_dir_all(guest.built()).ok();
                return Ok(Built {
                    guest,
                    result: BuildResult::NotBuilt(reason),
                });
            }
        },
    };
    let folder = guest.built();
    let is_new = put(&folder.join("plugin.wasm"), &wasm)?;
    if let Some(manifest) = guest.manifest() {
        put(&folder.join("manifest.toml"), &fs::read(&manifest)?)?;
    }
    let is_timed = is_new || matches!(guest.source, Source::Project { .. });
    Ok(Built {
        guest,
        result: BuildResult::Built {
            bytes: wasm.len().try_into()?,
            took: took.filter(|_| is_timed),
        },
    })
}

/// Copy a built plugin to where a server looks for it: the manifest last, so that a server which is
/// watching sees a whole plugin.
fn install(guest: &Guest, plugins: &Path) -> Result<()> {
    for file in ["plugin.wasm", "manifest.toml"] {
        let bytes = fs::read(guest.built().join(file))?;
        put(&plugins.join(&guest.name).join(file), &bytes)?;
    }
    Ok(())
}
