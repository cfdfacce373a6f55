//! The one way from a plugin's code to instances that can be called: a server's and the test kit's.

use std::sync::Arc;

use raisfast_host_api::{Capabilities, HostedPlugin, LiveSettings, migration::Migration};
use raisfast_manifest::Manifest;
use raisfast_runtime::{Plugin, Program};

use crate::{Ceilings, PluginLoadError, files::migrations::own_tables, options};

/// The operator's side of a plugin: what it gets, whatever its manifest says.
pub struct Terms {
    /// The most that it gets.
    pub ceilings: Ceilings,
    /// The values of all its settings.
    pub settings: LiveSettings,
    /// The providers behind the host functions.
    pub capabilities: Capabilities,
}

/// Runs a plugin's migrations and then makes all its instances, with the grants and limits of its
/// manifest as far as the operator's terms let it have them. The plugin's log says where it gets
/// less than it asks for.
pub async fn assemble(
    program: Program,
    manifest: &Manifest,
    migrations: &[Migration],
    terms: Terms,
) -> Result<Plugin, PluginLoadError> {
    let Terms {
        ceilings,
        settings,
        capabilities,
    } = terms;
    let id = &manifest.plugin.id;
    capabilities.migrations.apply(id, migrations).await?;
    let mut grants = options::grants(manifest);
    grants.own_tables = own_tables(manifest, migrations);
    let hosted = HostedPlugin::new(
        id.clone(),
        grants,
        ceilings.quotas(manifest),
        settings,
        capabilities,
    );
    let hosted = Arc::new(hosted);
    for exceeded in ceilings.exceeded(manifest) {
        hosted.report_limits(None, &exceeded.to_string(), &[exceeded.key]);
    }
    let plugin = Plugin::start(program, hosted, ceilings.limits(manifest)).await;
    plugin.map_err(|source| PluginLoadError::Wasm {
        entry: manifest.plugin.entry.clone(),
        source,
    })
}
