//! The values of a plugin's settings, which may change between two calls.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use raisfast_recording::{MASKED, Mask};

/// The values of a plugin's settings at one time.
#[derive(Clone, Default)]
pub struct SettingValues {
    /// All of them, by key, as the plugin reads them.
    pub values: BTreeMap<String, String>,
    /// Those that the operator has set: no recording holds them.
    pub set: BTreeMap<String, String>,
    /// Those of them that are secrets: no log holds them.
    pub secrets: Vec<String>,
}

/// Shows the keys alone.
impl fmt::Debug for SettingValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The present values of a plugin's settings. Clones are the same values: who replaces them changes
/// what the next `get-config` returns, and nothing is loaded again.
#[derive(Clone)]
pub struct LiveSettings(Arc<Shared>);

struct Shared {
    values: ArcSwap<SettingValues>,
    mask: Arc<Mask>,
}

impl LiveSettings {
    /// Holds these values.
    pub fn new(values: SettingValues) -> Self {
        Self(Arc::new(Shared {
            mask: Arc::new(Mask::new(values.set.clone())),
            values: ArcSwap::from_pointee(in_order(values)),
        }))
    }

    /// Puts these values in the place of the present ones.
    pub fn replace(&self, values: SettingValues) {
        self.0.mask.replace(values.set.clone());
        self.0.values.store(Arc::new(in_order(values)));
    }

    /// Returns the present value of a setting.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.0.values.load().values.get(key).cloned()
    }

    /// Returns what keeps the operator's values out of recordings.
    pub(crate) fn mask(&self) -> &Arc<Mask> {
        &self.0.mask
    }

    /// Returns the text without the secrets in it.
    pub fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.0.values.load().secrets {
            if masked.contains(secret.as_str()) {
                masked = Cow::Owned(masked.replace(secret.as_str(), MASKED));
            }
        }
        masked
    }
}

/// Puts the longest secrets first: one may be a part of another.
fn in_order(mut values: SettingValues) -> SettingValues {
    values.secrets.retain(|secret| !secret.is_empty());
    values
        .secrets
        .sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    values
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self::new(SettingValues::default())
    }
}

/// Values of which the operator has set none.
impl From<BTreeMap<String, String>> for LiveSettings {
    fn from(values: BTreeMap<String, String>) -> Self {
        Self::new(SettingValues {
            values,
            ..SettingValues::default()
        })
    }
}

impl fmt::Debug for LiveSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.values.load().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_all_who_hold_the_settings() {
        let settings = LiveSettings::from(BTreeMap::from([("a".to_owned(), "1".to_owned())]));
        let held = settings.clone();
        assert_eq!(held.get("a").as_deref(), Some("1"));
        settings.replace(SettingValues {
            values: BTreeMap::from([("a".to_owned(), "2".to_owned())]),
            ..SettingValues::default()
        });
        assert_eq!(held.get("a").as_deref(), Some("2"));
        assert_eq!(held.get("b"), None);
    }

    #[test]
    fn secrets_are_masked_the_longest_first() {
        let settings = LiveSettings::new(SettingValues {
            secrets: vec![
                "hunter2".to_owned(),
                String::new(),
                "hunter2-long".to_owned(),
            ],
            ..SettingValues::default()
        });
        assert_eq!(settings.masked("a hunter2-long, hunter2"), "a ***, ***");
        assert!(matches!(settings.masked("nothing"), Cow::Borrowed(_)));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
