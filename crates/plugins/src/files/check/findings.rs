//! Likely mistakes in a plugin that can be loaded: hooks that nobody wrote or nobody calls, grants
//! and functions that are in vain, migrations in a doubtful order.

use std::collections::BTreeSet;

use raisfast_contract::{
    HookName, TablePrefix,
    grant::{Access, TableGrant},
};
use raisfast_host_api::migration::Migration;
use raisfast_manifest::Manifest;
use raisfast_runtime::compatibility::host_functions;

use super::Checked;
use crate::{files::migrations, options};

/// Functions that can only fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ungranted<'a> {
    /// The functions, as `host-api/log`.
    pub functions: Vec<&'a str>,
    /// The line of a manifest that would change that.
    pub line: &'static str,
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
    use raisfast_contract::written_hooks;

    use super::{
        super::tests::{checked, checked_with, filter},
        *,
    };

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
        assert!(written_in_vain(&manifest, &written).is_empty());
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
}
