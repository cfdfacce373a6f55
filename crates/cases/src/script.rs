//! A look at a script that goes further than one at its files: what functions it has.

use raisfast_plugins::{Checked, PluginLoadError};
use raisfast_testkit::{LoadError, Stage};

/// Runs the top level of a checked plugin, if it is a script, in a sandbox without any right, and
/// adds what comes of it: the hooks that the script has a function for, or the reason why a server
/// could not load it. No function of it is called.
///
/// # Errors
///
/// If no sandbox can be made.
pub async fn look_at_script(mut checked: Checked) -> Result<Checked, LoadError> {
    let plugin = &checked.manifest.plugin;
    let Some(program) = checked.program.clone() else {
        return Ok(checked);
    };
    if plugin.runtime.script().is_none() {
        return Ok(checked);
    }
    let stage = Stage::of_program(program, &plugin.id).await?;
    match stage.script_handlers().await {
        Ok(handlers) => checked.written = Some(handlers),
        Err(source) => {
            checked.exported = Err(PluginLoadError::Wasm {
                entry: plugin.entry.clone(),
                source,
            });
        }
    }
    Ok(checked)
}
