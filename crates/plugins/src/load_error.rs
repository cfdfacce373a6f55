//! The reasons why a folder is not a running plugin.

use std::{io, path::PathBuf};

use raisfast_contract::{PluginId, Printable, ScriptLanguage};
use raisfast_host_api::migration::MigrationError;
use raisfast_manifest::{EntryPath, InterpreterPin, Manifest, ManifestErrors};
use raisfast_runtime::LoadError;

use crate::{
    Contested, IdentityError, SettingProblems, SettingsMemoryError,
    files::folder::{MANIFEST, MIGRATIONS},
};

/// A reason why a folder is not a running plugin.
#[derive(Debug, thiserror::Error)]
pub enum PluginLoadError {
    /// The manifest cannot be read.
    #[error(
        "{} cannot be read: {source}; a plugin's folder holds a {MANIFEST} and the wasm it names",
        Printable::new(path.display())
    )]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    InvalidManifest(#[from] ManifestErrors),
    /// The wasm cannot be read.
    #[error(
        "`{}`, which {MANIFEST} names as the entry, cannot be read: {source}; build the plugin and copy its wasm there",
        Printable::new(entry)
    )]
    Entry {
        /// The entry.
        entry: EntryPath,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of a script cannot be read.
    #[error("{}", script_file(file, source))]
    ScriptFile {
        /// The file, in the plugin's folder; empty for the folder itself.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A script insists on another version of its interpreter.
    #[error(
        "the manifest asks for {} {wanted}, and scripts here run in {found}: change `interpreter` in \
         `[plugin]`, or remove it",
        language.title()
    )]
    OtherInterpreter {
        /// The script's language.
        language: ScriptLanguage,
        /// The manifest's.
        wanted: InterpreterPin,
        /// The engine that this program has, with its version.
        found: &'static str,
    },
    /// The code cannot be loaded.
    #[error("{}", code(entry, source))]
    Wasm {
        /// The entry.
        entry: EntryPath,
        /// The runtime's reason.
        source: LoadError,
    },
    /// A migration cannot be read.
    #[error("{MIGRATIONS}/{} cannot be read: {source}", Printable::new(file))]
    MigrationFile {
        /// The file's name; empty for the folder itself.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A migration may not run, or did not.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The id belongs to another folder, which is there.
    #[error(
        "the folder `{holder}` already holds the plugin {plugin}, with all that it has stored; give this one another id",
        holder = Printable::new(holder)
    )]
    Held {
        /// The id.
        plugin: PluginId,
        /// The folder that has it.
        holder: String,
        /// The folder that wants it.
        folder: String,
    },
    /// The id belongs to a folder that is gone.
    #[error(
        "the plugin {plugin} belongs to the folder `{holder}`, which is gone; its data goes to no other folder by \
         itself; call this folder `{holder}`",
        holder = Printable::new(holder)
    )]
    Left {
        /// The id.
        plugin: PluginId,
        /// The folder that had it.
        holder: String,
        /// The folder that wants it.
        folder: String,
    },
    /// Settings are missing or do not fit. Nothing else keeps it from running.
    #[error("{problems}")]
    NeedsSettings {
        /// The folder's manifest.
        manifest: Box<Manifest>,
        /// The settings.
        problems: SettingProblems,
    },
    /// The settings cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsMemoryError),
    /// That the folder has the id now cannot be remembered.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl PluginLoadError {
    /// The id that another folder has, if that is the reason.
    pub(crate) fn contested(&self) -> Option<Contested> {
        match self {
            Self::Held { plugin, holder, .. } | Self::Left { plugin, holder, .. } => {
                Some(Contested {
                    plugin: plugin.clone(),
                    held_by: holder.clone(),
                })
            }
            _ => None,
        }
    }
}

fn script_file(file: &str, source: &io::Error) -> String {
    if file.is_empty() {
        return format!("the script's files cannot be read: {source}");
    }
    format!(
        "`{}` cannot be read: {source}; a script's folder holds the file that `entry` in {MANIFEST} names, and what \
         it loads",
        Printable::new(file)
    )
}

/// The file with the code, and the runtime's reason. An interpreter names the file itself.
fn code(entry: &EntryPath, reason: &LoadError) -> String {
    match reason {
        // Its interpreter's words are made printable where they are taken.
        LoadError::Script { shown } => shown.clone(),
        LoadError::MissingHandlers { .. } => Printable::lines(reason).to_string(),
        reason => format!("`{}`: {}", Printable::new(entry), shown(reason)),
    }
}

/// The runtime's reason, which may quote the guest's names; only between two findings there is a
/// new line.
fn shown(reason: &LoadError) -> String {
    let LoadError::Mismatch(findings) = reason else {
        return Printable::new(reason).to_string();
    };
    let findings = findings.iter().map(Printable::new);
    let lines: Vec<_> = findings.map(|finding| finding.to_string()).collect();
    lines.join("\n")
}
