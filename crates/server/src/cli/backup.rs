//! `raisfast backup`: the whole site into one file, while it is served.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{SecondsFormat, Utc};
use raisfast_backup::{FORMAT, Header, Size, Sources, Written, write};
use raisfast_db::Database;
use serde_json::json;

use super::{
    site::{Part, Site},
    table,
};
use crate::config::Flags;

/// The name of the database's file in an archive.
const DATABASE: &str = "raisfast.db";

#[derive(clap::Args)]
pub(super) struct Backup {
    /// The archive to write: a tar in gzip, which nobody but this user can read
    file: PathBuf,
    /// Leave the database out, which has been dumped with its own tools
    #[arg(long)]
    without_database: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Flags,
}

pub(super) const HELP: &str = "\
The server may run meanwhile: the database is copied as it is at one moment, then plugins' files, plugins and \
raisfast.toml. What the environment sets is not in the archive. It holds hashes of passwords and the secrets of \
raisfast.toml: keep it where others cannot read it. On PostgreSQL and MariaDB the message names the command that \
dumps the database. All flags of `raisfast serve` are accepted.

Examples:
  raisfast backup site.tar.gz
  raisfast backup /var/backups/site.tar.gz --data-dir /srv/raisfast
  raisfast backup site.tar.gz --without-database";

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let site = Site::of(&self.server)?;
        let began = std::time::Instant::now();
        let folder = match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Beside the archive: there is space for the one where there is space for the other.
        let temporary = tempfile::Builder::new()
            .prefix(".raisfast-backup-")
            .tempdir_in(folder)
            .with_context(|| format!("cannot write to the folder {}", folder.display()))?;
        let mut schema = Vec::new();
        let mut database = None;
        let made_at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        match &site.database {
            _ if self.without_database => {}
            Part::Here(file) if !file.exists() => bail!(
                "there is no database at {}: name the site's data folder with --data-dir or RAISFAST_DATA_DIR",
                file.display()
            ),
            Part::Here(_) => {
                let copy = temporary.path().join(DATABASE);
                schema = Database::copy(site.config.database_url.expose(), &copy).await?;
                database = Some((copy, DATABASE.to_owned()));
            }
            Part::Elsewhere { name, copy, .. } => bail!(
                "the database of this site is {name}, which has a tool that copies it: run\n  {copy}\n\
                 and then this command once more with --without-database"
            ),
            Part::Memory => bail!(
                "the database of this site is in the server's memory, and gone with it: there is nothing to back up"
            ),
        }
        let sources = Sources {
            database,
            files: site.files.path().map(Path::to_owned),
            plugins: Some(site.config.plugins.dir.clone()),
            settings: site.settings.clone(),
        };
        if let Some(file) = sources
            .settings
            .as_deref()
            .filter(|file| holds_secret_key(file))
        {
            warn_of_the_key(file);
        }
        let header = Header {
            format: FORMAT,
            server: env!("CARGO_PKG_VERSION").to_owned(),
            parts: sources.parts(),
            schema,
            made_at,
        };
        let archive = self.file.clone();
        let written =
            tokio::task::spawn_blocking(move || write(&archive, &header, &sources)).await??;
        let left_out = left_out(&site, self.without_database);
        if self.json {
            print_json(&self.file, &written, &left_out);
        } else {
            print(&self.file, &written, &left_out, began.elapsed());
        }
        Ok(())
    }
}

/// Returns whether a file of settings holds the key of plugins' secrets.
fn holds_secret_key(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let settings: toml::Table = toml::from_str(&text).unwrap_or_default();
    settings.contains_key("secret_key")
}

/// Warns that the archive holds plugins' secrets and what opens them.
fn warn_of_the_key(file: &Path) {
    say_aside!(
        "warning: {} holds `secret_key`, so this archive has plugins' secrets and the key that opens them: set \
         RAISFAST_SECRET_KEY, or write the key to secret.key in the data folder",
        file.display()
    );
}

/// A part that the archive does not have, with the command that copies it.
fn left_out(site: &Site, without_database: bool) -> Vec<(&'static str, String)> {
    let mut left_out = Vec::new();
    if without_database {
        let copy = match &site.database {
            Part::Elsewhere { copy, .. } => copy.clone(),
            Part::Here(_) | Part::Memory => "raisfast backup FILE".to_owned(),
        };
        left_out.push(("database", copy));
    }
    if let Part::Elsewhere { copy, .. } = &site.files {
        left_out.push(("files", copy.clone()));
    }
    left_out
}

fn print(file: &Path, written: &Written, left_out: &[(&str, String)], time: Duration) {
    let rows: Vec<_> = written
        .parts
        .iter()
        .map(|(part, size)| row(part.as_str(), *size))
        .collect();
    table::print(["PART", "FILES", "SIZE"], &rows);
    for (part, copy) in left_out {
        say!("\n{part}: not in the archive; copy with\n  {copy}");
    }
    say!(
        "\n{} is complete: {} in {:.1} s",
        file.display(),
        in_words(written.bytes),
        time.as_secs_f64()
    );
}

/// A line of a table of parts.
pub(super) fn row(part: &str, size: Size) -> [String; 3] {
    [
        part.to_owned(),
        size.files.to_string(),
        in_words(size.bytes),
    ]
}

/// Returns a size as people write it.
pub(super) fn in_words(bytes: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "one digit behind the point is shown"
    )]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", of(1 << 10)),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", of(1 << 20)),
        _ => format!("{:.1} GiB", of(1 << 30)),
    }
}

fn print_json(file: &Path, written: &Written, left_out: &[(&str, String)]) {
    let parts: Vec<_> = written
        .parts
        .iter()
        .map(|(part, size)| json!({ "part": part, "files": size.files, "bytes": size.bytes }))
        .collect();
    let left_out: Vec<_> = left_out
        .iter()
        .map(|(part, copy)| json!({ "part": part, "copy": copy }))
        .collect();
    say!(
        "{}",
        json!({ "archive": file, "bytes": written.bytes, "parts": parts, "left_out": left_out })
    );
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        for (bytes, words) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (5 << 20, "5.0 MiB"),
            (3 << 30, "3.0 GiB"),
        ] {
            assert_eq!(in_words(bytes), words);
        }
    }
}
