//! The last half of an error's sentence: which route, command, variable or setting of this server
//! helps.
//!
//! The crates below say what went wrong, and know none of these names: another host has others.
//! Each error that the server shows is matched here variant by variant, so that a new one does not
//! compile before somebody has decided what its reader can do.

use std::{borrow::Cow, error::Error, fmt::Display};

use raisfast_cases::LoadError as TestedLoadError;
use raisfast_cluster::JoinError;
use raisfast_contract::{PluginId, Printable};
use raisfast_db::DbError;
use raisfast_outbox::{Bound, OutboxError, OutboxFull};
use raisfast_plugins::{
    AdminError, Exceeded, FireError, InstallError, PluginLoadError, RemovalError, SettingsError,
    StartError as PluginsError,
};
use raisfast_project::{BuildError, ProjectError};
use raisfast_runtime::{LoadError, compatibility::Mismatch};

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
        "release-not-serving" => Some("`raisfast plugin releases <plugin>` says where it does"),
        _ => None,
    }
}

/// Returns the way out of a breaker's pause.
pub(crate) fn of_pause(plugin: &PluginId) -> String {
    format!(
        "an admin can fix it and deploy it again, or end the pause with \
         `raisfast plugin reset {plugin}`"
    )
}

/// Returns where the operator's ceilings of a plugin's limits are, by the manifest's keys of these.
pub(crate) fn of_limits(keys: &[&str]) -> Option<String> {
    let ceilings: Vec<_> = keys
        .iter()
        .map(|key| match *key {
            "timeout_ms" => "[plugins] max_timeout_ms".to_owned(),
            "max_memory_mb" => "[plugins] max_memory_mb".to_owned(),
            key => format!("[plugins.limits] {key}"),
        })
        .collect();
    let places = ceilings.join(" and ");
    (!keys.is_empty()).then(|| format!("the operator's ceiling is in raisfast.toml, {places}"))
}

/// Returns a command's error, with the way out where there is one.
pub(crate) fn of_command(error: &anyhow::Error) -> String {
    let advised = advised::<PluginLoadError>(error)
        .or_else(|| advised::<TestedLoadError>(error))
        .or_else(|| advised::<ProjectError>(error))
        .or_else(|| advised::<BuildError>(error));
    advised.unwrap_or_else(|| error.to_string())
}

fn advised<E: Advice + Error + Send + Sync + 'static>(error: &anyhow::Error) -> Option<String> {
    error.downcast_ref::<E>().map(Advice::with_advice)
}

impl Advice for Exceeded {
    fn advice(&self) -> Option<Cow<'static, str>> {
        of_limits(&[self.key]).map(Into::into)
    }
}

impl Advice for PluginLoadError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Wasm { source, .. } => source.advice(),
            Self::Held { plugin, folder, .. } | Self::Left { plugin, folder, .. } => Some(
                format!(
                    "or hand it over to this one: raisfast plugin adopt {plugin} {}",
                    Printable::new(folder)
                )
                .into(),
            ),
            Self::Manifest { .. }
            | Self::InvalidManifest(_)
            | Self::Entry { .. }
            | Self::ScriptFile { .. }
            | Self::OtherInterpreter { .. }
            | Self::MigrationFile { .. }
            | Self::Migration(_)
            | Self::Settings(_)
            | Self::Identity(_) => None,
            Self::NeedsSettings { manifest, .. } => Some(
                format!(
                    "set them with `raisfast plugin settings {} KEY=VALUE`",
                    manifest.plugin.id
                )
                .into(),
            ),
        }
    }
}

impl Advice for SettingsError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotFound(_) => Some(LIST_PLUGINS),
            Self::NoManifest(_) => {
                Some("`raisfast plugin check` says what is wrong with it".into())
            }
            Self::Invalid(_) | Self::Memory(_) | Self::Folder(_) => None,
        }
    }
}

impl Advice for TestedLoadError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Wasm(error) => error.advice(),
            Self::Migrations(error) | Self::Script(error) => error.advice(),
            Self::Unreadable { .. }
            | Self::Manifest(_)
            | Self::Settings(_)
            | Self::Migration(_)
            | Self::Runtime(_)
            | Self::Url { .. }
            | Self::Post(_)
            | Self::Store { .. }
            | Self::Database(_)
            | Self::Files(_) => None,
        }
    }
}

impl Advice for LoadError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            Self::Mismatch(findings) => return findings.iter().find_map(Advice::advice),
            Self::CompileMemory { .. } => {
                "or let the operator raise [plugins] `compile_memory_mb`, of which a file below 1 MiB gets a quarter"
            }
            Self::CompileTimeout { .. } => {
                "or let the operator raise [plugins] `compile_timeout_ms`, of which a file below 1 MiB gets a quarter"
            }
            Self::CodeNotWritten { .. } => "the setting `cache_dir` names the folder",
            Self::MemoryBeyondCeiling { .. } => {
                "or let the operator raise [plugins] `max_memory_mb`"
            }
            Self::NotWasm { .. }
            | Self::Damaged { .. }
            | Self::TooLarge { .. }
            | Self::NoContract
            | Self::ForeignImports { .. }
            | Self::Encode { .. }
            | Self::TooComplex(_)
            | Self::CompilerCrashed { .. }
            | Self::NoCompiler { .. }
            | Self::Compile { .. }
            | Self::Script { .. }
            | Self::MissingHandlers { .. }
            | Self::NoInterpreter { .. }
            | Self::Instantiate { .. }
            | Self::TooMuchMemory { .. }
            | Self::TooMuchRoom { .. }
            | Self::NoRoom { .. }
            | Self::Refused { .. }
            | Self::OnLoad { .. }
            | Self::InstantiateTimeout { .. } => return None,
        };
        Some(advice.into())
    }
}

impl Advice for Mismatch {
    fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match self {
            Self::NoHooks { .. } => {
                "`raisfast plugin wit` prints plugin.wit, and `raisfast plugin new` makes a plugin that fits it"
            }
            Self::UnknownInterface { .. }
            | Self::UnknownFunction { .. }
            | Self::ImportType { .. }
            | Self::HookType { .. }
            | Self::LifecycleType { .. } => "`raisfast plugin wit` prints plugin.wit",
            Self::MissingHook { .. } => return None,
        };
        Some(advice.into())
    }
}

impl Advice for ProjectError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NoLanguage(_) => {
                Some("make one with `raisfast plugin new my-plugin --lang rust`".into())
            }
            Self::NoFolder(_) | Self::SeveralLanguages { .. } => None,
        }
    }
}

impl Advice for BuildError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NoManifest { .. } => {
                Some("`raisfast plugin new` makes a project with one".into())
            }
            Self::Manifest(_)
            | Self::NoHooks
            | Self::MissingProgram { .. }
            | Self::Unusable { .. }
            | Self::Failed { .. }
            | Self::NoPlugin { .. }
            | Self::OptionsFile(_)
            | Self::NoGoModule(_)
            | Self::TooManyFiles { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Package { .. }
            | Self::NodeModule { .. } => None,
        }
    }
}

impl Advice for DbError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        self.is_about_the_url()
            .then(|| "check --database-url or DATABASE_URL".into())
    }
}

impl Advice for JoinError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::FilesApart { .. } => Some(
                "keep them in a bucket: set PLUGIN_VFS_URI, or `vfs_uri` under [plugins] in raisfast.toml, to \
                 `s3://BUCKET/PREFIX` on every server; or stop the others, and wait 10 s where one was killed"
                    .into(),
            ),
            Self::Database(error) => error.advice(),
        }
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

impl Advice for RemovalError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Running(_) | Self::Elsewhere { .. } => {
                Some("remove it once more when that is done".into())
            }
            Self::CameBack(_) | Self::Delete(_) | Self::Releases(_) | Self::Ticks(_) => None,
        }
    }
}

impl Advice for AdminError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotFound(_) | Self::NoFolder(_) => Some(LIST_PLUGINS),
            Self::OtherId { .. } => Some("`GET /api/v1/admin/plugins` says which".into()),
            Self::Load(_)
            | Self::Delete(_)
            | Self::Switches(_)
            | Self::Identities(_)
            | Self::Ticks(_)
            | Self::Breakers(_)
            | Self::Releases(_) => None,
        }
    }
}

impl Advice for InstallError {
    fn advice(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Load(_) => Some("`raisfast plugin check` finds the same without a server".into()),
            Self::NoRelease { .. } => {
                Some("`raisfast plugin releases` lists those that there are".into())
            }
            Self::Folder(_) => {
                Some("let the server's user write to the folder that PLUGIN_DIR names".into())
            }
            Self::Busy
            | Self::Archive(_)
            | Self::Changed { .. }
            | Self::OtherPlugin { .. }
            | Self::NotServing { .. }
            | Self::Occupied { .. }
            | Self::Releases(_)
            | Self::NotKept { .. }
            | Self::Linked { .. } => None,
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
            Self::NotRecorded { .. } => Some("try again once the database answers".into()),
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
    fn a_limit_has_its_ceiling_where_the_operator_writes_it() {
        assert_eq!(of_limits(&[]), None);
        assert_eq!(
            of_limits(&["kv_keys", "kv_bytes"]).unwrap(),
            "the operator's ceiling is in raisfast.toml, [plugins.limits] kv_keys and [plugins.limits] kv_bytes"
        );
        assert!(
            of_limits(&["timeout_ms"])
                .unwrap()
                .ends_with("[plugins] max_timeout_ms")
        );
    }

    #[test]
    fn a_folder_without_a_project_is_followed_by_the_command_that_makes_one() {
        let error = anyhow::Error::from(ProjectError::NoLanguage("x".into()));
        let said = of_command(&error);
        assert!(
            said.starts_with("x has none of ") && said.contains("`raisfast plugin new "),
            "{said}"
        );
        let other = anyhow::anyhow!("something else");
        assert_eq!(of_command(&other), "something else");
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
