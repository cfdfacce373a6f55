//! `[plugins.limits]`: how much any manifest may have.

use std::{collections::BTreeMap, str::FromStr};

use raisfast_host_api::Quotas;
use serde::{Deserialize, Deserializer, de::Error};

/// Ceilings by the keys of the manifest's `[limits]`. A key that is not named has none.
///
/// ```
/// let limits: raisfast::LimitCeilings = "db_rows=500,events_per_minute=10".parse()?;
/// assert_eq!(limits.quotas().db_rows, 500);
/// assert!("rows=500".parse::<raisfast::LimitCeilings>().is_err());
/// # Ok::<(), raisfast::InvalidLimits>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitCeilings(BTreeMap<String, u64>);

/// The text is not a list of limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimits {
    /// A part of it is not a limit and its value.
    #[error(
        "`{found}` is not a limit with a whole number; write it like db_rows=500,events_per_minute=10"
    )]
    Entry {
        /// The part.
        found: String,
    },
    /// There is no such limit.
    #[error(transparent)]
    Unknown(#[from] raisfast_host_api::UnknownQuota),
}

impl LimitCeilings {
    /// Returns the most that a plugin may have of each quantity.
    pub fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::UNLIMITED;
        for (key, most) in &self.0 {
            quotas
                .set(key, *most)
                .expect("keys are checked when they are read");
        }
        quotas
    }

    /// Returns whether nothing has a ceiling.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each key with its ceiling, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(key, most)| (key.as_str(), *most))
    }

    /// Returns these, and of the others what these do not name.
    #[must_use]
    pub fn over(mut self, others: Self) -> Self {
        for (key, most) in others.0 {
            self.0.entry(key).or_insert(most);
        }
        self
    }
}

/// From the environment or a flag: `key=number`, separated by commas.
impl FromStr for LimitCeilings {
    type Err = InvalidLimits;

    fn from_str(text: &str) -> Result<Self, InvalidLimits> {
        let mut ceilings = BTreeMap::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let parsed = entry.split_once('=').and_then(|(key, most)| {
                let most: u64 = most.trim().replace('_', "").parse().ok()?;
                Some((key.trim(), most))
            });
            let (key, most) = parsed.ok_or_else(|| InvalidLimits::Entry {
                found: entry.to_owned(),
            })?;
            Quotas::default().set(key, most)?;
            ceilings.insert(key.to_owned(), most);
        }
        Ok(Self(ceilings))
    }
}

impl<'de> Deserialize<'de> for LimitCeilings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ceilings = BTreeMap::<String, u64>::deserialize(deserializer)?;
        for (key, most) in &ceilings {
            Quotas::default()
                .set(key, *most)
                .map_err(D::Error::custom)?;
        }
        Ok(Self(ceilings))
    }
}
