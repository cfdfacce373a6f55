//! The manifest's tables: each key once, with its type, its documentation, its rule and its
//! default.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use raisfast_contract::{
    HookName, PluginId, ScriptLanguage, for_each_limit,
    grant::{ConfigGrant, HttpGrant, TableGrant},
};
use semver::Version;
use serde::Serialize;

use crate::{
    cron::{CronEntries, SCHEDULE, Schedule, TIMEZONE},
    hooks::HookEntries,
    rules::{
        ANY, CONFIG_GRANT, CONTENT_TYPE, ENTRY, EntryPath, HOMEPAGE, HTTP_GRANT, ID, INTERPRETER,
        InterpreterPin, JOB_TYPE, TABLE_GRANT, VERSION, line,
    },
    setting::{Setting, SettingKind, TextBounds},
    setting_entries::SettingEntries,
    settings::Settings,
    shape::{Choice, Flag, List, Shape as _, integer},
    table::{table, table_of},
};

/// The longest deadline that a manifest may ask for, in milliseconds.
const MAX_TIMEOUT_MS: i64 = 60_000;
/// The most memory that a manifest may ask for, in MiB.
const MAX_MEMORY_MB: i64 = 1_024;
/// The most instances that a manifest may ask for.
const MAX_POOL_SIZE: i64 = 64;
/// The most of anything that a manifest may ask for: far beyond what a server has.
const MAX_QUANTITY: i64 = 1_000_000_000_000;
/// Priorities go from minus this to this.
const MAX_PRIORITY: i64 = 1_000_000;

const RUNTIME: Choice<Runtime> = Choice {
    what: "a supported runtime",
    words: &[
        ("wasm", Runtime::Wasm),
        ("js", Runtime::Script(ScriptLanguage::JavaScript)),
        ("lua", Runtime::Script(ScriptLanguage::Lua)),
        ("rhai", Runtime::Script(ScriptLanguage::Rhai)),
    ],
};
const ON_ERROR: Choice<OnError> = Choice {
    what: "a way to go on after an error",
    words: &[("continue", OnError::Continue), ("abort", OnError::Abort)],
};
const MISFIRE: Choice<Misfire> = Choice {
    what: "what to do about ticks that no server was there for",
    words: &[("skip", Misfire::Skip), ("once", Misfire::Once)],
};

table! {
    /// The manifest of a plugin: what it is, which hooks it wants, and what it may do.
    pub struct Manifest {
        /// The plugin's identity.
        pub plugin: Plugin = table_of();
        /// The hooks that the plugin is called for.
        pub hooks: BTreeMap<HookName, HookEntry> = HookEntries;
        /// Jobs that run at set times. One entry is enough to be called for on-cron-tick.
        pub cron: Vec<CronEntry> = CronEntries;
        /// The plugin's reach outside its sandbox. What is not granted is denied.
        pub permissions: Permissions = table_of();
        /// The quantity of each capability that the plugin may use.
        pub limits: Limits = table_of();
        /// The plugin's instances.
        pub pool: Pool = table_of();
        /// The plugin's own settings with their defaults; the operator may override them. The
        /// plugin reads them as strings.
        pub config: BTreeMap<String, String> = Settings;
        /// Settings that operators edit while the server runs, each with a type. The plugin reads
        /// them as strings, like those of `config`.
        pub settings: Vec<Setting> = SettingEntries;
    }
}

table! {
    /// The plugin's identity.
    pub struct Plugin {
        /// The plugin's reverse-domain name, at most 128 bytes: its identity in grants, logs and
        /// data.
        pub id: PluginId = ID;
        /// The name that people see.
        pub name: String = line("a name on one line", "My WASM Plugin");
        /// The plugin's version.
        pub version: Version = VERSION;
        /// The plugin's purpose, in a sentence.
        pub description: Option<String> = line("a sentence on one line", "Fills in missing slugs").optional();
        /// The author.
        pub author: Option<String> = line("a name on one line", "Ada Example").optional();
        /// Under which licence it may be used.
        pub license: Option<String> = line("a licence on one line", "MIT OR Apache-2.0").optional();
        /// The address of further information.
        pub homepage: Option<String> = HOMEPAGE.optional();
        /// The kind of the plugin's code: "wasm" for WebAssembly, or the language of a script.
        pub runtime: Runtime = RUNTIME.or(Runtime::Wasm);
        /// The file with the plugin's code, relative to the plugin's folder; without it,
        /// `plugin.wasm`, `main.js`, `init.lua` or `init.rhai`.
        pub entry: EntryPath = ENTRY.or(EntryPath::usual());
        /// The version of the interpreter that a script insists on: `5.4` is any 5.4.x. Without it,
        /// the script runs in whichever the server brings. `raisfast --version` names them.
        pub interpreter: Option<InterpreterPin> = INTERPRETER.optional();
    }
}

/// The kind of a plugin's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// As a WebAssembly component, or a core module that carries its component type.
    Wasm,
    /// As text files, which the host's interpreter of the language runs.
    Script(ScriptLanguage),
}

impl Runtime {
    /// Returns the word that the manifest has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Script(language) => language.as_str(),
        }
    }

    /// Returns the language, if it is a script.
    pub const fn script(self) -> Option<ScriptLanguage> {
        match self {
            Self::Wasm => None,
            Self::Script(language) => Some(language),
        }
    }
}

impl Serialize for Runtime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

table! {
    /// The settings of one hook's calls.
    pub struct HookEntry {
        /// The place among plugins: lower runs first, the plugin's id decides among equals.
        pub priority: i32 = integer(-MAX_PRIORITY, MAX_PRIORITY).or(HookEntry::DEFAULT_PRIORITY);
        /// The deadline of a call in milliseconds; without it, that of the permissions.
        pub timeout_ms: Option<u64> = integer(1, MAX_TIMEOUT_MS).optional();
        /// The effect of an error: "continue" goes on without this plugin, "abort" refuses the
        /// request. What has happened can no longer be refused, so actions always continue.
        pub on_error: OnError = ON_ERROR.or(OnError::Continue);
        /// The content types to be called for; none means all of them.
        pub content_types: Vec<String> = List(CONTENT_TYPE);
    }
}

impl HookEntry {
    /// The priority of a hook that states none.
    pub const DEFAULT_PRIORITY: i32 = 100;
}

impl Default for HookEntry {
    fn default() -> Self {
        Self {
            priority: Self::DEFAULT_PRIORITY,
            timeout_ms: None,
            on_error: OnError::Continue,
            content_types: Vec::new(),
        }
    }
}

/// The effect of a plugin's error on the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Goes on as if the plugin had not been asked.
    Continue,
    /// Refuses the request.
    Abort,
}

table! {
    /// A job that runs at set times.
    pub struct CronEntry {
        /// The name that people see.
        pub label: String = line("a name on one line", "Scheduled Task");
        /// The job's name in URLs, commands and the plugin's code; unique within the plugin.
        pub job_type: String = JOB_TYPE;
        /// When the job is due: minute, hour, day of the month, month and day of the week, with
        /// seconds before them where there are six fields, or a shortcut such as @daily.
        pub schedule as "cron_expr": Schedule = SCHEDULE;
        /// The payload for the plugin: JSON if it parses, else a string.
        pub payload: Option<String> = ANY.optional();
        /// The time zone whose clocks the schedule follows.
        pub timezone: Tz = TIMEZONE.or(Tz::UTC);
        /// True if the job runs by itself.
        pub enabled: bool = Flag.or(true);
        /// The fate of ticks that no server was there for: "skip" leaves them out, "once" runs the
        /// latest of them as soon as a server is there.
        pub misfire: Misfire = MISFIRE.or(Misfire::Skip);
    }
}

/// The fate of the ticks of a job that no server was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Misfire {
    /// They are left out.
    Skip,
    /// The latest of them is run, as soon as a server is there.
    Once,
}

impl Misfire {
    /// Returns the word that the manifest has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
        }
    }
}

table! {
    /// The plugin's reach outside its sandbox, and the resources of a call.
    pub struct Permissions {
        /// Origins, with a path prefix if only that: `https://api.example.com`,
        /// `*.example.com/v1/*`.
        pub http: Vec<HttpGrant> = List(HTTP_GRANT);
        /// Keys of the server's configuration: `site.title`, `site.*`.
        pub config: Vec<ConfigGrant> = List(CONFIG_GRANT);
        /// Tables: `read:posts`, `write:posts`, `posts` for both, `shop_*`, `*`.
        pub database: Vec<TableGrant> = List(TABLE_GRANT);
        /// The deadline of a call in milliseconds, host functions included; the server's without
        /// it.
        pub timeout_ms: Option<u64> = integer(1, MAX_TIMEOUT_MS).optional();
        /// The memory of an instance in MiB; the server's without it.
        pub max_memory_mb: Option<u64> = integer(1, MAX_MEMORY_MB).optional();
    }
}

/// Makes the manifest's `[limits]` from the table of limits.
macro_rules! limits {
    ($($(#[doc = $doc:literal])* $key:ident = $default:expr;)*) => {
        table! {
            /// The quantity of each capability that the plugin may use; the server's defaults where
            /// a key is left out.
            pub struct Limits {$(
                $(#[doc = $doc])*
                pub $key: Option<u64> = integer(0, MAX_QUANTITY).optional();
            )*}
        }
    };
}

for_each_limit!(limits);

table! {
    /// The plugin's instances.
    pub struct Pool {
        /// The number of instances that serve the plugin; the server's number without it.
        pub size: Option<usize> = integer(1, MAX_POOL_SIZE).optional();
        /// After how many calls an instance is replaced by a fresh one; never without it.
        pub max_calls: Option<u64> = integer(1, MAX_QUANTITY).optional();
    }
}

impl Manifest {
    /// The most bytes that the values of a plugin's settings have together.
    pub const MAX_SETTINGS_LEN: usize = 256 << 10;

    /// Returns all settings: those of `[[settings]]` in the manifest's order, then those of
    /// `[config]`, which are texts with a default.
    pub fn all_settings(&self) -> Vec<Setting> {
        let config = self.config.iter().map(|(key, value)| Setting {
            key: key.clone(),
            label: key.clone(),
            help: None,
            // A manifest may write several lines there.
            kind: if value.contains(char::is_control) {
                SettingKind::Text(TextBounds::NONE)
            } else {
                SettingKind::String(TextBounds::NONE)
            },
            required: false,
            default: Some(value.clone()),
        });
        self.settings.iter().cloned().chain(config).collect()
    }

    /// The hooks that the plugin is called for: those of `[hooks]`, and on-cron-tick when an entry
    /// of `[[cron]]` is enabled.
    pub fn subscriptions(&self) -> BTreeMap<HookName, HookEntry> {
        let mut hooks = self.hooks.clone();
        if self.cron.iter().any(|entry| entry.enabled) {
            hooks.entry(HookName::OnCronTick).or_default();
        }
        hooks
    }
}
