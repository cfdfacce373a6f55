//! Run the calls under callgrind and read what it has counted.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

use crate::{instructions::baseline::Baseline, process, setup, workspace};

/// The package of the calls, and its binary's name.
const PACKAGE: &str = "raisfast-benchmark-instructions";

/// The cargo profile of the measurement, so that the compilers of guests need not be optimised like
/// the rest of a release.
const PROFILE: &str = "instructions";

/// The function whose instructions are counted, as callgrind sees it.
const COUNTED: &str = "raisfast_benchmark_instructions::batch";

/// Variables that would differ from run to run or from machine to machine. Valgrind itself shows
/// every program the same processor (so cranelift makes the same code, and glibc chooses the same
/// `memcpy`), lays memory out alike, and counts only the thread that is in [`COUNTED`].
const ENVIRONMENT: [(&str, &str); 2] = [
    // `rep movsb` would be counted once a byte.
    ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM"),
    // Guests are compiled by one thread, so that their code lies in the same order.
    ("RAYON_NUM_THREADS", "1"),
];

/// Builds the calls and counts the instructions of each, with the guests in this folder.
pub(crate) fn count(guests: &Path) -> Result<Baseline> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--profile", PROFILE, "--package", PACKAGE]);
    process::run("Building the calls", &mut cargo)?;

    let folder = tempfile::tempdir()?;
    let batches = folder.path().join("batches");
    let mut valgrind = Command::new("valgrind");
    // The environment lies on the stack, and its length moves what lies below.
    valgrind
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(ENVIRONMENT)
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!(
            "--callgrind-out-file={}",
            folder.path().join("counts").display()
        ))
        .arg(binary()?)
        .arg(guests)
        .arg(&batches);
    process::run_quietly("Counting instructions", &mut valgrind)?;

    let batches = fs::read_to_string(batches)?;
    let batches = batches
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let dump = folder.path().join(format!("counts.{}", index + 1));
            let dump = fs::read_to_string(&dump)
                .with_context(|| format!("callgrind has not counted batch {}", index + 1))?;
            let (size, call) = line
                .split_once(' ')
                .context("a batch has a size and a name")?;
            Ok((call.to_owned(), size.parse()?, total(&dump)?))
        })
        .collect::<Result<Vec<_>>>()?;
    ensure!(!batches.is_empty(), "the calls made no batch");
    Ok(Baseline {
        tools: tools(),
        calls: a_call(&batches)?,
    })
}

fn binary() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .exec()
        .context("the workspace's target folder is not known")?;
    Ok(metadata.target_directory.join(PROFILE).join(PACKAGE).into())
}

/// The instructions of one dump.
fn total(dump: &str) -> Result<u64> {
    let total = dump
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .context("callgrind's dump has no total")?;
    Ok(total.trim().parse()?)
}

/// From the batches, as name, size and instructions, the instructions of one call: the smallest
/// batch of the larger size less the smallest of the smaller one, so that nothing but calls is left
/// and none of them was interrupted.
fn a_call(batches: &[(String, u64, u64)]) -> Result<BTreeMap<String, u64>> {
    let mut smallest: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
    for (call, size, instructions) in batches {
        let least = smallest
            .entry(call)
            .or_default()
            .entry(*size)
            .or_insert(*instructions);
        *least = (*least).min(*instructions);
    }
    smallest
        .into_iter()
        .map(|(call, sizes)| {
            let (Some((few, fewer)), Some((many, more))) =
                (sizes.first_key_value(), sizes.last_key_value())
            else {
                bail!("`{call}` has no batch");
            };
            ensure!(
                many > few && more > fewer,
                "`{call}` has no two batches of different sizes"
            );
            Ok((call.to_owned(), (more - fewer) / (many - few)))
        })
        .collect()
}

/// Returns the tools that the counts depend on, beside the workspace.
fn tools() -> BTreeMap<String, String> {
    let version = |program: &str, argument: &str| {
        let output = process::output(Command::new(program).arg(argument))?;
        let first = output.lines().next()?.trim();
        Some(first.to_owned())
    };
    [
        ("valgrind", version("valgrind", "--version")),
        ("rustc", version("rustc", "--version")),
        ("libc", version("ldd", "--version")),
        ("rustc of guests", guest_compiler()),
    ]
    .into_iter()
    .filter_map(|(name, version)| Some((name.to_owned(), version?)))
    .collect()
}

/// Guests may be built by another compiler than the rest.
fn guest_compiler() -> Option<String> {
    let other = setup::toolchain().ok()?.other_compiler();
    other.or_else(|| process::output(Command::new("rustc").arg("--version")))
}

#[cfg(test)]
mod tests {
    use super::{a_call, total};

    #[test]
    fn a_call_is_the_difference_of_the_quietest_batches() {
        let batch = |call: &str, size, instructions| (call.to_owned(), size, instructions);
        let batches = [
            batch("on-login", 1, 150),
            batch("on-login", 11, 1_150),
            // Interrupted.
            batch("on-login", 1, 900),
            batch("on-login", 11, 9_999),
            batch("filter-html", 1, 60),
            batch("filter-html", 11, 80),
        ];
        let calls = a_call(&batches).unwrap();
        assert_eq!(calls["on-login"], 100);
        assert_eq!(calls["filter-html"], 2);
    }

    #[test]
    fn one_size_alone_counts_nothing() {
        let error = a_call(&[("on-login".to_owned(), 1, 150)]).unwrap_err();
        assert!(error.to_string().contains("on-login"), "{error}");
    }

    #[test]
    fn a_dump_without_a_total_is_refused() {
        assert_eq!(
            total("events: Ir\nsummary: 0\ntotals: 1234\n").unwrap(),
            1_234
        );
        assert!(total("events: Ir\n").is_err());
    }
}
