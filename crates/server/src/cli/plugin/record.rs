//! `raisfast plugin record`: records calls on the running server, or fetches those that failed.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use raisfast_contract::PluginId;
use serde_json::Value;

use crate::cli::{
    running_server::{RunningServer, ServerFlags},
    table,
};

/// Characters of an error that are shown.
const SHOWN: usize = 40;

pub(super) const HELP: &str = running_server_help!(
    "\
Writes calls with their input, what the host answered, and their outcome, into a file that only you may read. \
`raisfast plugin replay` makes them again, on any machine. Values of settings that the server sets, passwords and \
headers such as Authorization are masked; everything else that passes is in the file, your users' texts too.

Each recorded call runs in a fresh instance, so what the plugin's instances remember between calls is lost.

Examples:
  raisfast plugin record com.example.digest
  raisfast plugin record com.example.digest --calls 50 --seconds 600
  raisfast plugin record com.example.digest --failed"
);

#[derive(clap::Args)]
pub(in crate::cli) struct Record {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Calls to record, from now on
    #[arg(long, value_name = "N", default_value_t = 10)]
    calls: u32,
    /// Time after which it ends with the calls that there are
    #[arg(long, value_name = "S", default_value_t = 60)]
    seconds: u32,
    /// In place of calls to come, the last ones that failed, as far as the server keeps them
    #[arg(long, conflicts_with_all = ["calls", "seconds"])]
    failed: bool,
    /// File to write [default: the plugin's id and `.recording.json`]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerFlags,
}

impl Record {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let plugin = self.plugin;
        let path = self.out;
        let path = path.unwrap_or_else(|| format!("{plugin}.recording.json").into());
        // Before the calls, so that none is recorded in vain.
        let mut file = new_file(&path)?;
        let (route, query) = if self.failed {
            ("failures", Vec::new())
        } else {
            say_aside!("recording, for at most {} s; Ctrl-C gives up", self.seconds);
            let calls = ("calls", self.calls.to_string());
            (
                "recording",
                vec![calls, ("seconds", self.seconds.to_string())],
            )
        };
        let route = format!("admin/plugins/{plugin}/{route}");
        let recorded =
            RunningServer::as_admin(self.server, async |server| server.get(&route, &query).await);
        let written = match recorded.await {
            Ok(recording) => written(&recording, &mut file, self.failed),
            Err(error) => Err(error),
        };
        match written {
            Ok(calls) => say!(
                "\n{calls} of {plugin} in {path}\nreplay: raisfast plugin replay {path}",
                path = path.display()
            ),
            Err(error) => {
                // Nobody can use it; that it could not be removed changes nothing.
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Makes the file, which holds what users have written, for this user alone.
fn new_file(path: &Path) -> anyhow::Result<File> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    made.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow::anyhow!(
            "{} is there already: remove it, or name another file with --out",
            path.display()
        ),
        _ => anyhow::anyhow!("{} cannot be written: {error}", path.display()),
    })
}

/// Writes a recording and shows its calls; returns their number, in words.
fn written(recording: &Value, file: &mut File, failed: bool) -> anyhow::Result<String> {
    let calls = recording["calls"].as_array().map_or(&[][..], Vec::as_slice);
    if calls.is_empty() {
        if failed {
            bail!("the server has no failed call of this plugin");
        }
        bail!("no call came in time; use the site meanwhile, or wait longer with --seconds");
    }
    let text = serde_json::to_string_pretty(recording)?;
    file.write_all(text.as_bytes())
        .context("the recording cannot be written")?;
    let rows: Vec<_> = calls.iter().zip(1..).map(row).collect();
    table::print(["call", "hook", "host calls", "outcome"], &rows);
    let without = calls.iter().filter(|call| !call["not_whole"].is_null());
    let without = without.count();
    if without > 0 {
        say!();
        say!("{without} cannot be replayed: `[recording] contents = true` in the server's");
        say!("raisfast.toml keeps what calls are given, and `max_kb` how much of it");
    }
    Ok(match calls.len() {
        1 => "1 call".to_owned(),
        calls => format!("{calls} calls"),
    })
}

fn row((call, number): (&Value, usize)) -> [String; 4] {
    let host_calls = call["call"]["host_calls"].as_array().map_or(0, Vec::len);
    let outcome = match call["outcome"]["error"].as_str() {
        Some(error) if error.chars().count() > SHOWN => {
            format!("{}…", error.chars().take(SHOWN).collect::<String>())
        }
        Some(error) => error.to_owned(),
        None => "ok".to_owned(),
    };
    let hook = call["hook"].as_str().unwrap_or_default();
    [
        number.to_string(),
        hook.to_owned(),
        host_calls.to_string(),
        outcome,
    ]
}
