//! The space on the disks.

use std::{collections::BTreeSet, os::unix::fs::MetadataExt as _};

use rustix::fs::{StatVfs, statvfs};

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};
use crate::cli::backup::in_words;

/// The least space that a site should have: for the log of a busy database, and some days to act.
const LEAST: u64 = 256 << 20;

#[expect(clippy::unused_async, reason = "a check is a future")]
pub(super) async fn look(subject: &Subject) -> Outcome {
    let site = &subject.site;
    let database = site.database.path().and_then(|file| file.parent());
    let folders = [
        Some(site.config.data_dir.as_path()),
        Some(&site.config.cache_dir),
        database,
        site.files.path(),
    ];
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for folder in folders.into_iter().flatten() {
        let Ok(metadata) = folder.metadata() else {
            continue;
        };
        if !seen.insert(metadata.dev()) {
            continue;
        }
        if let Ok(disk) = statvfs(folder)
            && let Some(short) = shortage(&disk)
        {
            findings.push(Finding::new(
                format!("the disk of {} has {short}", folder.display()),
                "a full disk makes the server refuse every change",
                format!("du -xh --max-depth=2 {} | sort -h", folder.display()),
            ));
        }
    }
    findings.into_iter().collect()
}

/// Returns what there is too little of.
fn shortage(disk: &StatVfs) -> Option<String> {
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < LEAST {
        return Some(format!(
            "{} free, and should have {}",
            in_words(free),
            in_words(LEAST)
        ));
    }
    // A file system without a fixed number of files has 0 of both.
    let few = disk.f_files > 0 && disk.f_favail < disk.f_files / 100;
    few.then(|| format!("room for {} more files only", disk.f_favail))
}
