//! `raisfast plugin profile`: shows which functions a plugin's time goes to.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use raisfast_cases::{Outcome, Replay, Replayed, run_profiled};
use raisfast_profile::{
    MOST_SAMPLES, OwnTime, Profile as Measured, Profiler, firefox, flame_graph,
};

use super::{
    replay,
    test::{self, Tests},
};
use crate::cli::table;

/// Functions in the table.
const SHOWN: usize = 10;
/// Letters of a function's name in the table.
const NAME: usize = 36;
/// Letters of a place in the table.
const PLACE: usize = 22;
/// Samples below which shares say little.
const FEW: usize = 200;

pub(super) const HELP: &str = "\
Runs what `raisfast plugin test` runs, or recorded calls, again and again, and samples the plugin's stack meanwhile. \
It prints the functions that took the most time themselves, and the host functions, and writes two files: \
NAME.flame.svg, a flame graph for any browser, and NAME.firefox.json for https://profiler.firefox.com. Files of these \
names are overwritten.

To profile the calls of a running server, record some there. Their host calls then have the times that they took on the \
server; the functions of the plugin have those that they take here.

Examples:
  raisfast plugin build && raisfast plugin profile
  raisfast plugin profile plugins/seo --repeat 1000 --out seo
  raisfast plugin record com.example.digest --calls 50 --out calls.json
  raisfast plugin profile --recording calls.json";

#[derive(clap::Args)]
pub(in crate::cli) struct Profile {
    /// The plugin's project, with tests/*.toml
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The folder with the built plugin [default: `dist` in the project, or a script's own folder]
    #[arg(long, value_name = "DIR")]
    built: Option<PathBuf>,
    /// Recorded calls, in place of the project's tests
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Times that all calls are made
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// The beginning of the files' names
    #[arg(long, value_name = "NAME", default_value = "profile")]
    out: PathBuf,
}

impl Profile {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let tests = match &self.recording {
            None => test::read(&self.project.join("tests"))?,
            Some(file) => Tests {
                cases: Vec::new(),
                recordings: vec![(file.display().to_string(), replay::read(file)?)],
            },
        };
        let built = test::built(&self.project, self.built)?;
        let profiler = Profiler::start();
        let otherwise = made(&tests, &built, self.repeat, &profiler).await?;
        let profile = profiler.finish();
        if profile.calls() == 0 {
            bail!("no call was made; `raisfast plugin test` or `raisfast plugin replay` says why");
        }
        // Before anything is printed: a folder that cannot be written to is the first to be known.
        let [graph, document] = ["flame.svg", "firefox.json"].map(|kind| named(&self.out, kind));
        write(&graph, flame_graph(&profile).as_bytes())?;
        write(&document, &firefox(&profile, "raisfast plugin"))?;
        print(&profile);
        if otherwise > 0 {
            say!();
            table::print_text(&format!(
                "{otherwise} of the calls' outcomes are not as expected; their time is in the profile too. See `raisfast plugin test`"
            ));
        }
        say!();
        table::print_fields(&[
            (
                "flame graph",
                format!("{}, for any browser", graph.display()),
            ),
            (
                "all samples",
                format!(
                    "{}, to be loaded at https://profiler.firefox.com",
                    document.display()
                ),
            ),
        ]);
        Ok(())
    }
}

/// Makes all calls, again and again, as long as there is room for samples; returns the number of
/// cases and recorded calls that did not end as they should.
async fn made(
    tests: &Tests,
    built: &Path,
    repeat: u32,
    profiler: &Arc<Profiler>,
) -> anyhow::Result<usize> {
    let mut replays = Vec::new();
    for (_, recording) in &tests.recordings {
        let replay = Replay::of_folder(recording, built, BTreeMap::new()).await?;
        replays.push((replay.profiled(profiler)?, &recording.calls));
    }
    let mut otherwise = 0;
    for _ in 0..repeat {
        for case in &tests.cases {
            let outcome = run_profiled(case, built, profiler).await?;
            otherwise += usize::from(matches!(outcome, Outcome::Failed { .. }));
        }
        for (replay, calls) in &replays {
            for call in *calls {
                let replayed = replay.call(call).await;
                otherwise += usize::from(!matches!(replayed, Replayed::Equal { .. }));
            }
        }
        if profiler.is_full() {
            break;
        }
    }
    Ok(otherwise)
}

fn print(profile: &Measured) {
    let guest = profile.guest_time();
    let host_calls = profile.host_calls();
    let host: Duration = host_calls.iter().map(|(_, calls)| calls.time).sum();
    table::print_text(&format!(
        "{} calls: {guest:.1?} in the plugin ({} samples), {host:.1?} in the host",
        profile.calls(),
        profile.guest_samples(),
    ));
    if profile.is_full() {
        table::print_text(&format!(
            "ended after {MOST_SAMPLES} samples and host calls, the most that are kept"
        ));
    } else if profile.guest_samples() < FEW {
        table::print_text("few samples, so the shares are rough: take more with --repeat");
    }
    let own_times = profile.own_times(SHOWN);
    if !own_times.is_empty() {
        say!();
        let rows = own_times.iter().map(|time| own_row(time, guest));
        let rows: Vec<_> = rows.collect();
        table::print(["own time", "share", "function", "place"], &rows);
    }
    if !host_calls.is_empty() {
        say!();
        let rows = host_calls.iter().map(|(name, calls)| {
            [
                format!("{:.1?}", calls.time),
                calls.number.to_string(),
                (*name).to_owned(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        table::print(["time", "calls", "host function"], &rows);
    }
}

fn own_row(time: &OwnTime<'_>, guest: Duration) -> [String; 4] {
    let share = time.own.as_secs_f64() / guest.as_secs_f64().max(f64::MIN_POSITIVE);
    let place = time.place.map(|(file, line)| format!("{file}:{line}"));
    [
        format!("{:.1?}", time.own),
        format!("{:.1} %", share * 100.0),
        beginning(time.name, NAME),
        end(&place.unwrap_or_default(), PLACE),
    ]
}

/// Returns as much of the beginning of a text as there is room for.
fn beginning(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}

/// Returns as much of the end of a text as there is room for.
fn end(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().skip(length - most + 1).collect();
    format!("…{kept}")
}

fn named(out: &Path, kind: &str) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".");
    name.push(kind);
    name.into()
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::write(path, content).with_context(|| {
        format!(
            "{} cannot be written; name another place with --out",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{beginning, end};

    #[test]
    fn names_keep_their_beginnings_and_places_their_ends() {
        for (text, most, first, last) in [
            ("", 3, "", ""),
            ("abc", 3, "abc", "abc"),
            ("abcd", 3, "ab…", "…cd"),
            ("äöüß", 3, "äö…", "…üß"),
        ] {
            assert_eq!(beginning(text, most), first);
            assert_eq!(end(text, most), last);
        }
    }
}
