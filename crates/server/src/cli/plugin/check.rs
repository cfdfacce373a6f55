//! `raisfast plugin check`: says what keeps a plugin from loading, and what it may reach.

use std::{
    collections::BTreeSet,
    io::IsTerminal,
    iter::successors,
    path::{Path, PathBuf},
};

use anyhow::bail;
use chrono::Utc;
use raisfast_cases::look_at_script;
use raisfast_contract::{HookKind, HookName, TablePrefix};
use raisfast_db::Database;
use raisfast_host_api::capability::Dialect;
use raisfast_plugins::{Checked, Manifest, Misfire, OnError, Ungranted, check, migrations};
use raisfast_project::Project;
use raisfast_runtime::{Runtime, RuntimeOptions};

use crate::{
    Config, Secret, StartError,
    advice::Advice as _,
    cli::{
        plugin::{grants, hook_hints},
        table,
    },
    config::{Flags, secret},
};

/// The folder, in a plugin's own, with what makes its tables.
const MIGRATIONS: &str = "migrations";

/// The number of a cron entry's next times that are shown.
const TIMES: usize = 2;

#[derive(clap::Args)]
pub(in crate::cli) struct Check {
    /// The plugin's folder, with its manifest.toml and its wasm or script
    folder: PathBuf,
    #[command(flatten)]
    server: CheckServer,
}

/// The server on which the plugin is to run.
#[derive(clap::Args)]
struct CheckServer {
    /// Configuration file of the server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the server's database [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The server's database, whose tables grants are compared with [default: SQLite in the data
    /// folder, where there is one]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, value_parser = secret)]
    database_url: Option<Secret>,
}

pub(super) const HELP: &str = "\
It needs no server, and nothing of the plugin runs but the top level of a script, in the sandbox. Exit code 1 says that a server could not load it. \
Where the server's database is there, grants are compared with its tables; nothing in it changes.

Examples:
  raisfast plugin check my-plugin/dist
  raisfast plugin check my-script
  raisfast plugin check extensions/plugins/digest";

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        print_check(self.folder, self.server).await
    }
}

async fn print_check(folder: PathBuf, server: CheckServer) -> anyhow::Result<()> {
    let is_named = server.database_url.is_some();
    let flags = Flags::of_file(server.config)
        .with("data_dir", server.data_dir)
        .with(
            "database_url",
            server.database_url.as_ref().map(Secret::expose),
        );
    let config = Config::load(&flags)?;
    let url = config.database_url.expose();
    let dialect = Database::dialect_of(url).map_err(StartError::from)?;
    if std::io::stderr().is_terminal() {
        say_aside!(
            "checking {}; a large plugin takes some seconds",
            folder.display()
        );
    }
    // Without a cache: what is found does not depend on what was found before.
    let runtime = Runtime::new(RuntimeOptions::default())?;
    let checked = look_at_script(check(&runtime, &folder, dialect)?).await?;
    let tables = match Database::tables(url).await {
        Ok(tables) => Some(tables),
        Err(error) if is_named => return Err(StartError::from(error).into()),
        Err(error) => {
            // Without a word about the default: there is no server yet, or not here.
            let default = Config::with_data_dir(&config.data_dir).database_url;
            if url != default.expose() {
                say!(
                    "hint: grants are not compared with tables: {}\n",
                    error.with_advice()
                );
            }
            None
        }
    };
    print_manifest(&checked.manifest);
    print_settings(&checked.manifest);
    print_permissions(&checked);
    print_own_tables(&checked);
    print_hints(&checked);
    print_table_hints(&checked, &folder, dialect, tables.as_ref());
    for exceeded in config.plugins.ceilings().exceeded(&checked.manifest) {
        say!("\nhint: {}", exceeded.with_advice());
    }
    refuse_what_is_not_built(&folder, &checked.manifest)?;
    checked.exported?;
    checked.migrations?;
    say!("\nno problems found");
    Ok(())
}

/// A project has its plugin in `dist`, once it is built.
fn refuse_what_is_not_built(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let is_built = manifest.plugin.runtime.script().is_none();
    if is_built && !folder.join(&manifest.plugin.entry).exists() && Project::at(folder).is_ok() {
        let dist = folder.join("dist");
        bail!(
            "{folder} is a project, whose plugin lies in {dist} once it is built: run `raisfast plugin build {folder}`, then `raisfast plugin check {dist}`",
            folder = folder.display(),
            dist = dist.display()
        );
    }
    Ok(())
}

fn print_manifest(manifest: &Manifest) {
    let plugin = &manifest.plugin;
    say!("{} {} ({})", plugin.name, plugin.version, plugin.id);

    let subscriptions = manifest.subscriptions();
    if !subscriptions.is_empty() {
        let rows: Vec<_> = subscriptions
            .iter()
            .map(|(hook, entry)| {
                [
                    hook.to_string(),
                    entry.priority.to_string(),
                    if_it_fails(*hook, entry.on_error).to_owned(),
                ]
            })
            .collect();
        say!();
        table::print(["HOOK", "PRIORITY", "IF IT FAILS, THE SERVER"], &rows);
    }
    if !manifest.cron.is_empty() {
        say!();
        table::print(
            ["CRON JOB", "SCHEDULE", "TIME ZONE", "NEXT"],
            &cron(manifest),
        );
        let made_up = manifest.cron.iter();
        for entry in made_up.filter(|entry| entry.misfire == Misfire::Once) {
            table::print_text(&format!(
                "{}: times at which no server is there are made up for, by one run",
                entry.job_type
            ));
        }
    }
}

/// Prints the settings that operators edit.
fn print_settings(manifest: &Manifest) {
    let rows: Vec<_> = manifest
        .settings
        .iter()
        .map(|setting| {
            let default = match &setting.default {
                Some(default) => default.clone(),
                None if setting.required => "none: it is required".to_owned(),
                None => "none".to_owned(),
            };
            let kind = setting.kind.type_of().as_str().to_owned();
            [setting.key.clone(), kind, default]
        })
        .collect();
    if !rows.is_empty() {
        say!();
        table::print(["SETTING", "TYPE", "DEFAULT"], &rows);
    }
}

/// Returns what follows from a failed call. Only what runs before a change can refuse it.
fn if_it_fails(hook: HookName, on_error: OnError) -> &'static str {
    match (hook, hook.kind(), on_error) {
        (HookName::OnCronTick, ..) => "calls it at the next time",
        (_, HookKind::Action, _) if !hook.is_kept() => "does not call it again",
        (_, HookKind::Action, _) => "calls it again, 8 times at most",
        (HookName::RenderMarkdown, ..) => "asks the next plugin, then renders itself",
        (.., OnError::Continue) => "goes on without it",
        (.., OnError::Abort) => "refuses the request",
    }
}

fn cron(manifest: &Manifest) -> Vec<[String; 4]> {
    let now = Utc::now();
    let rows = manifest.cron.iter().map(|entry| {
        let times: Vec<_> = successors(entry.next_after(now), |last| entry.next_after(*last))
            .take(TIMES)
            .map(|time| time.with_timezone(&entry.timezone))
            .map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string())
            .collect();
        let next = if entry.enabled {
            times.join(", ")
        } else {
            "only by hand: it is not enabled".to_owned()
        };
        let schedule = entry.schedule.to_string();
        [
            entry.job_type.clone(),
            schedule,
            entry.timezone.to_string(),
            next,
        ]
    });
    rows.collect()
}

/// Prints what the grants mean, a line each.
fn print_permissions(checked: &Checked) {
    let permissions = &checked.manifest.permissions;
    let in_vain = checked.granted_in_vain();
    grants::print(
        permissions.http.iter(),
        permissions
            .database
            .iter()
            .filter(|grant| !in_vain.contains(grant))
            .cloned(),
        permissions.config.iter().cloned(),
    );
}

fn print_own_tables(checked: &Checked) {
    let Some(prefix) = checked.own_tables() else {
        return;
    };
    say!("\nIts own tables are called {prefix}…; they are made by");
    for migration in checked.migrations.iter().flatten() {
        say!("  {MIGRATIONS}/{}", migration.name());
    }
}

/// Prints what keeps tables and grants from meaning what they seem to.
fn print_table_hints(
    checked: &Checked,
    folder: &Path,
    dialect: Dialect,
    tables: Option<&BTreeSet<String>>,
) {
    for (one, next) in checked.doubtful_order() {
        say!(
            "\nhint: {MIGRATIONS}/{one} runs before {MIGRATIONS}/{next}: names are compared as text; number them 0001, 0002 and so on"
        );
    }
    if checked.migrations.is_ok() {
        for (other, name) in [
            (Dialect::Sqlite, "SQLite"),
            (Dialect::Postgres, "PostgreSQL"),
            (Dialect::Mysql, "MariaDB"),
        ] {
            if other == dialect {
                continue;
            }
            if let Err(error) = migrations(folder, &checked.manifest, other) {
                say!("\nhint: a server on {name} could not load it: {error}");
            }
        }
    }
    for grant in tables.map_or_else(Vec::new, |tables| checked.without_table(tables)) {
        say!(
            "\nhint: `{grant}` allows nothing now: the database has no table {}",
            grant.table()
        );
    }
    for Ungranted { functions, line } in checked.ungranted() {
        say!(
            "\nhint: the code calls {}, which fails without a grant; write in manifest.toml, under [permissions], for example {line}",
            functions.join(", ")
        );
    }
}

fn print_hints(checked: &Checked) {
    for warning in &checked.warnings {
        say!("\nhint: {warning}");
    }
    hook_hints::print(
        &checked.manifest,
        &checked.written_in_vain(),
        &checked.left_to_defaults(),
    );
    if checked.manifest.subscriptions().is_empty() {
        say!(
            "\nhint: nothing calls this plugin: its manifest has no [hooks.…] table and no [[cron]] entry that is enabled"
        );
    }
    for grant in checked.granted_in_vain() {
        say!(
            "\nhint: `{grant}` allows nothing: the table {} is {}, and no grant reaches it",
            grant.table(),
            if TablePrefix::is_of_any_plugin(&grant.table()) {
                "a plugin's own"
            } else {
                "the host's own"
            }
        );
    }
}
