//! The steps, as a user takes them.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use raisfast_project::Language;
use tempfile::TempDir;

use super::site::{Site, wait_for};
use crate::process;

/// The name of the plugins that are made.
const PLUGIN: &str = "hello";
/// The id that this gives them.
const ID: &str = "com.example.hello";

/// Something that a user waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Service,
    Plugin(&'static str),
    Live(&'static str),
    Restore,
    Line,
}

impl Step {
    /// Returns the steps in these languages, in their order.
    pub(super) fn all(languages: &[Language]) -> Vec<Self> {
        let words = || languages.iter().map(|language| language.as_str());
        std::iter::once(Self::Service)
            .chain(words().map(Self::Plugin))
            .chain(words().map(Self::Live))
            .chain([Self::Restore, Self::Line])
            .collect()
    }

    /// Returns the time before there were commands for it; by hand, on a busy machine of two
    /// cores.
    pub(super) const fn formerly(self) -> &'static str {
        match self {
            Self::Service => "there was no package",
            Self::Plugin(word) => match word.as_bytes() {
                b"rust" => "122 s",
                b"js" => "8.7 s",
                b"go" => "21.2 s",
                b"c" => "1.3 s",
                _ => "not tried",
            },
            Self::Live(word) => match word.as_bytes() {
                b"rust" => "1 s and a copy by hand",
                b"js" => "5 to 9 s and a copy by hand",
                b"go" => "9.6 s and a copy by hand",
                b"c" => "0.3 s and a copy by hand",
                _ => "not tried",
            },
            Self::Restore => "the copy was empty",
            Self::Line => "five frames, none the author's",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("archive to service"),
            Self::Plugin(language) => write!(f, "idea to plugin: {language}"),
            Self::Live(language) => write!(f, "save to live, less the build: {language}"),
            Self::Restore => f.write_str("backup to restored site"),
            Self::Line => f.write_str("failure to its line"),
        }
    }
}

/// A folder with the unpacked program.
pub(super) struct Journey {
    folder: TempDir,
    archive: PathBuf,
    /// The time from the archive to the answer of its server.
    service: Duration,
    site: Site,
}

impl Journey {
    /// Unpacks the archive, and starts the server in it.
    pub(super) fn begin(archive: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let began = Instant::now();
        let program = unpack(archive, folder.path())?;
        let site = Site::start(&program, &folder.path().join("site"))?;
        Ok(Self {
            service: began.elapsed(),
            archive: archive.to_owned(),
            folder,
            site,
        })
    }

    /// Takes a step, and returns how long it took.
    pub(super) fn take(&self, step: Step) -> Result<Duration> {
        match step {
            Step::Service => Ok(self.service),
            Step::Plugin(language) => self.plugin(language),
            Step::Live(language) => self.live(language),
            Step::Restore => self.restore(),
            Step::Line => self.line(),
        }
    }

    fn projects(&self, language: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(language);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// From nothing to a hook that has fired.
    fn plugin(&self, language: &str) -> Result<Duration> {
        let folder = self.projects(language)?;
        let began = Instant::now();
        self.site
            .run(&folder, &["plugin", "new", PLUGIN, "--lang", language])?;
        self.site.run(&folder, &["plugin", "build", PLUGIN])?;
        self.site
            .run(&folder, &["plugin", "install", "hello/dist"])?;
        wait_for("the plugin", || {
            let plugin = self.site.get(&format!("admin/plugins/{ID}"))?;
            Ok((plugin["state"] == "running").then_some(()))
        })?;
        let post = self.site.publish("A first post")?;
        ensure!(
            post["excerpt"].is_string(),
            "the hook has not fired: {post}"
        );
        let took = began.elapsed();
        self.site.run(&folder, &["plugin", "remove", ID])?;
        Ok(took)
    }

    /// From a save to the line `live`, without the time of the compiler.
    fn live(&self, language: &str) -> Result<Duration> {
        let folder = self.projects(language)?;
        let source = match language {
            "rust" => "src/lib.rs".to_owned(),
            "python" => "plugin.py".to_owned(),
            other => format!("plugin.{other}"),
        };
        let source = folder.join(PLUGIN).join(source);
        if !source.is_file() {
            self.site
                .run(&folder, &["plugin", "new", PLUGIN, "--lang", language])?;
        }
        let dev = self.site.develop(&folder, PLUGIN)?;
        dev.live()?;
        let text = fs::read_to_string(&source)?;
        let saved = Instant::now();
        fs::write(&source, text.replacen("published: ", "brought out: ", 1))?;
        let building = dev.live()?;
        Ok(saved.elapsed().saturating_sub(building))
    }

    /// From a running site to a server with all that it had.
    fn restore(&self) -> Result<Duration> {
        let post = self.site.publish("Worth keeping")?;
        let slug = post["slug"].as_str().context("a post has a slug")?;
        let other = self.folder.path().join("restored");
        fs::create_dir(&other)?;
        let began = Instant::now();
        self.site
            .run(self.site.folder(), &["backup", "../site.backup"])?;
        let program = unpack(&self.archive, &other)?;
        let mut restore = Command::new(&program);
        let restore = Site::in_folder(&mut restore, &other).args(["restore", "../site.backup"]);
        process::output(restore).context("`raisfast restore` failed")?;
        let restored = Site::start(&program, &other)?;
        let found = restored.get(&format!("posts/{slug}"))?;
        ensure!(
            found["title"] == "Worth keeping",
            "the restored site has {found}"
        );
        Ok(began.elapsed())
    }

    /// From a request that makes a plugin fail to the line of its source.
    fn line(&self) -> Result<Duration> {
        let folder = self.projects("failing")?;
        self.site
            .run(&folder, &["plugin", "new", PLUGIN, "--lang", "c"])?;
        let source = folder.join("hello/plugin.c");
        let text = fs::read_to_string(&source)?;
        let trap = "*answer) {\n  if (post->title.len == 4) __builtin_trap();\n";
        fs::write(&source, text.replacen("*answer) {\n", trap, 1))?;
        self.site.run(&folder, &["plugin", "build", PLUGIN])?;
        self.site
            .run(&folder, &["plugin", "install", "hello/dist"])?;
        let began = Instant::now();
        self.site.publish("trap")?;
        wait_for("the line in the plugin's log", || {
            let log = self.site.run(&folder, &["plugin", "logs", ID])?;
            Ok(log.contains("plugin.c:").then_some(()))
        })?;
        let took = began.elapsed();
        self.site.run(&folder, &["plugin", "remove", ID])?;
        Ok(took)
    }
}

fn unpack(archive: &Path, folder: &Path) -> Result<PathBuf> {
    let file = fs::File::open(archive)?;
    tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(folder)?;
    let mut entries = fs::read_dir(folder)?.flatten();
    let program = entries.find_map(|entry| {
        let program = entry.path().join("bin/raisfast");
        program.is_file().then_some(program)
    });
    program.context("the archive has no program")
}
