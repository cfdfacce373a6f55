//! A look at a plugin's folder without a server: what keeps it from loading, and what it asks for.
//!
//! Nothing of the plugin runs. Its code is compiled and compared with the contract, but no instance
//! is made, so a start function that traps is not found. Its migrations are parsed, and not run.

use std::{collections::BTreeSet, path::Path};

use raisfast_contract::{
    HookName, TablePrefix,
    grant::{Access, TableGrant},
    written_hooks,
};
use raisfast_host_api::{capability::Dialect, migration::Migration};
use raisfast_manifest::Manifest;
use raisfast_runtime::{Program, Runtime, compatibility::host_functions};

use crate::{PluginLoadError, files::folder::PluginFolder, files::migrations, options};

/// A folder whose manifest is right.
#[derive(Debug)]
pub struct Checked {
    /// The manifest.
    pub manifest: Manifest,
    /// The hooks that the code exports, or why it cannot be loaded.
    pub exported: Result<BTreeSet<HookName>, PluginLoadError>,
    /// The hooks that the author wrote, where the code tells: the SDK exports all of them.
    pub written: Option<BTreeSet<HookName>>,
    /// The contract's functions that the code imports, as `host-api/log`; none where it cannot be
    /// loaded.
    pub imported: BTreeSet<String>,
    /// The migrations that make its own tables, in order, or why they may not run.
    pub migrations: Result<Vec<Migration>, PluginLoadError>,
    /// Warnings of what in the folder looks like a plugin and is not loaded, with what to do.
    pub warnings: Vec<String>,
}

/// Functions that can only fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ungranted<'a> {
    /// The functions, as `host-api/log`.
    pub functions: Vec<&'a str>,
    /// The line of a manifest that would change that.
    pub line: &'static str,
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
    let manifest = folder.read_manifest()?.manifest;
    let wanted = manifest.subscriptions().into_keys().collect();
    let entry = &manifest.plugin.entry;
    let mut written = None;
    let program = folder.read_entry(entry).and_then(|wasm| {
        let program = runtime.load(&wasm, &wanted);
        if let Ok(program) = &program {
            written = written_hooks::of(&wasm, &program.exported_hooks());
        }
        program.map_err(|source| PluginLoadError::Wasm {
            entry: entry.clone(),
            source,
        })
    });
    let imported = program
        .as_ref()
        .map_or_else(|_| BTreeSet::new(), Program::imported_functions);
    // In a project, what was built beside the sources is where it belongs.
    let is_project = matches!(program, Err(PluginLoadError::Entry { .. }));
    let warnings = if is_project {
        Vec::new()
    } else {
        folder.nested_warnings()
    };
    Ok(Checked {
        warnings,
        migrations: migrations::read(&folder, &manifest, dialect),
        manifest,
        exported: program.map(|program| program.exported_hooks()),
        written,
        imported,
    })
}

/// Returns whether the exports are all hooks of their interfaces.
fn show_no_intent(exported: &BTreeSet<HookName>) -> bool {
    let mut of_their_interfaces = exported
        .iter()
        .flat_map(|hook| HookName::of_interface(hook.interface()));
    of_their_interfaces.all(|hook| exported.contains(&hook))
}

impl Checked {
    /// The hooks that somebody wrote and the manifest does not name: they are not called. Where the
    /// code does not tell what was written it is what it exports; but exports of all hooks show no
    /// intent.
    pub fn written_in_vain(&self) -> BTreeSet<HookName> {
        let Ok(exported) = &self.exported else {
            return BTreeSet::new();
        };
        let written = match &self.written {
            Some(written) => written,
            None if show_no_intent(exported) => return BTreeSet::new(),
            None => exported,
        };
        written_in_vain(&self.manifest, written)
    }

    /// The hooks that the manifest names and the SDK's default answers: nothing happens in them.
    pub fn left_to_defaults(&self) -> BTreeSet<HookName> {
        match &self.written {
            Some(written) => left_to_defaults(&self.manifest, written),
            None => BTreeSet::new(),
        }
    }

    /// Returns the prefix of the names of the plugin's own tables, if it makes some.
    pub fn own_tables(&self) -> Option<TablePrefix> {
        let migrations = self.migrations.as_ref().ok()?;
        migrations::own_tables(&self.manifest, migrations)
    }

    /// Migrations, one before the other, whose numbers say something else: `10_b.sql` runs before
    /// `2_a.sql`, and nothing tells which of `1_a.sql` and `1_b.sql` was meant to be first.
    pub fn doubtful_order(&self) -> Vec<(&str, &str)> {
        let names: Vec<_> = self
            .migrations
            .iter()
            .flatten()
            .map(Migration::name)
            .collect();
        let number = |name: &str| {
            let digits = name.bytes().take_while(u8::is_ascii_digit).count();
            name[..digits].parse::<u64>().ok()
        };
        names
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .filter(|(one, next)| {
                matches!((number(one), number(next)), (Some(one), Some(next)) if one >= next)
            })
            .collect()
    }

    /// Functions that the code imports although the manifest grants nothing for them. None of a
    /// component that imports all there are: tools that put an engine beside the code make it so,
    /// whatever the code calls.
    pub fn ungranted(&self) -> Vec<Ungranted<'_>> {
        if host_functions().is_subset(&self.imported) {
            return Vec::new();
        }
        let permissions = &self.manifest.permissions;
        let has_tables = !permissions.database.is_empty()
            || !matches!(&self.migrations, Ok(migrations) if migrations.is_empty());
        [
            (
                permissions.http.is_empty(),
                is_http as fn(&str) -> bool,
                "http = [\"https://api.example.com\"]",
            ),
            (!has_tables, is_database, "database = [\"read:posts\"]"),
        ]
        .into_iter()
        .filter(|(nothing, ..)| *nothing)
        .map(|(_, is_one, line)| Ungranted {
            functions: self
                .imported
                .iter()
                .map(String::as_str)
                .filter(|function| is_one(function))
                .collect(),
            line,
        })
        .filter(|ungranted| !ungranted.functions.is_empty())
        .collect()
    }

    /// The grants that no table of a database answers to. Those that are in vain anyway are left
    /// out.
    pub fn without_table(&self, tables: &BTreeSet<String>) -> Vec<&TableGrant> {
        let in_vain = self.granted_in_vain();
        let requested = self.manifest.permissions.database.iter();
        requested
            .filter(|grant| !in_vain.contains(grant))
            .filter(|grant| {
                let access = grant.access().unwrap_or(Access::Read);
                !tables.iter().any(|table| grant.allows(access, table))
            })
            .collect()
    }

    /// The grants that change nothing, because their tables are the host's own or plugins'.
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

/// Of the hooks that somebody wrote, those that the manifest does not name.
pub fn written_in_vain(manifest: &Manifest, written: &BTreeSet<HookName>) -> BTreeSet<HookName> {
    let subscribed = manifest.subscriptions();
    // A cron entry that is not enabled can still be run by hand.
    let is_called = |hook: &HookName| {
        subscribed.contains_key(hook)
            || (*hook == HookName::OnCronTick && !manifest.cron.is_empty())
    };
    let unnamed = written.iter().filter(|hook| !is_called(hook));
    unnamed.copied().collect()
}

/// Of the hooks that the manifest names, those that nobody wrote.
pub fn left_to_defaults(manifest: &Manifest, written: &BTreeSet<HookName>) -> BTreeSet<HookName> {
    let subscribed = manifest.subscriptions().into_keys();
    subscribed.filter(|hook| !written.contains(hook)).collect()
}

fn is_http(function: &str) -> bool {
    function.starts_with("host-api/http-")
        || function.starts_with("http/")
        || function.starts_with("wasi:http/")
}

/// But those that only make text.
fn is_database(function: &str) -> bool {
    function.starts_with("host-api/db-")
        || function
            .strip_prefix("database/")
            .is_some_and(|function| function != "placeholder")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use raisfast_contract::is_printable;
    use raisfast_runtime::{LoadError, RuntimeOptions};

    use super::*;

    /// A component that exports `filter-html` and nothing else.
    const FILTER: &str = include_str!("../../../../tests/guests/component.wat");

    fn checked(manifest: &str, wasm: Option<&[u8]>) -> Result<Checked, PluginLoadError> {
        checked_with(manifest, wasm, &[])
    }

    fn checked_with(
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
    fn a_hook_without_its_table_is_found() {
        let checked = checked("", Some(&filter())).unwrap();
        assert_eq!(checked.written_in_vain(), [HookName::FilterHtml].into());
    }

    #[test]
    fn what_the_code_tells_of_its_author_counts_before_what_it_exports() {
        let written = [HookName::OnLogin, HookName::FilterHtml].into();
        let wasm = [filter(), written_hooks::section(&written)].concat();
        let in_vain = checked("[hooks.filter-html]", Some(&wasm)).unwrap();
        assert_eq!(in_vain.written_in_vain(), [HookName::OnLogin].into());
        assert!(in_vain.left_to_defaults().is_empty());

        let wasm = [filter(), written_hooks::section(&BTreeSet::new())].concat();
        let defaults = checked("[hooks.filter-html]", Some(&wasm)).unwrap();
        assert_eq!(defaults.left_to_defaults(), [HookName::FilterHtml].into());
    }

    #[test]
    fn a_tick_that_is_only_run_by_hand_is_not_in_vain() {
        let entry = "[[cron]]\nlabel = 'a'\njob_type = 'a'\ncron_expr = '@daily'\nenabled = false";
        let manifest = checked(entry, None).unwrap().manifest;
        let written = [HookName::OnCronTick].into();
        assert!(super::written_in_vain(&manifest, &written).is_empty());
    }

    #[test]
    fn exports_of_all_hooks_show_no_intent() {
        let mut checked = checked("[hooks.filter-html]", Some(&filter())).unwrap();
        checked.exported = Ok(HookName::ALL.into());
        assert!(checked.written_in_vain().is_empty());
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
    fn a_grant_is_compared_with_the_tables_that_there_are() {
        let grants =
            r#"database = ["read:posts", "write:psots", "shop_*", "blog_*", "users", "*"]"#;
        let checked = checked(&format!("[permissions]\n{grants}"), Some(&filter())).unwrap();
        let tables = ["posts", "users", "blog_entries"].map(str::to_owned).into();
        let missing: Vec<_> = checked
            .without_table(&tables)
            .into_iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(missing, ["write:psots", "shop_*"]);
    }

    #[test]
    fn functions_that_can_only_fail_are_found() {
        let mut quiet = checked("", Some(&filter())).unwrap();
        assert!(quiet.ungranted().is_empty());
        quiet.imported = [
            "host-api/log",
            "host-api/db-query",
            "host-api/http-get",
            "wasi:http/outgoing-handler/handle",
            "database/insert",
            "database/placeholder",
        ]
        .map(str::to_owned)
        .into();
        let found = quiet.ungranted();
        assert_eq!(
            found[0].functions,
            ["host-api/http-get", "wasi:http/outgoing-handler/handle"]
        );
        assert_eq!(found[1].functions, ["database/insert", "host-api/db-query"]);
        assert_eq!(found[1].line, "database = [\"read:posts\"]");

        let mut all = checked("", Some(&filter())).unwrap();
        all.imported = host_functions();
        assert!(all.imported.contains("host-api/http-get"));
        assert!(all.ungranted().is_empty());

        // Own tables need no grant.
        let own = [("1.sql", "CREATE TABLE own_com_example_x__a (id INTEGER)")];
        let mut own = checked_with("", Some(&filter()), &own).unwrap();
        own.imported = quiet.imported.clone();
        assert_eq!(own.ungranted(), quiet.ungranted()[..1]);
        assert_eq!(own.own_tables().unwrap().as_str(), "own_com_example_x__");
    }

    #[test]
    fn an_order_that_may_not_be_meant_is_found() {
        let files =
            ["10_c.sql", "1_a.sql", "1_b.sql", "2_d.sql", "words.sql"].map(|name| (name, ""));
        let checked = checked_with("", Some(&filter()), &files).unwrap();
        assert_eq!(
            checked.doubtful_order(),
            [("10_c.sql", "1_a.sql"), ("1_a.sql", "1_b.sql")]
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
