//! `[plugins.breaker]`: when a plugin that fails is paused, and for how long.

use std::{str::FromStr, time::Duration};

use raisfast_health::BreakerSettings;
use serde::Deserialize;

/// What the file or the flags say; what they leave out is absent.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Breaker {
    pub(crate) failures: Option<u32>,
    pub(crate) pause_ms: Option<PauseLength>,
    pub(crate) max_pause_ms: Option<PauseLength>,
}

impl Breaker {
    /// These settings, and `others` where they say nothing.
    pub(super) fn over(self, others: Self) -> Self {
        Self {
            failures: self.failures.or(others.failures),
            pause_ms: self.pause_ms.or(others.pause_ms),
            max_pause_ms: self.max_pause_ms.or(others.max_pause_ms),
        }
    }

    /// With the defaults for what is left out. The longest pause is no shorter than the first.
    pub(super) fn settings(self) -> BreakerSettings {
        let defaults = BreakerSettings::default();
        let length = |set: Option<PauseLength>, default| set.map_or(default, |length| length.0);
        let pause = length(self.pause_ms, defaults.pause);
        BreakerSettings {
            failures: self.failures.unwrap_or(defaults.failures),
            pause,
            max_pause: length(self.max_pause_ms, defaults.max_pause).max(pause),
        }
    }
}

/// How long a plugin is not called: 1 ms to 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct PauseLength(Duration);

/// The longest, in milliseconds.
const MOST_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// The number is no length of a pause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pause lasts 1 to {MOST_MS} milliseconds (30 days), not {0}")]
pub(crate) struct InvalidPause(String);

impl TryFrom<i64> for PauseLength {
    type Error = InvalidPause;

    fn try_from(ms: i64) -> Result<Self, InvalidPause> {
        u64::try_from(ms)
            .ok()
            .filter(|ms| (1..=MOST_MS).contains(ms))
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| InvalidPause(ms.to_string()))
    }
}

impl FromStr for PauseLength {
    type Err = InvalidPause;

    fn from_str(text: &str) -> Result<Self, InvalidPause> {
        let ms: i64 = text.parse().map_err(|_| InvalidPause(text.to_owned()))?;
        Self::try_from(ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_setting_by_setting() {
        let file: Breaker = toml::from_str("failures = 3\npause_ms = 1000").unwrap();
        let flags = Breaker {
            failures: Some(0),
            ..Breaker::default()
        };
        let settings = flags.over(file).settings();
        assert_eq!((settings.failures, settings.pause.as_millis()), (0, 1_000));
        assert_eq!(settings.max_pause, Duration::from_hours(1));
    }

    #[test]
    fn the_longest_pause_is_at_least_the_first() {
        let file: Breaker = toml::from_str("pause_ms = 7_200_000").unwrap();
        assert_eq!(file.settings().max_pause, Duration::from_hours(2));
    }

    #[test]
    fn a_pause_has_a_length_that_makes_sense() {
        for bad in ["0", "-1", "2592000001", "1s", ""] {
            let error = bad.parse::<PauseLength>().unwrap_err().to_string();
            assert!(error.contains("1 to 2592000000"), "{error}");
        }
        for bad in ["pause_ms = 0", "failures = -1", "pause = 1"] {
            assert!(toml::from_str::<Breaker>(bad).is_err(), "{bad}");
        }
    }
}
