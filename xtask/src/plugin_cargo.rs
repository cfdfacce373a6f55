//! The `cargo` that builds an author's plugin on this machine.
//!
//! `raisfast plugin build` calls the `cargo` on PATH, which is right where rustup has std for wasm.
//! Where it has not, tests and CI put a folder first on PATH, with a program of that name which
//! calls the toolchain that guests have.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use anyhow::{Context, Result};

use crate::{
    toolchain::{TARGET, Toolchain},
    workspace,
};

/// Write that program, or take it away where the toolchain on PATH does.
pub(crate) fn write(toolchain: &Toolchain) -> Result<()> {
    let file = file();
    let text = script(toolchain);
    if fs::read_to_string(&file).ok() == text {
        return Ok(());
    }
    let writing = || format!("cannot write {}", file.display());
    let Some(text) = text else {
        return fs::remove_file(&file).with_context(writing);
    };
    fs::create_dir_all(file.parent().expect("it lies in a folder")).with_context(writing)?;
    // Renamed, so that nobody runs half of it.
    let new = file.with_extension("new");
    fs::write(&new, text).with_context(writing)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).with_context(writing)?;
    fs::rename(&new, &file).with_context(writing)
}

fn file() -> PathBuf {
    workspace::target().join("toolchains/bin/cargo")
}

fn script(toolchain: &Toolchain) -> Option<String> {
    if matches!(toolchain, Toolchain::Ready) {
        return None;
    }
    let command = toolchain.command();
    let environment: String = command
        .get_envs()
        .map(|(name, value)| match (name.to_string_lossy(), value) {
            (name, Some(value)) => format!("    export {name}='{}'\n", value.to_string_lossy()),
            (name, None) => format!("    unset {name}\n"),
        })
        .collect();
    let flags: Vec<_> = command
        .get_args()
        .map(|flag| flag.to_string_lossy())
        .collect();
    Some(format!(
        "#!/bin/sh\n\
         # Written by `cargo xtask setup`: guests have another toolchain than the rest.\n\
         case \" $* \" in *\" {TARGET} \"*)\n\
         {environment}    exec '{}' {} \"$@\"\n\
         esac\n\
         exec '{}' \"$@\"\n",
        command.get_program().to_string_lossy(),
        flags.join(" "),
        workspace::cargo().get_program().to_string_lossy(),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Toolchain, script};

    #[test]
    fn a_toolchain_that_is_not_on_the_path_is_called_with_what_it_needs() {
        let toolchain = Toolchain::System {
            rustc: "/usr/bin/rustc".into(),
            cargo: "/usr/bin/cargo".into(),
            linker: Some("/toolchain/rust-lld".into()),
        };
        let script = script(&toolchain).unwrap();
        for line in [
            "export RUSTC='/usr/bin/rustc'",
            "export RUSTC_BOOTSTRAP='1'",
            "export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER='/toolchain/rust-lld'",
            "unset RUSTUP_TOOLCHAIN",
            "exec '/usr/bin/cargo' -Zbuild-std=std,panic_abort \"$@\"",
        ] {
            assert!(
                script.lines().any(|it| it.trim() == line),
                "{line}: {script}"
            );
        }
    }

    #[test]
    fn a_toolchain_that_is_ready_is_left_alone() {
        assert_eq!(script(&Toolchain::Ready), None);
    }
}
