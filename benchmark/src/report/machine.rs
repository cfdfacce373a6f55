//! The machine of a run.

use std::{fs, process::Command, thread};

use serde::{Deserialize, Serialize};

/// The properties of a machine that the figures depend on beside the code. It names no machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that the process may use.
    pub cores: usize,
    /// The processor's model, as the system calls it.
    pub processor: String,
    /// The operating system and architecture, such as `linux x86_64`.
    pub system: String,
    /// The compiler, such as `rustc 1.95.0`.
    pub rustc: String,
    /// The engine under the plugins, such as `wasmtime 48.0.8`.
    pub wasmtime: String,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        Self {
            cores: thread::available_parallelism().map_or(1, Into::into),
            processor: processor().unwrap_or_else(|| "unknown".into()),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            rustc: rustc().unwrap_or_else(|| "rustc, unknown version".into()),
            wasmtime: format!("wasmtime {}", locked("wasmtime")),
        }
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let (_, model) = text
        .lines()
        .find(|line| line.starts_with("model name"))?
        .split_once(": ")?;
    Some(model.to_owned())
}

/// Without the commit and the date that follow the version.
fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    let words: Vec<&str> = version.split(' ').take(2).collect();
    (words.len() == 2).then(|| words.join(" "))
}

/// The newest version of a package in the workspace's lock file: wasmtime does not tell its own,
/// and a peer brings an older one.
fn locked(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"\nversion = \"");
    include_str!("../../../Cargo.lock")
        .split(&name)
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(version, _)| version)
        .max_by_key(|version| {
            version
                .split('.')
                .map(|number| number.parse().unwrap_or(0))
                .collect::<Vec<u64>>()
        })
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn the_newest_locked_version_is_found_and_a_package_that_is_not_there_is_not() {
        assert!(locked("wasmtime").split('.').count() == 3);
        assert_eq!(locked("no-such-package"), "unknown");
    }
}
