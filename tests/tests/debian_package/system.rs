//! A private copy of this system.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The files of this system, on which whatever is changed is changed in memory. What was mounted is
/// unmounted when this is dropped.
pub(crate) struct System {
    root: PathBuf,
    mounted: Vec<PathBuf>,
    _folder: tempfile::TempDir,
}

impl System {
    /// Makes a copy; none where this user may not.
    pub(crate) fn copy() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let memory = folder.path().to_owned();
        let root = memory.join("root");
        let mut system = Self {
            root: root.clone(),
            mounted: Vec::new(),
            _folder: folder,
        };
        system.mount(&["-t", "tmpfs", "-o", "size=4g", "tmpfs"], &memory)?;
        for name in ["changes", "work", "root"] {
            fs::create_dir(memory.join(name)).expect("a folder in memory");
        }
        let shown = memory.display();
        let layers = format!("lowerdir=/,upperdir={shown}/changes,workdir={shown}/work");
        system.mount(&["-t", "overlay", "-o", &layers, "overlay"], &root)?;
        for kernel in ["/proc", "/dev"] {
            system.mount(&["--bind", kernel], &root.join(&kernel[1..]))?;
        }
        Some(system)
    }

    fn mount(&mut self, arguments: &[&str], on: &Path) -> Option<()> {
        let mounted = Command::new("mount").args(arguments).arg(on).status();
        mounted.is_ok_and(|status| status.success()).then(|| {
            self.mounted.push(on.to_owned());
        })
    }

    /// Returns the place of a path of the copy.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Returns a command in the copy, as root.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.chroot(None, words)
    }

    /// Returns a command in the copy, as `user:group`.
    pub(crate) fn command_as(&self, owner: &str, words: &[&str]) -> Command {
        self.chroot(Some(owner), words)
    }

    fn chroot(&self, owner: Option<&str>, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        if let Some(owner) = owner {
            command.arg(format!("--userspec={owner}"));
        }
        command
            .arg(&self.root)
            .args(words)
            .env_clear()
            .env("PATH", PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Runs a command in the copy, as root, and returns what it prints.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> String {
        succeeded(&mut self.command(words))
    }
}

/// Runs a command that succeeds, and returns what it prints.
#[track_caller]
pub(crate) fn succeeded(command: &mut Command) -> String {
    let output = command.output().expect("the command runs");
    let [printed, errors] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{command:?}:\n{printed}{errors}");
    printed
}

impl Drop for System {
    fn drop(&mut self) {
        for folder in self.mounted.iter().rev() {
            // Lazily: what a failed test leaves behind may still have files open.
            let _ = Command::new("umount").arg("-l").arg(folder).status();
        }
    }
}
