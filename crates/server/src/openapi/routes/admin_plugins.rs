//! `admin/plugins` and `admin/cron`.

use super::{
    super::{
        operation::{Query, delete, get, post, put},
        schema::{
            figures::{Figures, PluginFigures},
            plugin_settings::{PluginSettings, SettingChanges},
            plugins::{
                InstalledPlugin, LogRecords, Plugin, PluginReleases, PluginStorage, PluginTerms,
                Plugins, RemovedPlugin, RemovedPlugins,
            },
            recordings::Recording,
        },
    },
    Group,
};

const LEVEL: Query = Query::one_of(
    "level",
    &["trace", "debug", "info", "warn", "error"],
    "Records of this level and those more severe.",
);
const LATEST: Query = Query::number("limit", (1, 200), "No more than this many, the latest.");

pub(super) fn group() -> Group {
    let mut operations = installation();
    operations.extend(releases());
    operations.extend(switches());
    operations.extend(insight());
    Group {
        name: "Plugins",
        description: "Plugins and their scheduled work, for admins.",
        operations,
    }
}

fn installation() -> Vec<super::Operation> {
    vec![
        get("/api/v1/admin/plugins", "listPlugins", "List plugins")
            .for_admins()
            .returns::<Plugins>(200, "All plugins."),
        post(
            "/api/v1/admin/plugins",
            "installPlugin",
            "Install a plugin, or replace one",
        )
        .for_admins()
        .takes_archive()
        .returns::<InstalledPlugin>(200, "It serves in the place of the version before it.")
        .returns::<InstalledPlugin>(201, "It serves.")
        .returns::<InstalledPlugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409]),
        post(
            "/api/v1/admin/plugins/check",
            "checkPlugin",
            "Say what a plugin would be if it were installed",
        )
        .for_admins()
        .takes_archive()
        .returns::<PluginTerms>(200, "What it asks for.")
        .refuses(&[409]),
        get(
            "/api/v1/admin/plugins/{plugin}",
            "readPlugin",
            "Show a plugin",
        )
        .for_admins()
        .returns::<Plugin>(200, "The plugin."),
        delete(
            "/api/v1/admin/plugins/{plugin}",
            "removePlugin",
            "Delete a plugin's folder and log, and its data on demand",
        )
        .for_admins()
        .query(&[Query::one_of(
            "delete_data",
            &["true", "false"],
            "Delete what it has stored, too, whether it is still installed or not; `false` without it.",
        )])
        .returns::<RemovedPlugin>(200, "It is gone, and what became of its data.")
        .refuses(&[409]),
        get(
            "/api/v1/admin/plugins/removed",
            "listRemovedPlugins",
            "List what plugins have left that are not installed",
        )
        .for_admins()
        .returns::<RemovedPlugins>(200, "What each of them keeps."),
        post(
            "/api/v1/admin/plugins/{plugin}/shadow",
            "shadowPlugin",
            "Try a version beside the one that serves",
        )
        .for_admins()
        .query(&[
            Query::number("calls", (1, 10_000), "Calls to compare; 10,000 without it."),
            Query::number("seconds", (1, 1800), "The longest time; 600 without it."),
        ])
        .takes_archive()
        .returns_events("`progress` each second, and `report` at the end.")
        .refuses(&[409]),
        delete(
            "/api/v1/admin/plugins/{plugin}/shadow",
            "endShadow",
            "End such a run",
        )
        .for_admins()
        .returns_nothing("It has ended, or what was tried is thrown away."),
        post(
            "/api/v1/admin/plugins/{plugin}/promote",
            "promotePlugin",
            "Install the version that was tried last",
        )
        .for_admins()
        .query(&[Query::text("digest", "The digest of the run's report.")])
        .returns::<InstalledPlugin>(200, "It serves in the place of the version before it.")
        .returns::<InstalledPlugin>(201, "It serves.")
        .returns::<InstalledPlugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409, 422]),
    ]
}

fn releases() -> Vec<super::Operation> {
    vec![
        get(
            "/api/v1/admin/plugins/{plugin}/releases",
            "listReleases",
            "List the versions of a plugin that were installed",
        )
        .for_admins()
        .returns::<PluginReleases>(200, "The releases, and what each server runs."),
        post(
            "/api/v1/admin/plugins/{plugin}/rollback",
            "rollBackPlugin",
            "Install a release of before again, on every server",
        )
        .for_admins()
        .query(&[Query::text(
            "release",
            "A version, or the beginning of a digest; without it, the release before the present one.",
        )])
        .returns::<InstalledPlugin>(200, "It serves in the place of the version before it.")
        .returns::<InstalledPlugin>(201, "It serves.")
        .returns::<InstalledPlugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409, 422]),
    ]
}

fn switches() -> Vec<super::Operation> {
    vec![
        get(
            "/api/v1/admin/plugins/{plugin}/settings",
            "readSettings",
            "Show the settings of a plugin",
        )
        .for_admins()
        .returns::<PluginSettings>(200, "The settings, without secrets.")
        .refuses(&[409]),
        put(
            "/api/v1/admin/plugins/{plugin}/settings",
            "changeSettings",
            "Change settings of a plugin",
        )
        .for_admins()
        .takes::<SettingChanges>()
        .returns::<PluginSettings>(200, "The settings as they are now, without secrets.")
        .refuses(&[409, 422]),
        post(
            "/api/v1/admin/plugins/{plugin}/enable",
            "enablePlugin",
            "Turn a plugin on",
        )
        .for_admins()
        .returns::<Plugin>(200, "It serves.")
        .returns::<Plugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409]),
        post(
            "/api/v1/admin/plugins/{plugin}/disable",
            "disablePlugin",
            "Turn a plugin off",
        )
        .for_admins()
        .returns::<Plugin>(200, "It is off."),
        post(
            "/api/v1/admin/plugins/{plugin}/reload",
            "reloadPlugin",
            "Load a plugin from its folder again",
        )
        .for_admins()
        .returns::<Plugin>(200, "It serves.")
        .returns::<Plugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409]),
        post(
            "/api/v1/admin/plugins/{plugin}/reset",
            "resetPlugin",
            "End a plugin's pauses",
        )
        .for_admins()
        .returns::<Plugin>(200, "It is called again."),
        post(
            "/api/v1/admin/plugins/{plugin}/adopt",
            "adoptPlugin",
            "Give a plugin's id to another folder",
        )
        .for_admins()
        .query(&[Query::text("folder", "The folder's name.").required()])
        .returns::<Plugin>(200, "It serves.")
        .returns::<Plugin>(202, "It is being compiled, and serves then.")
        .refuses(&[409]),
        post(
            "/api/v1/admin/cron/{plugin}/{job_type}",
            "runCronEntry",
            "Run a cron entry now, and wait for it",
        )
        .for_admins()
        .returns_nothing("It has run.")
        .refuses(&[409, 502]),
    ]
}

const AFTER: Query = Query::at_least("after", 0, "The steps after this one.");
const LAST: Query = Query::at_least("last", 0, "The last steps, this many; all without it.");

fn insight() -> Vec<super::Operation> {
    vec![
        get(
            "/api/v1/admin/figures",
            "readFigures",
            "What is counted, of all plugins",
        )
        .for_admins()
        .query(&[AFTER, LAST])
        .returns::<Figures>(200, "The figures."),
        get(
            "/api/v1/admin/plugins/{plugin}/figures",
            "readPluginFigures",
            "What is counted, of a plugin",
        )
        .for_admins()
        .query(&[AFTER, LAST])
        .returns::<PluginFigures>(200, "The figures."),
        get(
            "/api/v1/admin/plugins/{plugin}/storage",
            "readPluginStorage",
            "Show the room that a plugin takes: keys, files and tables",
        )
        .for_admins()
        .returns::<PluginStorage>(200, "What it keeps, beside what it may keep."),
        get(
            "/api/v1/admin/logs/stream",
            "followLogs",
            "The logs of all plugins",
        )
        .for_admins()
        .query(&[LEVEL, LATEST])
        .returns_events("`record`, and `lagged` with what a slow reader has lost."),
        get(
            "/api/v1/admin/plugins/{plugin}/logs",
            "readLog",
            "The latest records of a plugin's log",
        )
        .for_admins()
        .query(&[LEVEL, LATEST])
        .returns::<LogRecords>(200, "The records, the oldest first."),
        get(
            "/api/v1/admin/plugins/{plugin}/logs/stream",
            "followLog",
            "A plugin's log, and what is written from now on",
        )
        .for_admins()
        .query(&[LEVEL, LATEST])
        .returns_events("`record`, and `lagged` with what a slow reader has lost."),
        get(
            "/api/v1/admin/plugins/{plugin}/failures",
            "readFailures",
            "The last calls of a plugin that failed",
        )
        .for_admins()
        .returns::<Recording>(200, "The calls."),
        get(
            "/api/v1/admin/plugins/{plugin}/recording",
            "recordCalls",
            "Record calls to come",
        )
        .for_admins()
        .query(&[
            Query::number("calls", (1, 1000), "Calls to record; 10 without it."),
            Query::number("seconds", (1, 3600), "The longest time; 60 without it."),
        ])
        .returns::<Recording>(200, "The calls.")
        .refuses(&[409]),
        get(
            "/api/v1/admin/plugins/{plugin}/changes/stream",
            "followChanges",
            "What a plugin's calls change from now on",
        )
        .for_admins()
        .returns_events("`changed`, and `lagged` with what a slow reader has lost."),
    ]
}
