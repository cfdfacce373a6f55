//! Lays the sources of settings over each other.

use std::collections::BTreeMap;

use super::{
    Config, ConfigError, File, Flags,
    flags::By,
    setting::{Setting, Settings as _, Value, Visitor},
};

/// The sources of settings' values, by their keys. A setting that is not in it has its default.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<&'static str, Source>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    File,
    Environment,
    Flag,
}

impl Sources {
    /// Returns where a setting's value comes from, in words. `file` is the name of the file.
    pub(crate) fn of(&self, setting: &Setting, file: &str) -> String {
        match (self.0.get(setting.key), setting.flag) {
            (None, _) => "default".to_owned(),
            (Some(Source::File), _) => file.to_owned(),
            (Some(Source::Flag), Some((flag, _))) => format!("--{flag}"),
            (Some(Source::Flag | Source::Environment), _) => "environment".to_owned(),
        }
    }

    #[cfg(test)]
    pub(super) fn is_from_file(&self, setting: &Setting) -> bool {
        self.0.get(setting.key) == Some(&Source::File)
    }
}

impl Config {
    /// Reads the file that the flags name, or `raisfast.toml` where there is one, and lays the
    /// flags (which carry the environment) over it.
    pub(crate) fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let file = File::read(flags.config())?;
        Ok(Self::resolve(flags, &file).0)
    }

    /// Lays flags over a file over the defaults.
    pub(crate) fn resolve(flags: &Flags, file: &File) -> (Self, Sources) {
        let mut resolver = Resolver {
            flags,
            file,
            sources: Sources::default(),
        };
        // The defaults of others depend on the data folder.
        let mut first = Self::with_data_dir("./data");
        first.visit(&mut resolver);
        let mut config = Self::with_data_dir(first.data_dir);
        config.visit(&mut resolver);
        config.plugins.overrides.clone_from(&file.overrides);
        config.site.clone_from(&file.site);
        let breaker = &mut config.plugins.breaker;
        breaker.max_pause = breaker.max_pause.max(breaker.pause);
        (config, resolver.sources)
    }
}

struct Resolver<'a> {
    flags: &'a Flags,
    file: &'a File,
    sources: Sources,
}

impl Visitor for Resolver<'_> {
    fn visit<V: Value>(&mut self, setting: &'static Setting, value: &mut V) {
        if let Some(written) = self.file.get::<V>(setting) {
            *value = written.clone().over(value.clone());
            self.sources.0.insert(setting.key, Source::File);
        }
        if let Some((given, by)) = self.flags.get::<V>(setting) {
            *value = given.over(value.clone());
            let source = match by {
                By::Flag => Source::Flag,
                By::Environment => Source::Environment,
            };
            self.sources.0.insert(setting.key, source);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::{Config, File, Flags};

    fn resolved(flags: &Flags, file: &str) -> Config {
        let file = File::parse(Path::new("raisfast.toml"), file).expect("a valid file");
        Config::resolve(flags, &file).0
    }

    #[test]
    fn a_limit_of_the_environment_takes_the_place_of_the_files_and_leaves_the_others() {
        let flags = Flags::default().with("plugins.limits", Some("db_rows=7"));
        let file = "[plugins.limits]\ndb_rows = 500\nkv_keys = 10";
        let limits = resolved(&flags, file).plugins.limits;
        assert_eq!(
            limits.iter().collect::<Vec<_>>(),
            [("db_rows", 7), ("kv_keys", 10)]
        );
    }

    #[test]
    fn flags_win_over_the_file_setting_by_setting() {
        let flags = Flags::default().with("plugins.breaker.failures", Some("0"));
        let file = "[plugins]\nbreaker = { failures = 3, pause_ms = 1000 }";
        let breaker = resolved(&flags, file).plugins.breaker;
        assert_eq!((breaker.failures, breaker.pause.as_millis()), (0, 1_000));
        assert_eq!(breaker.max_pause, Duration::from_hours(1));
    }

    #[test]
    fn the_longest_pause_is_at_least_the_first() {
        let file = "[plugins.breaker]\npause_ms = 7_200_000";
        let breaker = resolved(&Flags::default(), file).plugins.breaker;
        assert_eq!(breaker.max_pause, Duration::from_hours(2));
    }
}
