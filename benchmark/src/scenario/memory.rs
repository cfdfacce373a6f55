//! The memory of a process, as the kernel counts it.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Resident memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resident {
    /// Every page that the process has, shared ones too.
    pub(crate) all: f64,
    /// The same with each shared page divided by those who share it.
    pub(crate) proportional: f64,
}

impl Resident {
    /// Of a running process.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let path = Path::new("/proc")
            .join(process.to_string())
            .join("smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read; memory is measured on Linux",
                path.display()
            )
        })?;
        Self::parse(&text).with_context(|| format!("{} has no Rss and Pss", path.display()))
    }

    fn parse(rollup: &str) -> Option<Self> {
        let bytes = |key: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(key))?;
            let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kilobytes * 1024.0)
        };
        Some(Self {
            all: bytes("Rss:")?,
            proportional: bytes("Pss:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_of_the_kernel_are_bytes_here() {
        let rollup = "5583-7ffc ---p 00000000 00:00 0    [rollup]\n\
                      Rss:                1804 kB\n\
                      Pss:                 226 kB\n\
                      Pss_Dirty:            92 kB\n";
        let found = Resident::parse(rollup).unwrap();
        assert_eq!((found.all, found.proportional), (1_847_296.0, 231_424.0));
        assert_eq!(Resident::parse("Rss: 4 kB"), None);
    }

    #[test]
    fn memory_that_is_touched_is_resident() {
        let before = Resident::of(std::process::id()).unwrap();
        let touched = vec![1_u8; 64 << 20];
        let after = Resident::of(std::process::id()).unwrap();
        assert!(after.all - before.all > 48e6, "{before:?} {after:?}");
        assert!(touched.iter().all(|&byte| byte == 1));
    }
}
