//! A look at a plugin's folder without a server: what keeps it from loading, and what it asks for.
//!
//! Nothing of the plugin runs. Its code is compiled and compared with the contract, but no instance
//! is made, so a start function that traps, or a script that does not compile, is not found. Its
//! migrations are parsed, and not run. `findings` says what in it is likely to be a mistake all the
//! same.

mod findings;

use std::{collections::BTreeSet, path::Path};

use raisfast_contract::{HookName, written_hooks};
use raisfast_host_api::{capability::Dialect, migration::Migration};
use raisfast_manifest::{ForeignKey, Manifest};
use raisfast_runtime::{Program, Runtime};

pub use self::findings::{Ungranted, left_to_defaults, written_in_vain};
use crate::{
    PluginLoadError,
    files::{
        folder::{MANIFEST, PluginFolder, ReadManifest},
        migrations,
        source::Code,
    },
};

/// A folder whose manifest is right.
#[derive(Debug)]
pub struct Checked {
    /// The manifest.
    pub manifest: Manifest,
    /// The hooks that the code exports, or why it cannot be loaded.
    pub exported: Result<BTreeSet<HookName>, PluginLoadError>,
    /// The code, where it can be loaded.
    pub program: Option<Program>,
    /// The hooks that the author wrote, where the code tells: the SDK exports all of them.
    pub written: Option<BTreeSet<HookName>>,
    /// The contract's functions that the code imports, as `host-api/log`; none where it cannot be
    /// loaded, and none of a script, whose interpreter imports whatever any script may call.
    pub imported: BTreeSet<String>,
    /// The migrations that make its own tables, in order, or why they may not run.
    pub migrations: Result<Vec<Migration>, PluginLoadError>,
    /// Warnings of what in the folder looks like a plugin and is not loaded, with what to do.
    pub warnings: Vec<String>,
}

/// Reads a plugin's folder as a server would whose database has this dialect, and compiles its
/// code, which takes from milliseconds to seconds. The error is one of the manifest's; without a
/// manifest nothing more can be found.
pub fn check(
    runtime: &Runtime,
    folder: &Path,
    dialect: Dialect,
) -> Result<Checked, PluginLoadError> {
    let folder = PluginFolder::at(folder);
    let ReadManifest { manifest, bytes } = folder.read_manifest()?;
    let wanted = manifest.subscriptions().into_keys().collect();
    let entry = &manifest.plugin.entry;
    let mut written = None;
    let code = Code::read(&folder, &manifest.plugin);
    let program = code.and_then(|code| {
        let program = code.load(runtime, &wanted);
        if let (Ok(program), Code::Wasm(wasm)) = (&program, &code) {
            written = written_hooks::of(wasm, &program.exported_hooks());
        }
        program.map_err(|source| PluginLoadError::Wasm {
            entry: entry.clone(),
            source,
        })
    });
    let loaded = program.as_ref().ok().cloned();
    let imported = match &program {
        Ok(program) if manifest.plugin.runtime.script().is_none() => program.imported_functions(),
        _ => BTreeSet::new(),
    };
    // In a project, what was built beside the sources is where it belongs.
    let is_project = matches!(program, Err(PluginLoadError::Entry { .. }));
    let mut warnings = if is_project {
        Vec::new()
    } else {
        folder.nested_warnings()
    };
    warnings.extend(foreign_keys(&bytes));
    Ok(Checked {
        warnings,
        migrations: migrations::read(&folder, &manifest, dialect),
        manifest,
        exported: program.map(|program| program.exported_hooks()),
        written,
        imported,
        program: loaded,
    })
}

/// Says of keys that the manifest has from another system what they are here.
fn foreign_keys(manifest: &[u8]) -> Vec<String> {
    let text = str::from_utf8(manifest).unwrap_or_default();
    let found = raisfast_manifest::foreign_keys(text).into_iter();
    found
        .map(|ForeignKey { line, key, advice }| format!("{MANIFEST}:{line}: `{key}`: {advice}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use raisfast_contract::is_printable;
    use raisfast_runtime::{LoadError, RuntimeOptions};

    use super::*;

    /// A component that exports `filter-html` and nothing else.
    const FILTER: &str = include_str!("../../../../tests/guests/component.wat");

    pub(super) fn checked(manifest: &str, wasm: Option<&[u8]>) -> Result<Checked, PluginLoadError> {
        checked_with(manifest, wasm, &[])
    }

    pub(super) fn checked_with(
        manifest: &str,
        wasm: Option<&[u8]>,
        migrations: &[(&str, &str)],
    ) -> Result<Checked, PluginLoadError> {
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
        fs::create_dir(folder.path().join("migrations")).unwrap();
        for (name, sql) in migrations {
            fs::write(folder.path().join("migrations").join(name), sql).unwrap();
        }
        check(
            &Runtime::new(RuntimeOptions::default()).unwrap(),
            folder.path(),
            Dialect::Sqlite,
        )
    }

    pub(super) fn filter() -> Vec<u8> {
        wat::parse_str(FILTER).unwrap()
    }

    #[test]
    fn a_plugin_that_fits_has_nothing_in_vain() {
        let checked = checked("[hooks.filter-html]", Some(&filter())).unwrap();
        assert_eq!(
            checked.exported.as_ref().unwrap(),
            &[HookName::FilterHtml].into()
        );
        assert!(checked.written_in_vain().is_empty());
        assert!(checked.granted_in_vain().is_empty());
    }

    #[test]
    fn a_plugin_inside_of_the_plugin_is_found_but_not_inside_of_a_project() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n";
        let dist = folder.path().join("dist");
        fs::create_dir(&dist).unwrap();
        for path in [folder.path(), &dist] {
            fs::write(path.join("manifest.toml"), manifest).unwrap();
        }
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let warnings = || {
            let checked = check(&runtime, folder.path(), Dialect::Sqlite).unwrap();
            checked.warnings
        };
        assert_eq!(warnings(), Vec::<String>::new());
        fs::write(folder.path().join("plugin.wasm"), filter()).unwrap();
        let [warning] = warnings().try_into().unwrap();
        assert!(warning.contains("/dist` is loaded"), "{warning}");
    }

    #[test]
    fn keys_of_another_system_are_said_with_their_lines() {
        let foreign = "sdk_version = '1'\n[hooks.filter-html]\n[permissions]\nfilesystem = true";
        let checked = checked(foreign, Some(&filter())).unwrap();
        let [version, files] = checked.warnings.as_slice() else {
            panic!("{:?}", checked.warnings);
        };
        assert!(
            version.starts_with("manifest.toml:5: `sdk_version`"),
            "{version}"
        );
        assert!(
            files.starts_with("manifest.toml:8: `filesystem`"),
            "{files}"
        );
    }

    #[test]
    fn a_migration_that_may_not_run_leaves_the_rest_to_be_shown() {
        let other = [("1.sql", "DROP TABLE posts")];
        let checked = checked_with("[hooks.filter-html]", Some(&filter()), &other).unwrap();
        assert!(checked.exported.is_ok());
        let error = checked.migrations.unwrap_err().to_string();
        assert!(
            error.starts_with("migrations/1.sql, line 1: `posts` is not"),
            "{error}"
        );
    }

    #[test]
    fn code_that_does_not_load_leaves_the_manifest_to_be_shown() {
        let subscribed = "[hooks.on-login]";
        let lacks = checked(subscribed, Some(&filter())).unwrap();
        assert_eq!(lacks.manifest.hooks.len(), 1);
        assert!(lacks.written_in_vain().is_empty());
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
        assert!(
            error.to_string().contains("not a WebAssembly file"),
            "{error}"
        );
        let error = checked(subscribed, None).unwrap().exported.unwrap_err();
        assert!(matches!(error, PluginLoadError::Entry { .. }), "{error}");
    }

    /// Names in wasm may be anything: a forged record, a terminal's escapes in seven and in eight
    /// bits, turned text.
    #[test]
    fn hostile_names_of_files_and_imports_are_shown_escaped() {
        const HOSTILE: &str = r"x\0a2026-12-01 INFO all is well\1b[31m\c2\9b31m\e2\80\ae";
        let modules = [
            format!("(component (import \"{HOSTILE}\" (func)))"),
            format!("(component (import \"a:b/c\" (instance (export \"{HOSTILE}\" (func)))))"),
            format!("(module (import \"env\" \"{HOSTILE}\" (func)))"),
            format!("(module (import \"{HOSTILE}\" \"f\" (func)))"),
            format!("(module (func (export \"{HOSTILE}\")))"),
        ];
        let mut quoted = 0;
        for module in modules {
            let wasm = wat::parse_str(&module).unwrap();
            let error = checked("", Some(&wasm)).unwrap().exported.unwrap_err();
            let error = error.to_string();
            let lines: Vec<_> = error.lines().collect();
            assert!(
                lines.iter().all(|line| line.chars().all(is_printable)),
                "{error:?}"
            );
            assert!(
                !lines.iter().any(|line| line.starts_with("2026")),
                "{error:?}"
            );
            quoted += usize::from(error.contains(r"\u{202e}"));
        }
        assert!(quoted > 0, "some of these errors quote the names");

        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let folder = Path::new("/nowhere/x\n\x1b[31m\u{9b}\u{202e}");
        let error = check(&runtime, folder, Dialect::Sqlite).unwrap_err();
        let error = error.to_string();
        assert!(error.chars().all(is_printable), "{error:?}");
    }

    #[test]
    fn without_a_manifest_that_can_be_read_there_is_only_its_error() {
        let error = checked("[hooks.on-logn]", Some(&filter())).unwrap_err();
        assert!(
            matches!(error, PluginLoadError::InvalidManifest(_)),
            "{error}"
        );
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let error = check(&runtime, Path::new("/nowhere/at/all"), Dialect::Sqlite).unwrap_err();
        assert!(matches!(error, PluginLoadError::Manifest { .. }), "{error}");
    }
}
