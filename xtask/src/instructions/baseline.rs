//! The counts that are committed, and how today's differ from them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::workspace;

/// The growth of a call, in per cent, from which on somebody has to say why. A fall beyond it asks
/// for a new baseline, or the next growth would hide in it.
pub(crate) const GROWTH_PER_CENT: f64 = 3.0;

/// Instructions of each call, and what they depend on beside this workspace.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    /// The tools that made and counted the code, by name.
    pub(crate) tools: BTreeMap<String, String>,
    /// Instructions a call.
    pub(crate) calls: BTreeMap<String, u64>,
}

impl Baseline {
    pub(crate) fn path() -> PathBuf {
        workspace::root().join("benchmark/instructions/baseline.json")
    }

    /// The committed counts; none where there is no file yet.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is not a baseline; `cargo xtask instructions --update` writes it anew",
                workspace::shown(path)
            )
        })
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Each call that either knows, in the order of names.
    pub(crate) fn changes_since(&self, committed: &Self) -> Vec<Change> {
        let names: std::collections::BTreeSet<&String> =
            self.calls.keys().chain(committed.calls.keys()).collect();
        names
            .into_iter()
            .map(|call| Change {
                call: call.clone(),
                found: self.calls.get(call).copied(),
                committed: committed.calls.get(call).copied(),
            })
            .collect()
    }

    /// The tools that have counted the baseline in another version, with both versions; empty where
    /// the same have counted both.
    pub(crate) fn other_tools(&self, committed: &Self) -> Vec<String> {
        self.tools
            .iter()
            .filter_map(|(name, here)| {
                let there = committed.tools.get(name)?;
                (there != here).then(|| format!("{name} {there} then, {here} here"))
            })
            .collect()
    }
}

/// The change of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) call: String,
    /// None where it is not counted any more.
    pub(crate) found: Option<u64>,
    /// None where it is new.
    pub(crate) committed: Option<u64>,
}

impl Change {
    /// By how much it grew, where both counts are known.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a call has fewer instructions than an f64 has digits"
    )]
    pub(crate) fn per_cent(&self) -> Option<f64> {
        let (found, committed) = (self.found? as f64, self.committed? as f64);
        Some((found - committed) * 100.0 / committed)
    }

    /// Describes a call that grew too much.
    pub(crate) fn growth(&self) -> Option<String> {
        let growth = self.per_cent()?;
        (growth > GROWTH_PER_CENT).then(|| format!("`{}` grew by {growth:.1} %", self.call))
    }

    /// Returns whether the baseline should be updated, though nothing grew.
    pub(crate) fn is_stale(&self) -> bool {
        self.per_cent()
            .is_none_or(|change| change < -GROWTH_PER_CENT)
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Change};

    fn change(found: impl Into<Option<u64>>, committed: impl Into<Option<u64>>) -> Change {
        Change {
            call: "on-login".into(),
            found: found.into(),
            committed: committed.into(),
        }
    }

    #[test]
    fn a_call_may_grow_a_little_and_is_told_of_beyond_that() {
        assert_eq!(change(1_030, 1_000).growth(), None);
        assert_eq!(
            change(1_031, 1_000).growth().unwrap(),
            "`on-login` grew by 3.1 %"
        );
        assert_eq!(change(500, 1_000).growth(), None);
    }

    #[test]
    fn a_baseline_is_stale_when_a_call_is_new_gone_or_much_cheaper() {
        assert!(change(None, 1_000).is_stale());
        assert!(change(1_000, None).is_stale());
        assert!(change(969, 1_000).is_stale());
        assert!(!change(971, 1_000).is_stale());
        assert!(!change(1_000, 1_000).is_stale());
    }

    #[test]
    fn calls_of_both_sides_are_compared_by_name() {
        let counts = |calls: &[(&str, u64)]| Baseline {
            calls: calls.iter().map(|&(name, n)| (name.into(), n)).collect(),
            ..Baseline::default()
        };
        let changes = counts(&[("a", 1), ("b", 2)]).changes_since(&counts(&[("b", 3), ("c", 4)]));
        let found: Vec<_> = changes.iter().map(|c| (c.found, c.committed)).collect();
        assert_eq!(
            found,
            [(Some(1), None), (Some(2), Some(3)), (None, Some(4))]
        );
    }

    #[test]
    fn other_tools_are_named_with_both_versions() {
        let with = |version: &str| Baseline {
            tools: [("valgrind".to_owned(), version.to_owned())].into(),
            ..Baseline::default()
        };
        assert_eq!(
            with("3.19").other_tools(&with("3.19")),
            Vec::<String>::new()
        );
        assert_eq!(
            with("3.25").other_tools(&with("3.19")),
            ["valgrind 3.19 then, 3.25 here"]
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        assert_eq!(Baseline::read(&path).unwrap(), Baseline::default());
        let baseline = Baseline {
            tools: [("rustc".to_owned(), "1.95.0".to_owned())].into(),
            calls: [("on-login".to_owned(), 1_234)].into(),
        };
        baseline.write(&path).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), baseline);
        std::fs::write(&path, "{\"calls\": 3}").unwrap();
        let error = Baseline::read(&path).unwrap_err().to_string();
        assert!(error.contains("--update"), "{error}");
    }
}
