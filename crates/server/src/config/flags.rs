//! Flags, and the environment variables that stand in for them.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{
    Arg, ArgMatches, Command,
    builder::{OsStringValueParser, TypedValueParser as _},
    parser::ValueSource,
};

use super::{
    Config, Secret,
    list::list,
    setting::{Setting, Settings as _, Value, Visitor},
};

/// The settings that the command line and the environment give; what they leave out is absent.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    config: Option<PathBuf>,
    /// By the keys of settings.
    given: BTreeMap<&'static str, Given>,
}

/// A value, in words that its setting's type takes.
#[derive(Debug)]
struct Given {
    text: OsString,
    by: By,
}

/// The source of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Flag,
    Environment,
}

impl Flags {
    /// Returns what says no more than which file to read.
    pub(crate) fn of_file(config: Option<PathBuf>) -> Self {
        Self {
            config,
            given: BTreeMap::new(),
        }
    }

    /// Sets the setting with a key, where there is a value for it.
    pub(crate) fn with(mut self, key: &'static str, value: Option<impl AsRef<OsStr>>) -> Self {
        if let Some(value) = value {
            let text = value.as_ref().to_owned();
            self.given.insert(key, Given { text, by: By::Flag });
        }
        self
    }

    /// Returns the configuration file, where one is named.
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Returns what they say about a setting, and where.
    pub(super) fn get<V: Value>(&self, setting: &Setting) -> Option<(V, By)> {
        let Given { text, by } = self.given.get(setting.key)?;
        // Clap has refused what cannot be read.
        Some((V::from_os_text(text).ok()?, *by))
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::of_file(matches.get_one("config").cloned());
        for listed in list() {
            let setting = listed.setting;
            let given = if setting.flag.is_some() {
                given(matches, setting.key)
            } else {
                // Other users of the machine can read a process's arguments.
                setting.variable.and_then(environment)
            };
            flags.given.extend(given.map(|given| (setting.key, given)));
        }
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn given(matches: &ArgMatches, id: &str) -> Option<Given> {
    let text = matches.get_raw(id)?.next()?.to_owned();
    let by = match matches.value_source(id)? {
        ValueSource::EnvVariable => By::Environment,
        _ => By::Flag,
    };
    Some(Given { text, by })
}

fn environment(variable: &str) -> Option<Given> {
    let text = std::env::var_os(variable).filter(|text| !text.is_empty())?;
    Some(Given {
        text,
        by: By::Environment,
    })
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .env("RAISFAST_CONFIG")
            .value_parser(clap::value_parser!(PathBuf))
            .help("Configuration file [default: raisfast.toml, where there is one]");
        let mut arguments = Arguments(vec![config]);
        Config::with_data_dir("./data").visit(&mut arguments);
        command.args(arguments.0)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Makes clap's argument for each setting that has a flag.
struct Arguments(Vec<Arg>);

impl Visitor for Arguments {
    fn visit<V: Value>(&mut self, setting: &'static Setting, value: &mut V) {
        let Some((flag, name)) = setting.flag else {
            return;
        };
        let read = move |text: OsString| {
            let checked = V::from_os_text(&text).and_then(|value| value.check(setting));
            // A message names the variable, where clap only knows the flag: most who read it have
            // set the former.
            checked.map_err(|error| match setting.variable {
                Some(variable) => format!("{error}; check --{flag} or {variable}"),
                None => format!("{error}; check --{flag}"),
            })?;
            Ok::<_, String>(text)
        };
        let default = setting.default_in_words(value);
        let default = default.trim_matches(['(', ')']);
        let mut argument = Arg::new(setting.key)
            .long(flag)
            .value_name(name)
            .hide_env_values(V::HIDDEN)
            .value_parser(OsStringValueParser::new().try_map(read))
            .help(format!("{} [default: {default}]", setting.sentence()));
        if let Some(variable) = setting.variable {
            argument = argument.env(variable);
        }
        self.0.push(argument);
    }
}

/// Returns the value of an environment variable that no flag may carry; empty counts as absent.
pub(crate) fn environment_secret(name: &str) -> Option<Secret> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
}

/// Reads a URL that may hold a password.
pub(crate) fn secret(text: &str) -> Result<Secret, String> {
    Value::from_text(text)
}
