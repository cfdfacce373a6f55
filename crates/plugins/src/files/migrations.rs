//! The `migrations/` of a plugin's folder.

use std::path::Path;

use raisfast_contract::TablePrefix;
use raisfast_host_api::{capability::Dialect, migration::Migration};
use raisfast_manifest::Manifest;

use crate::{PluginLoadError, files::folder::PluginFolder, options};

/// Reads and checks the migrations of the plugin in `folder`, in the order in which they run. They
/// are for a database of this dialect.
pub fn migrations(
    folder: &Path,
    manifest: &Manifest,
    dialect: Dialect,
) -> Result<Vec<Migration>, PluginLoadError> {
    read(&PluginFolder::at(folder), manifest, dialect)
}

pub(crate) fn read(
    folder: &PluginFolder,
    manifest: &Manifest,
    dialect: Dialect,
) -> Result<Vec<Migration>, PluginLoadError> {
    let mut grants = options::grants(manifest);
    grants.own_tables = Some(TablePrefix::of(&manifest.plugin.id));
    let files = folder.read_migrations()?;
    let checked = files
        .iter()
        .map(|(file, text)| Migration::parse(dialect, &grants, file, text));
    Ok(checked.collect::<Result<_, _>>()?)
}

/// Returns the prefix of a plugin's own tables. It has some if it has migrations.
pub(crate) fn own_tables(manifest: &Manifest, migrations: &[Migration]) -> Option<TablePrefix> {
    (!migrations.is_empty()).then(|| TablePrefix::of(&manifest.plugin.id))
}
