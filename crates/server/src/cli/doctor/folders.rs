//! The rights on the server's folders, and what lies in them that should not.

use std::{collections::BTreeSet, path::Path};

use raisfast_private_folder::Exposed;
use rustix::fs::{Access, access};

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};

#[expect(clippy::unused_async, reason = "a check is a future")]
pub(super) async fn look(subject: &Subject) -> Outcome {
    let site = &subject.site;
    let config = &site.config;
    let mut findings = Vec::new();
    // One folder with wrong rights exposes those below it.
    let mut seen = BTreeSet::new();
    for (name, folder) in [
        ("data folder", config.data_dir.as_path()),
        ("folder of compiled plugins", &config.cache_dir),
        ("folder of plugins", &config.plugins.dir),
    ] {
        if folder.exists()
            && let Err(exposed) = raisfast_private_folder::check(folder)
            && seen.insert(exposed.to_string())
        {
            findings.push(unsafe_place(&format!("the {name}"), &exposed));
        }
    }
    let files = site.files.path();
    let folders = [Some(config.data_dir.as_path()), files];
    for folder in folders.into_iter().flatten() {
        findings.extend(unwritable(folder));
    }
    if let Some(database) = site.database.path()
        && raisfast_private_folder::is_readable_by_others(database)
    {
        let file = database.display();
        findings.push(Finding::new(
            format!("others on this machine can read the database {file}"),
            "it holds the hashes of passwords, and drafts",
            format!("chmod go-rwx {file} {file}-wal {file}-shm"),
        ));
    }
    if config.data_dir.join(raisfast_backup::JOURNAL).exists() {
        findings.push(Finding::new(
            "a restore was interrupted",
            "the former site is put back at the next start, and the backup is not restored",
            "raisfast restore FILE --replace",
        ));
    }
    findings.into_iter().collect()
}

/// Returns what is wrong with a place that others could change, with the command that corrects it.
pub(super) fn unsafe_place(name: &str, exposed: &Exposed) -> Finding {
    let (what, remedy) = match exposed {
        Exposed::Writable { path, mode, chmod } => (
            format!("others can write to {} (mode {mode:04o})", path.display()),
            format!("chmod {chmod} {}", path.display()),
        ),
        Exposed::Foreign { path, owner, user } => (
            format!("{} belongs to user {owner}, not {user}", path.display()),
            format!("chown {user} {}", path.display()),
        ),
        Exposed::Unreadable { path, source } => (
            format!("{} cannot be looked at: {source}", path.display()),
            format!("ls -ld {}", path.display()),
        ),
    };
    Finding::new(
        format!("{name} is not safe: {what}"),
        "who can write there decides what the server runs and keeps",
        remedy,
    )
}

fn unwritable(folder: &Path) -> Option<Finding> {
    let usable = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    if !folder.exists() || access(folder, usable).is_ok() {
        return None;
    }
    Some(Finding::new(
        format!("this user cannot write to {}", folder.display()),
        "the server cannot keep anything there; look with the user that runs it",
        format!("chown -R USER {}", folder.display()),
    ))
}
