//! `raisfast plugin shadow`: tries a new version beside the one that serves.

mod report;

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use anyhow::{Context as _, bail};
use raisfast_contract::{PluginId, Printable};
use raisfast_plugins::Manifest;
use serde_json::Value;
use tokio::signal::ctrl_c;

use super::{
    install::{archive_of, print_installed},
    promote,
};
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
};

pub(super) const HELP: &str = running_server_help!(
    "\
The new version is checked and compiled as `raisfast plugin install` does it, and then gets each call of the version \
that serves, right after it: the same input, and the same answers of the host. Nothing that it asks of the host is \
done, whatever its manifest grants: no write, no request, no event, no migration. What it asks for and the running \
version does not is a difference, and ends that call. Visitors get the running version's answers alone.

Each call that is compared runs in a fresh instance, so what the plugin's instances remember between calls is lost. \
While 64 calls wait, or callers wait for an instance, others are left out, and counted.

The report shows parts of what passes, your users' texts too. Values of settings that the server sets, passwords and \
headers such as Authorization are masked. Ctrl-C ends the run, and the report is printed.

Examples:
  raisfast plugin shadow my-plugin/dist
  raisfast plugin shadow my-plugin/dist --for 30m --calls 500
  raisfast plugin shadow my-plugin/dist --calls 100 --promote-if-same

Exit codes: 0 all calls are the same, 1 some differ, or none was compared."
);

#[derive(clap::Args)]
pub(in crate::cli) struct Shadow {
    /// The built plugin: its folder, with its manifest.toml and its wasm
    folder: PathBuf,
    /// Time after which it ends, at most 30m
    #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = time)]
    time: Duration,
    /// Calls after which it ends, at most 10000
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    calls: u64,
    /// Promote the new version if calls were compared and all are the same
    #[arg(long)]
    promote_if_same: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

/// Reads a time such as `10m` or `90s`.
fn time(text: &str) -> Result<Duration, String> {
    let read = |digits: &str, seconds: u64| {
        let number: u64 = digits.parse().ok()?;
        number.checked_mul(seconds).filter(|seconds| *seconds > 0)
    };
    let seconds = match (text.strip_suffix('m'), text.strip_suffix('s')) {
        (Some(minutes), _) => read(minutes, 60),
        (_, Some(seconds)) => read(seconds, 1),
        (None, None) => None,
    };
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "write it like 10m or 90s".to_owned())
}

impl Shadow {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            folder,
            time,
            calls,
            promote_if_same,
            format,
            server,
        } = self;
        let reading = folder.clone();
        let archive = tokio::task::spawn_blocking(move || archive_of(&reading, "shadow")).await??;
        let plugin = id_of(&folder)?;
        let route = format!("admin/plugins/{plugin}/shadow");
        let path = format!("{route}?calls={calls}&seconds={}", time.as_secs());
        let (report, promoted) = RunningServer::as_admin(server, async |server| {
            let run = run_beside(server, &path, &route, archive);
            let report = server.about(&plugin, run).await?;
            let digest = report["digest"].as_str();
            let promoted = if promote_if_same && report::is_same(&report) {
                let route = promote::route(&plugin, digest);
                Some(server.post(&route).await?)
            } else {
                None
            };
            Ok((report, promoted))
        })
        .await?;
        format.print(&report, || {
            report::print(&report);
            match &promoted {
                Some(answer) => {
                    say!();
                    print_installed(answer);
                }
                None => say!("\npromote: raisfast plugin promote {plugin}"),
            }
        });
        report::verdict(&report)
    }
}

/// Runs a version beside the one that serves, and returns the last report.
async fn run_beside(
    server: &RunningServer,
    path: &str,
    route: &str,
    archive: Vec<u8>,
) -> anyhow::Result<Value> {
    let mut last = None;
    let mut live = LiveLine::default();
    {
        let mut run = pin!(
            server.post_archive_and_follow(path, archive, |name, report| {
                if name == "report" {
                    last = Some(report.clone());
                    return ControlFlow::Break(());
                }
                live.show(&report::in_a_line(report));
                ControlFlow::Continue(())
            })
        );
        tokio::select! {
            done = &mut run => done?,
            _ = ctrl_c() => {
                if server.delete(route).await.is_err() {
                    bail!("given up before the run began; the server has thrown the new version away");
                }
                tokio::select! {
                    done = run => done?,
                    _ = ctrl_c() => bail!("given up; the server has thrown the new version away"),
                }
            }
        }
    }
    live.end();
    last.context(
        "the server has ended the run without a report: it was stopped, or the login has ended",
    )
}

/// Reads the id in a folder's manifest.
fn id_of(folder: &Path) -> anyhow::Result<PluginId> {
    let shown = Printable::new(folder.display()).to_string();
    let text = fs::read_to_string(folder.join("manifest.toml"));
    let text = text.with_context(|| {
        format!("{shown}/manifest.toml cannot be read: name the folder of a built plugin")
    })?;
    let manifest = Manifest::parse("manifest.toml", &text);
    let manifest = manifest.map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
    Ok(manifest.plugin.id)
}

/// A line of a terminal that is written again and again.
#[derive(Default)]
struct LiveLine {
    is_shown: bool,
}

impl LiveLine {
    fn show(&mut self, text: &str) {
        let mut out = io::stderr();
        if out.is_terminal() {
            self.is_shown = true;
            // To the line's begin, and then what is right of it is wiped.
            let _ = write!(out, "\r{}\u{1b}[K", Printable::new(text));
            let _ = out.flush();
        }
    }

    fn end(&self) {
        if self.is_shown {
            say_aside!("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, seconds) in [("10m", 600), ("90s", 90), ("1s", 1)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)));
        }
        for text in [
            "",
            "m",
            "10",
            "0s",
            "-1m",
            "1h",
            "99999999999999999999m",
            "1.5m",
        ] {
            assert!(time(text).unwrap_err().contains("10m"), "{text}");
        }
    }
}
