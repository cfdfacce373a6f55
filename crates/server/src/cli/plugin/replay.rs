//! `raisfast plugin replay`: makes recorded calls again, without a server.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use raisfast_cases::{Recording, Replay as Stage, Replayed, parse_recording};

use super::{test, verdict};

pub(super) const HELP: &str = "\
Each recorded call is made in a fresh instance of the sandbox, without a server and without a network: the recording \
answers all host calls, WASI's clocks and random numbers. Then the output, the host calls and the error are compared \
with the recorded ones. In `tests/` of a plugin's project, a recording is a case of `raisfast plugin test`.

Examples:
  raisfast plugin replay com.example.digest.recording.json
  raisfast plugin replay failed.json --wasm target/new.wasm
  raisfast plugin replay failed.json --config api_key=test

Exit codes: 0 all calls are the same, 1 some differ or cannot be made.";

#[derive(clap::Args)]
pub(in crate::cli) struct Replay {
    /// The recording, as `raisfast plugin record` writes it
    file: PathBuf,
    /// The plugin's code [default: that of the built plugin]
    #[arg(long, value_name = "FILE", conflicts_with = "built")]
    wasm: Option<PathBuf>,
    /// The folder with the built plugin [default: `dist`, or this folder if it is a script's]
    #[arg(long, value_name = "DIR")]
    built: Option<PathBuf>,
    /// A setting of the plugin that is masked in the recording; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    config: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write it like api_key=something")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Replay {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let recording = read(&self.file)?;
        let settings = BTreeMap::from_iter(self.config);
        let stage = if let Some(wasm) = &self.wasm {
            Stage::of_file(&recording, wasm, settings).await?
        } else {
            let built = self
                .built
                .unwrap_or_else(|| test::usual_built(Path::new(".")));
            if !built.join("manifest.toml").is_file() {
                bail!(
                    "{} has no manifest.toml: build the plugin first with `raisfast plugin build`, \
                     or name its folder with --built or its code with --wasm",
                    built.display()
                );
            }
            Stage::of_folder(&recording, &built, settings).await?
        };
        let (mut different, mut impossible) = (0, 0);
        for (call, number) in recording.calls.iter().zip(1..) {
            let replayed = stage.call(call).await;
            verdict::print_replayed(&format!("call {number}: {}", call.hook), &replayed);
            match replayed {
                Replayed::Equal { .. } => {}
                Replayed::Different { .. } => different += 1,
                Replayed::Impossible(_) => impossible += 1,
            }
        }
        let calls = recording.calls.len();
        match (different, impossible) {
            (0, 0) => say!("\n{calls} of {calls} calls are the same"),
            (0, _) => bail!("{impossible} of {calls} calls cannot be replayed"),
            (_, 0) => bail!("{different} of {calls} calls differ"),
            _ => bail!("{different} of {calls} calls differ, and {impossible} cannot be replayed"),
        }
        Ok(())
    }
}

/// Reads a recording of this plugin's or another's calls.
pub(super) fn read(file: &Path) -> anyhow::Result<Recording> {
    let shown = file.display();
    let json = fs::read_to_string(file).with_context(|| format!("{shown} cannot be read"))?;
    let recording = parse_recording(&json).map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
    if recording.calls.is_empty() {
        bail!("{shown} has no calls; record some with `raisfast plugin record`");
    }
    Ok(recording)
}
