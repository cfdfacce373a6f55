//! The facts of a program that packages state.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use regex::bytes::Regex;

use crate::process;

/// A built program.
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) version: String,
    pub(super) machine: Machine,
    /// The oldest glibc that has all that it calls.
    pub(super) glibc: String,
}

/// The processors that there are packages for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    /// As Rust and Linux write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// As Debian writes it.
    pub(super) const fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    /// Reads it from the head of an ELF file.
    fn of(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.starts_with(b"\x7fELF"), "not a Linux program");
        match bytes.get(18..20) {
            Some([62, 0]) => Ok(Self::X86_64),
            Some([183, 0]) => Ok(Self::Aarch64),
            _ => bail!("built for a processor that there are no packages for"),
        }
    }
}

impl Program {
    /// Reads a program and asks it for its version.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = fs::read(path)
            .with_context(|| format!("{shown} cannot be read; build it, or name another one"))?;
        let machine = Machine::of(&bytes).with_context(|| format!("{shown} cannot be packaged"))?;
        let glibc = newest_glibc(&bytes)
            .with_context(|| format!("{shown} is not linked with glibc, which packages rely on"))?;
        let printed = process::output(Command::new(path).arg("--version"))
            .with_context(|| format!("`{shown} --version` fails"))?;
        let mut words = printed.split(' ');
        let (Some("raisfast"), Some(version)) = (words.next(), words.next()) else {
            bail!("{shown} is not raisfast: its version is `{printed}`");
        };
        Ok(Self {
            path: path.to_owned(),
            version: version.to_owned(),
            bytes,
            machine,
            glibc,
        })
    }
}

/// Returns the newest version among the symbols that a program wants from glibc: `2.34`.
fn newest_glibc(bytes: &[u8]) -> Option<String> {
    let symbol = Regex::new(r"GLIBC_2\.(\d{1,4})").expect("a pattern");
    let minors = symbol.captures_iter(bytes).filter_map(|found| {
        let digits = std::str::from_utf8(&found[1]).ok()?;
        digits.parse::<u32>().ok()
    });
    minors.max().map(|minor| format!("2.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::{Machine, newest_glibc};

    #[test]
    fn the_newest_glibc_counts() {
        let symbols = b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_PRIVATE\0GLIBC_2.2.5\0";
        assert_eq!(newest_glibc(symbols).as_deref(), Some("2.34"));
        assert_eq!(newest_glibc(b"GLIBC_2."), None);
        assert_eq!(newest_glibc(b"a static program"), None);
    }

    #[test]
    fn only_programs_for_linux_are_packaged() {
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        assert!(Machine::of(&elf).is_err());
        elf.resize(18, 0);
        elf.extend([62, 0]);
        assert_eq!(Machine::of(&elf).unwrap(), Machine::X86_64);
        elf[18] = 183;
        assert_eq!(Machine::of(&elf).unwrap().debian(), "arm64");
        elf[18] = 243;
        assert!(Machine::of(&elf).is_err());
        assert!(Machine::of(b"#!/bin/sh\n").is_err());
    }
}
