//! A look at a plugin's folder without a server: what keeps it from loading, and what it asks for.
//!
//! Nothing of the plugin runs. Its code is compiled and compared with the contract, but no instance is
//! made, so a start function that traps is not found.

use std::{collections::BTreeSet, path::Path};

use raisfast_manifest::Manifest;
use raisfast_runtime::Runtime;
use raisfast_types::{
    HookName,
    grant::{Access, TableGrant},
};

use crate::{PluginLoadError, folder::PluginFolder, generation::load_program, options};

/// A folder whose manifest is right.
#[derive(Debug)]
pub struct Checked {
    /// What the manifest says.
    pub manifest: Manifest,
    /// The hooks that the code exports, or why it cannot be loaded.
    pub exported: Result<BTreeSet<HookName>, PluginLoadError>,
}

/// Reads a plugin's folder as a server would and compiles its code, which takes from milliseconds to
/// seconds. The error is one of the manifest's; without a manifest nothing more can be found.
pub fn check(runtime: &Runtime, folder: &Path) -> Result<Checked, PluginLoadError> {
    let folder = PluginFolder::at(folder);
    let manifest = folder.read_manifest()?;
    let wanted = manifest.subscriptions().into_keys().collect();
    let exported = load_program(runtime, &folder, &manifest.plugin.entry, &wanted)
        .map(|program| program.exported_hooks());
    Ok(Checked { manifest, exported })
}

impl Checked {
    /// The hooks that the code exports and the manifest does not name: they are not called. Empty too
    /// where all hooks are exported, as the SDK does for every plugin: that shows no intent.
    pub fn exported_in_vain(&self) -> BTreeSet<HookName> {
        let Ok(exported) = &self.exported else {
            return BTreeSet::new();
        };
        if exported.len() == HookName::ALL.len() {
            return BTreeSet::new();
        }
        let subscribed = self.manifest.subscriptions();
        let unnamed = exported
            .iter()
            .filter(|hook| !subscribed.contains_key(hook));
        unnamed.copied().collect()
    }

    /// The grants that change nothing, because their tables are the host's own.
    pub fn granted_in_vain(&self) -> Vec<&TableGrant> {
        let grants = options::grants(&self.manifest);
        let requested = self.manifest.permissions.database.iter();
        requested
            .filter(|grant| {
                !grants.allows_table(grant.access().unwrap_or(Access::Read), &grant.table())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use raisfast_runtime::{LoadError, RuntimeOptions};

    use super::*;

    /// A component that exports `filter-html` and nothing else.
    const FILTER: &str = include_str!("../../../tests/guests/component.wat");

    fn checked(manifest: &str, wasm: Option<&[u8]>) -> Result<Checked, PluginLoadError> {
        let folder = tempfile::tempdir().unwrap();
        let plugin = "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n";
        fs::write(
            folder.path().join("manifest.toml"),
            format!("{plugin}{manifest}"),
        )
        .unwrap();
        if let Some(wasm) = wasm {
            fs::write(folder.path().join("plugin.wasm"), wasm).unwrap();
        }
        check(
            &Runtime::new(RuntimeOptions::default()).unwrap(),
            folder.path(),
        )
    }

    fn filter() -> Vec<u8> {
        wat::parse_str(FILTER).unwrap()
    }

    #[test]
    fn a_plugin_that_fits_has_nothing_in_vain() {
        let checked = checked("[hooks.filter-html]", Some(&filter())).unwrap();
        assert_eq!(
            checked.exported.as_ref().unwrap(),
            &[HookName::FilterHtml].into()
        );
        assert!(checked.exported_in_vain().is_empty());
        assert!(checked.granted_in_vain().is_empty());
    }

    #[test]
    fn a_hook_without_its_table_is_found() {
        let checked = checked("", Some(&filter())).unwrap();
        assert_eq!(checked.exported_in_vain(), [HookName::FilterHtml].into());
    }

    #[test]
    fn exports_of_all_hooks_show_no_intent() {
        let mut checked = checked("[hooks.filter-html]", Some(&filter())).unwrap();
        checked.exported = Ok(HookName::ALL.into());
        assert!(checked.exported_in_vain().is_empty());
    }

    #[test]
    fn grants_for_the_hosts_own_tables_are_found() {
        let grants = r#"database = ["read:posts", "read:users", "write:plugin_*", "shop_*", "*"]"#;
        let checked = checked(&format!("[permissions]\n{grants}"), Some(&filter())).unwrap();
        let in_vain: Vec<_> = checked
            .granted_in_vain()
            .into_iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(in_vain, ["read:users", "write:plugin_*"]);
    }

    #[test]
    fn code_that_does_not_load_leaves_the_manifest_to_be_shown() {
        let subscribed = "[hooks.on-login]";
        let lacks = checked(subscribed, Some(&filter())).unwrap();
        assert_eq!(lacks.manifest.hooks.len(), 1);
        assert!(lacks.exported_in_vain().is_empty());
        let error = lacks.exported.unwrap_err();
        assert!(
            matches!(
                error,
                PluginLoadError::Wasm {
                    source: LoadError::Mismatch(_),
                    ..
                }
            ),
            "{error}"
        );
        let error = checked(subscribed, Some(b"text"))
            .unwrap()
            .exported
            .unwrap_err();
        assert!(error.to_string().contains("no WebAssembly"), "{error}");
        let error = checked(subscribed, None).unwrap().exported.unwrap_err();
        assert!(matches!(error, PluginLoadError::Entry { .. }), "{error}");
    }

    #[test]
    fn without_a_manifest_that_can_be_read_there_is_only_its_error() {
        let error = checked("[hooks.on-logn]", Some(&filter())).unwrap_err();
        assert!(
            matches!(error, PluginLoadError::InvalidManifest(_)),
            "{error}"
        );
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let error = check(&runtime, Path::new("/nowhere/at/all")).unwrap_err();
        assert!(matches!(error, PluginLoadError::Manifest { .. }), "{error}");
    }
}
