//! The last half of an error's sentence: which route, command, variable or setting of this server
//! helps.
//!
//! The crates below say what went wrong, and know none of these names: another host has others.
//! Each error that the server shows is matched here variant by variant, so that a new one does not
//! compile before somebody has decided what its reader can do.

use std::{borrow::Cow, fmt::Display};

use raisfast_db::DbError;
use raisfast_outbox::{Bound, OutboxError, OutboxFull};
use raisfast_plugins::{AdminError, FireError, StartError as PluginsError};

/// A way out of what an error reports, in this server's words.
pub(crate) trait Advice: Display {
    /// Returns what its reader can do, where the error itself does not say it all.
    fn advice(&self) -> Option<Cow<'static, str>>;

    /// Returns the error and the advice as one sentence.
    fn with_advice(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{self}; {advice}"),
            None => self.to_string(),
        }
    }
}

const LIST_PLUGINS: Cow<str> = Cow::Borrowed("`GET /api/v1/admin/plugins` lists those that are");

/// Returns the way out of a problem that a log record names in its field `problem`.
pub(crate) fn of_problem(problem: &str) -> Option<&'static str> {
    match problem {
        "dead-letter" => Some("`raisfast outbox retry <delivery>` tries it again"),
        "outbox-nearly-full" => Some("see `raisfast outbox list --plugin <plugin>`"),
        _ => None,
    }
}

impl Advice for DbError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        self.is_about_the_url()
            .then(|| "check --database-url or DATABASE_URL".into())
    }
}

impl Advice for OutboxFull {
    fn advice(&self) -> Option<Cow<'static, str>> {
        let plugin = &self.plugin;
        let setting = match self.most {
            Bound::Deliveries(_) => "max_waiting",
            Bound::Bytes(_) => "max_waiting_mb",
        };
        Some(
            format!(
                "an admin can see why with `raisfast outbox list --plugin {plugin}`, then retry or \
                 discard them, disable the plugin, or raise [outbox] {setting}"
            )
            .into(),
        )
    }
}

impl Advice for OutboxError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Full(full) => full.advice(),
            Self::Database(error) => error.advice(),
            Self::NotFound(_) | Self::Cursor(_) | Self::Unwritable(_) => None,
        }
    }
}

impl Advice for PluginsError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Folder { .. } => {
                Some("name another with --plugin-dir, PLUGIN_DIR or [plugins] dir".into())
            }
            Self::Switches(_) | Self::Identities(_) | Self::Breakers(_) => None,
        }
    }
}

impl Advice for AdminError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotFound(_) | Self::NoFolder(_) => Some(LIST_PLUGINS),
            Self::OtherId { .. } => Some("`GET /api/v1/admin/plugins` says which".into()),
            Self::Load(_) | Self::Delete(_) | Self::Switches(_) | Self::Identities(_) => None,
        }
    }
}

impl Advice for FireError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::UnknownPlugin { .. } => Some(LIST_PLUGINS),
            Self::UnknownJob { .. }
            | Self::NotSubscribed { .. }
            | Self::Paused { .. }
            | Self::NotReady { .. }
            | Self::Failed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_outbox_says_what_is_full_and_which_setting_raises_it() {
        for (most, setting) in [
            (Bound::Deliveries(2), "raise [outbox] max_waiting"),
            (Bound::Bytes(1 << 20), "raise [outbox] max_waiting_mb"),
        ] {
            let plugin = "com.example.one".parse().unwrap();
            let said = OutboxFull { plugin, most }.with_advice();
            assert!(
                said.starts_with("com.example.one has ") && said.ends_with(setting),
                "{said}"
            );
            assert!(said.contains("`raisfast outbox list --plugin com.example.one`"));
        }
    }

    #[test]
    fn whoever_asks_for_a_plugin_that_is_not_there_learns_where_they_are_listed() {
        let said = AdminError::NotFound("com.example.one".to_owned()).with_advice();
        assert_eq!(
            said,
            "no plugin com.example.one is installed; \
             `GET /api/v1/admin/plugins` lists those that are"
        );
    }
}
