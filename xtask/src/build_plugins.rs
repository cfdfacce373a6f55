//! `build-plugins`: samples and test guests, built to wasm and laid out for deployment.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufReader, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, TargetKind};
use clap::Args;

use crate::{
    guests::{self, Guest, Kind, Source},
    setup,
    table::{Align, Table},
    terminal::{self, Seconds, Size},
    toolchain::Toolchain,
    workspace,
};

/// Build the sample plugins into target/plugins, each as a folder that can be deployed.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask build-plugins                  all samples
  cargo xtask build-plugins seo --install    one sample, copied to where the server looks
  cargo xtask build-plugins --guests         the guests of the tests as well")]
pub(crate) struct BuildPlugins {
    /// The plugins to build; all when there is none.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Copy the samples, and what is named, into this folder [default: `PLUGIN_DIR`, else extensions/plugins].
    #[expect(
        clippy::option_option,
        reason = "not given, given without a folder, given with one"
    )]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub(crate) install: Option<Option<PathBuf>>,
    /// Build the test guests too, into target/guests-out.
    #[arg(long)]
    pub(crate) guests: bool,
}

impl BuildPlugins {
    pub(crate) fn run(self) -> Result<()> {
        let kinds: &[Kind] = if self.guests {
            &[Kind::Sample, Kind::Conformance, Kind::Test]
        } else {
            &[Kind::Sample, Kind::Conformance]
        };
        let guests = build_guests(kinds, &self.names)?;

        let began = Instant::now();
        if let Some(folder) = self.install {
            let folder = folder.unwrap_or_else(workspace::plugin_dir);
            // A conformance plugin changes whatever it is given: that has to be asked for.
            let is_asked_for = |guest: &&Guest| match guest.kind {
                Kind::Sample => true,
                Kind::Conformance => self.names.contains(&guest.name),
                Kind::Test | Kind::Benchmark => false,
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

/// Build the guests of these kinds, or of those the ones with these names, and show them in a table.
pub(crate) fn build_guests(kinds: &[Kind], names: &[String]) -> Result<Vec<Guest>> {
    let began = Instant::now();
    let guests = guests::named(guests::all(kinds)?, names)?;
    let toolchain = setup::toolchain()?;

    let what = match guests.as_slice() {
        [guest] => guest.name.clone(),
        guests => format!("{} guests", guests.len()),
    };
    terminal::heading(format!("Building {what} to wasm"));
    let built = build(&toolchain, &guests)?;
    terminal::table(&table(&built).lines());
    let mut folders: Vec<String> = kinds
        .iter()
        .map(|kind| workspace::shown(&kind.built()))
        .collect();
    folders.dedup();
    terminal::done(
        format!("built into {}", folders.join(" and ")),
        began.elapsed(),
    );
    Ok(guests)
}

/// A guest in its folder.
struct Built<'a> {
    guest: &'a Guest,
    bytes: u64,
    /// How long after the start it was ready; none when it was there already.
    ready_after: Option<Duration>,
}

fn table(built: &[Built]) -> Table<3> {
    let mut table = Table::new([
        ("PLUGIN", Align::Left),
        ("SIZE", Align::Right),
        ("READY AFTER", Align::Right),
    ]);
    for built in built {
        table.row([
            built.guest.name.clone(),
            Size(built.bytes).to_string(),
            built
                .ready_after
                .map_or_else(|| "unchanged".into(), |after| Seconds(after).to_string()),
        ]);
    }
    table
}

/// Build all in one go, so that they share their dependencies and the machine's cores.
fn build<'a>(toolchain: &Toolchain, guests: &'a [Guest]) -> Result<Vec<Built<'a>>> {
    let mut modules = build_packages(toolchain, guests)?;
    guests
        .iter()
        .map(|guest| {
            let began = Instant::now();
            let (wasm, ready_after) = match &guest.source {
                Source::Package { name, cargo_toml } => {
                    let (module, ready_after) = modules.remove(cargo_toml).with_context(|| {
                        format!("cargo built no wasm for `{name}`; is it a cdylib?")
                    })?;
                    (fs::read(&module)?, ready_after)
                }
                Source::Text(path) => (wat::parse_file(path)?, Some(began.elapsed())),
            };
            let folder = guest.built();
            let is_new = put(&folder.join("plugin.wasm"), &wasm)?;
            if let Some(manifest) = guest.manifest() {
                put(&folder.join("manifest.toml"), &fs::read(&manifest)?)?;
            }
            Ok(Built {
                guest,
                bytes: wasm.len().try_into()?,
                ready_after: ready_after.filter(|_| is_new),
            })
        })
        .collect()
}

/// Cargo's part: the module of each package, by the package's `Cargo.toml`.
fn build_packages(
    toolchain: &Toolchain,
    guests: &[Guest],
) -> Result<BTreeMap<PathBuf, (PathBuf, Option<Duration>)>> {
    let began = Instant::now();
    let mut cargo = toolchain.cargo("build");
    cargo.args([
        "--profile",
        "guest",
        "--message-format",
        "json-render-diagnostics",
    ]);
    let mut has_packages = false;
    for guest in guests {
        if let Source::Package { name, .. } = &guest.source {
            cargo.args(["--package", name]);
            has_packages = true;
        }
    }
    let mut modules = BTreeMap::new();
    if !has_packages {
        return Ok(modules);
    }

    let mut cargo = cargo.stdout(Stdio::piped()).spawn()?;
    let stdout = cargo.stdout.take().context("cargo's output is piped")?;
    for message in Message::parse_stream(BufReader::new(stdout)) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        if !artifact.target.kind.contains(&TargetKind::CDyLib) {
            continue;
        }
        let module = artifact
            .filenames
            .into_iter()
            .find(|file| file.extension() == Some("wasm"));
        if let Some(module) = module {
            let ready_after = (!artifact.fresh).then(|| began.elapsed());
            modules.insert(artifact.manifest_path.into(), (module.into(), ready_after));
        }
    }
    let status = cargo.wait()?;
    if !status.success() {
        bail!("the guests do not build ({status}); cargo's messages are above");
    }
    Ok(modules)
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

/// Write a file in one step, and only if its bytes change: a server that is watching reloads for nothing else.
/// Says whether they did.
fn put(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    let write = || -> Result<()> {
        let folder = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        let mut permissions = file.as_file().metadata()?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
        file.as_file().set_permissions(permissions)?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::put;

    #[test]
    fn a_file_is_written_once_and_left_alone_while_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seo/plugin.wasm");
        assert!(put(&path, b"one").unwrap());
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!put(&path, b"one").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        assert!(put(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        let path = folder.path().join("file/plugin.wasm");
        let error = put(&path, b"one").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("file/plugin.wasm cannot be written"),
            "{error}"
        );
    }
}
