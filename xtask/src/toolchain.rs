//! The compiler that builds guests.
//!
//! Three can: an active toolchain that has std for wasm, an active toolchain that can build it from
//! its own source, and Debian's compiler beside its source. [`Facts`] says what the machine has,
//! [`next`] what to do about it; neither changes anything.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use semver::Version;

use crate::{process, workspace};

/// The target that guests are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler, its cargo and the source of its std.
pub(crate) const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// A compiler with its cargo, and what lies in its sysroot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiler {
    rustc: PathBuf,
    cargo: PathBuf,
    version: Version,
    has_wasm_std: bool,
    has_std_source: bool,
    /// `rust-lld`, where the sysroot brings it.
    linker: Option<PathBuf>,
}

impl Compiler {
    fn find(rustc: &Path, cargo: &Path) -> Option<Self> {
        let ask = |arguments: &[&str]| {
            process::output(
                Command::new(rustc)
                    .args(arguments)
                    .current_dir(workspace::root()),
            )
        };
        let verbose = ask(&["-vV"])?;
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name));
        let sysroot = PathBuf::from(ask(&["--print", "sysroot"])?);
        let rustlib = sysroot.join("lib/rustlib");
        let linker = rustlib.join(field("host: ")?).join("bin/rust-lld");
        Some(Self {
            rustc: rustc.to_owned(),
            cargo: cargo.to_owned(),
            version: field("release: ")?.parse().ok()?,
            has_wasm_std: has_std(&rustlib.join(TARGET).join("lib")),
            has_std_source: rustlib.join("src/rust/library/std/Cargo.toml").exists(),
            linker: linker.exists().then_some(linker),
        })
        .filter(|_| process::output(Command::new(cargo).arg("--version")).is_some())
    }

    fn is_recent(&self) -> bool {
        let oldest = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0");
        self.version >= oldest.parse().expect("rust-version has two numbers")
    }
}

fn has_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| {
        files.any(|file| {
            file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
    })
}

/// The properties of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The compiler that builds this workspace.
    pub(crate) active: Compiler,
    /// Debian's, in `/usr/bin`.
    pub(crate) system: Option<Compiler>,
    /// rustup manages the active compiler.
    pub(crate) has_rustup: bool,
    /// Debian's packages can be installed.
    pub(crate) has_apt: bool,
    /// This user can install them.
    pub(crate) is_root: bool,
}

impl Facts {
    pub(crate) fn gather() -> Result<Self> {
        let found =
            |program: &str| process::output(Command::new(program).arg("--version")).is_some();
        let cargo = PathBuf::from(workspace::cargo().get_program());
        Ok(Self {
            active: Compiler::find(Path::new("rustc"), &cargo)
                .context("`rustc` does not run; install Rust from https://rustup.rs")?,
            system: Compiler::find(Path::new("/usr/bin/rustc"), Path::new("/usr/bin/cargo")),
            has_rustup: found("rustup"),
            has_apt: found("apt-get"),
            is_root: nix::unistd::Uid::effective().is_root(),
        })
    }
}

/// Something that [`next`] asked for, and that did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    AddTarget,
    InstallPackages,
}

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All is there.
    Use(Toolchain),
    /// `rustup target add`.
    AddTarget,
    /// `apt-get install` of [`PACKAGES`].
    InstallPackages,
    /// Only the user can go on, with this.
    Advise(String),
}

/// Decide from what is there and what has been tried. What needs no download comes first, but for
/// building std from the active toolchain's source: a ready-made std is worth one try.
pub(crate) fn next(facts: &Facts, tried: &[Attempt]) -> Step {
    let add_target = facts.has_rustup && !tried.contains(&Attempt::AddTarget);
    let packages = format!(
        "apt-get install --no-install-recommends {}",
        PACKAGES.join(" ")
    );

    if facts.active.has_wasm_std {
        return Step::Use(Toolchain::Ready);
    }
    if let Some(system) = facts
        .system
        .as_ref()
        .filter(|it| it.has_std_source && it.is_recent())
    {
        let linker = system
            .linker
            .clone()
            .or_else(|| facts.active.linker.clone());
        return Step::Use(Toolchain::System {
            rustc: system.rustc.clone(),
            cargo: system.cargo.clone(),
            linker,
        });
    }
    if add_target {
        return Step::AddTarget;
    }
    if facts.active.has_std_source {
        return Step::Use(Toolchain::BuildsStd);
    }
    match (facts.has_apt, facts.is_root) {
        (true, true) if !tried.contains(&Attempt::InstallPackages) => Step::InstallPackages,
        (true, false) => Step::Advise(format!("sudo {packages}")),
        _ => Step::Advise(format!("rustup target add {TARGET}")),
    }
}

/// A way to build guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The active toolchain, which has std for wasm.
    Ready,
    /// The active toolchain, which builds std from its source first.
    BuildsStd,
    /// Debian's, which builds std from its source first.
    System {
        rustc: PathBuf,
        cargo: PathBuf,
        linker: Option<PathBuf>,
    },
}

impl Toolchain {
    /// `cargo <subcommand>` for guests, in the workspace's root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command();
        command
            .current_dir(workspace::root())
            .arg(subcommand)
            .args(["--target", TARGET, "--target-dir"])
            .arg(workspace::guest_target());
        command
    }

    /// This toolchain's cargo, with what it needs before a subcommand.
    pub(crate) fn command(&self) -> Command {
        let mut command = match self {
            Self::Ready | Self::BuildsStd => workspace::cargo(),
            Self::System { cargo, .. } => Command::new(cargo),
        };
        if !matches!(self, Self::Ready) {
            // Cargo's name for a flag that the stable compiler hides; the std is the compiler's
            // own.
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort");
        }
        if let Self::System { rustc, linker, .. } = self {
            // Rustup's shims and libraries belong to another compiler.
            for name in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "CARGO"] {
                command.env_remove(name);
            }
            command.env("RUSTC", rustc);
            if let Some(linker) = linker {
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
        }
        command
    }

    /// The compiler of guests with its version, where it is not the one that builds this workspace.
    pub(crate) fn other_compiler(&self) -> Option<String> {
        match self {
            Self::Ready | Self::BuildsStd => None,
            Self::System { rustc, .. } => process::output(Command::new(rustc).arg("--version")),
        }
    }

    /// Returns whether the active toolchain's clippy can check guests.
    pub(crate) fn has_clippy(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready => write!(f, "the active toolchain, with its {TARGET}"),
            Self::BuildsStd => write!(
                f,
                "the active toolchain; the first guest builds std from its source (a minute or more)"
            ),
            Self::System { rustc, .. } => write!(
                f,
                "{}; the first guest builds std from its source (a minute or more)",
                rustc.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Compiler, Facts, Step, Toolchain, Version, next};

    fn bare() -> Compiler {
        Compiler {
            rustc: "rustc".into(),
            cargo: "cargo".into(),
            version: Version::new(1, 95, 0),
            has_wasm_std: false,
            has_std_source: false,
            linker: Some("/toolchain/rust-lld".into()),
        }
    }

    fn debian(version: Version) -> Compiler {
        Compiler {
            rustc: "/usr/bin/rustc".into(),
            cargo: "/usr/bin/cargo".into(),
            version,
            has_wasm_std: false,
            has_std_source: true,
            linker: None,
        }
    }

    /// Rustup without wasm on a Debian machine, as root.
    fn fresh() -> Facts {
        Facts {
            active: bare(),
            system: None,
            has_rustup: true,
            has_apt: true,
            is_root: true,
        }
    }

    #[test]
    fn a_ready_toolchain_is_used_whatever_else_is_there() {
        let active = Compiler {
            has_wasm_std: true,
            ..bare()
        };
        let system = Some(debian(Version::new(1, 96, 0)));
        let facts = Facts {
            active,
            system,
            ..fresh()
        };
        assert_eq!(next(&facts, &[]), Step::Use(Toolchain::Ready));
    }

    #[test]
    fn rustup_is_tried_once_then_debian_as_root() {
        assert_eq!(next(&fresh(), &[]), Step::AddTarget);
        assert_eq!(next(&fresh(), &[Attempt::AddTarget]), Step::InstallPackages);
    }

    #[test]
    fn the_toolchains_own_source_is_used_when_rustup_cannot_help() {
        let active = Compiler {
            has_std_source: true,
            ..bare()
        };
        let facts = Facts { active, ..fresh() };
        assert_eq!(next(&facts, &[]), Step::AddTarget);
        assert_eq!(
            next(&facts, &[Attempt::AddTarget]),
            Step::Use(Toolchain::BuildsStd)
        );
        let facts = Facts {
            has_rustup: false,
            ..facts
        };
        assert_eq!(next(&facts, &[]), Step::Use(Toolchain::BuildsStd));
    }

    #[test]
    fn debians_compiler_borrows_the_linker_that_it_lacks() {
        let facts = Facts {
            system: Some(debian(Version::new(1, 96, 0))),
            ..fresh()
        };
        let expected = Toolchain::System {
            rustc: "/usr/bin/rustc".into(),
            cargo: "/usr/bin/cargo".into(),
            linker: Some("/toolchain/rust-lld".into()),
        };
        assert_eq!(next(&facts, &[]), Step::Use(expected));
    }

    #[test]
    fn debians_compiler_is_passed_over_when_it_is_too_old() {
        let facts = Facts {
            system: Some(debian(Version::new(1, 85, 0))),
            ..fresh()
        };
        assert_eq!(next(&facts, &[]), Step::AddTarget);
        let tried = [Attempt::AddTarget, Attempt::InstallPackages];
        let advice = Step::Advise("rustup target add wasm32-unknown-unknown".into());
        assert_eq!(next(&facts, &tried), advice);
    }

    #[test]
    fn without_root_the_user_is_told_the_one_command() {
        let facts = Facts {
            is_root: false,
            ..fresh()
        };
        let advice =
            "sudo apt-get install --no-install-recommends rustc-web cargo-web rust-web-src";
        assert_eq!(
            next(&facts, &[Attempt::AddTarget]),
            Step::Advise(advice.into())
        );
    }

    #[test]
    fn without_debian_the_user_is_told_of_rustup() {
        let facts = Facts {
            has_apt: false,
            has_rustup: false,
            ..fresh()
        };
        let advice = Step::Advise("rustup target add wasm32-unknown-unknown".into());
        assert_eq!(next(&facts, &[]), advice);
    }
}
