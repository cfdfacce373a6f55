//! `raisfast restore`: puts a backup into an empty data folder, or in the place of a site.

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use anyhow::{anyhow, bail};
use raisfast_backup::{Archive, Contents, Part as ArchivePart, Place, Places, Staged, recover};
use raisfast_db::Database;
use serde_json::json;

use super::{
    backup::{in_words, row},
    site::{Part, Site},
    table,
};
use crate::{config::Flags, operator_socket::path_in};

/// The name that the archive's configuration gets in the data folder. The one that is used stays:
/// it may be why the site is restored here and not where it was.
const SETTINGS: &str = "raisfast.toml.restored";

#[derive(clap::Args)]
pub(super) struct Restore {
    /// The archive, as `raisfast backup` has written it
    file: PathBuf,
    /// Put it in the place of the site that is there, which is lost
    #[arg(long)]
    replace: bool,
    /// Check the archive and say what would be lost; nothing changes
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Flags,
}

pub(super) const HELP: &str = "\
The server must be stopped. The archive is read to its end before anything is touched, then unpacked beside the \
site, and only then put in its place: a restore that is interrupted leaves the former site. The configuration in \
use stays; that of the archive is written to raisfast.toml.restored in the data folder. All flags of `raisfast serve` are \
accepted.

Examples:
  raisfast restore site.tar.gz
  raisfast restore site.tar.gz --replace --dry-run
  raisfast restore site.tar.gz --replace --data-dir /srv/raisfast";

impl Restore {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let site = Site::of(&self.server)?;
        let data_dir = std::path::absolute(&site.config.data_dir)?;
        refuse_a_running_server(&site, &data_dir).await?;
        if !self.dry_run && recover(&data_dir)? {
            say_aside!("hint: a restore was interrupted before; the former site is back");
        }
        let file = self.file.clone();
        let archive = tokio::task::spawn_blocking(move || Archive::check(&file)).await??;
        let contents = archive.contents().clone();
        refuse_what_does_not_fit(&contents, &site)?;
        let places = places(&site, &data_dir)?;
        let lost = places.lost(&contents)?;
        if self.dry_run {
            self.print(&contents, &lost, &site);
            return Ok(());
        }
        if !lost.is_empty() && !self.replace {
            let named: Vec<_> = lost
                .iter()
                .map(|place| format!("{} ({})", place.path.display(), in_words(place.size.bytes)))
                .collect();
            bail!(
                "there is a site already: {}; name another folder with --data-dir, or give it up with --replace",
                named.join(", ")
            );
        }
        let staged =
            tokio::task::spawn_blocking(move || Staged::unpack(&archive, places)).await??;
        if let Some(database) = staged.database()
            && let Some(damage) = Database::damage(&database).await?
        {
            bail!("the database in the backup is damaged: {damage}; take an older backup");
        }
        staged.put_in_place()?;
        self.print(&contents, &lost, &site);
        Ok(())
    }

    fn print(&self, contents: &Contents, lost: &[Place], site: &Site) {
        if self.json {
            let restored: Vec<_> = contents
                .parts
                .iter()
                .map(|(part, size)| json!({ "part": part, "files": size.files, "bytes": size.bytes }))
                .collect();
            say!(
                "{}",
                json!({
                    "dry_run": self.dry_run,
                    "made_at": contents.header.made_at,
                    "server": contents.header.server,
                    "restored": restored,
                    "lost": lost,
                })
            );
            return;
        }
        say!(
            "backup of {} by raisfast {}\n",
            contents.header.made_at,
            contents.header.server
        );
        let parts = contents.parts.iter();
        let rows: Vec<_> = parts
            .map(|(part, size)| row(part.as_str(), *size))
            .collect();
        table::print(["PART", "FILES", "SIZE"], &rows);
        if !lost.is_empty() {
            say!(
                "\n{}",
                if self.dry_run {
                    "would be lost:"
                } else {
                    "replaced:"
                }
            );
            for place in lost {
                say!(
                    "  {} ({} files, {})",
                    place.path.display(),
                    place.size.files,
                    in_words(place.size.bytes)
                );
            }
        }
        if self.dry_run {
            say!("\nThe backup is whole. Nothing has changed.");
            return;
        }
        say!();
        if contents.parts.contains_key(&ArchivePart::Settings) {
            say!(
                "The configuration of the backup is in {}.",
                site.config.data_dir.join(SETTINGS).display()
            );
        }
        for (part, place) in [("database", &site.database), ("files", &site.files)] {
            if let Part::Elsewhere { restore, .. } = place {
                say!("Restore the {part} with\n  {restore}");
            }
        }
        say!(
            "The site is restored: start it with `raisfast serve`.\nLogins are those of the backup."
        );
    }
}

async fn refuse_a_running_server(site: &Site, data_dir: &Path) -> anyhow::Result<()> {
    let socket = path_in(data_dir);
    let answers = UnixStream::connect(&socket).is_ok();
    if answers || Database::is_in_use(site.config.database_url.expose()).await? {
        bail!(
            "a server runs on {}: stop it first, or name another folder with --data-dir",
            data_dir.display()
        );
    }
    Ok(())
}

fn refuse_what_does_not_fit(contents: &Contents, site: &Site) -> anyhow::Result<()> {
    if let Some(step) = Database::unusable_step(&contents.header.schema) {
        bail!(
            "the backup was made by raisfast {}, whose database this version does not know ({step}): restore it with that version or a newer one",
            contents.header.server
        );
    }
    let has = |part| contents.parts.contains_key(&part);
    if let Part::Elsewhere { name, .. } = &site.database
        && has(ArchivePart::Database)
    {
        bail!(
            "the backup holds an SQLite database, and this site's is {name}: name an SQLite file with --database-url"
        );
    }
    if has(ArchivePart::Files) && site.files.path().is_none() {
        bail!(
            "the backup holds plugins' files, and this site keeps them elsewhere than in a folder: name one with --vfs-uri"
        );
    }
    Ok(())
}

fn places(site: &Site, data_dir: &Path) -> anyhow::Result<Places> {
    let absolute = |path: &Path| {
        // What a link leads to is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        std::path::absolute(&path).map_err(|error| anyhow!("{}: {error}", path.display()))
    };
    let optional = |path: Option<&Path>| path.map(absolute).transpose();
    Ok(Places {
        data_dir: data_dir.to_owned(),
        database: optional(site.database.path())?,
        files: optional(site.files.path())?,
        plugins: Some(absolute(&site.config.plugins.dir)?),
        settings: Some(data_dir.join(SETTINGS)),
    })
}
