//! Compiles Lua, and the C beside it, for the guest.
//!
//! The sources are those of the package `lua-src`, in the version of `Cargo.lock`; the compiler is
//! Zig's, which `cargo xtask setup --lang zig` installs in one version. Any clang does it too: its
//! path may stand in `RAISFAST_LUA_CC`.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::MetadataCommand;

/// Lua without what opens files, asks the machine, or loads machine code and compiled scripts.
const LUA: [&str; 25] = [
    "lapi", "lauxlib", "lbaselib", "lcode", "lcorolib", "lctype", "ldebug", "ldo", "lfunc", "lgc",
    "llex", "lmathlib", "lmem", "lobject", "lopcodes", "lparser", "lstate", "lstring", "lstrlib",
    "ltable", "ltablib", "ltm", "lutf8lib", "lvm", "lzio",
];

/// Our own files, in `c`.
const OURS: [&str; 8] = [
    "binary", "failure", "host", "library", "modules", "seed", "unwind", "values",
];

/// The version of Lua, as `lua-src` names its folder.
const FOLDER: &str = "lua-5.4.9";

/// C's stack: 200 calls of C from Lua, each with a buffer.
const STACK: u32 = 512 << 10;

#[expect(
    clippy::disallowed_macros,
    reason = "cargo reads what a build script prints"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=c");
    println!("cargo::rerun-if-env-changed=RAISFAST_LUA_CC");
    println!("cargo::rustc-env=RAISFAST_LUA_VERSION={FOLDER}");
    if env::var("CARGO_CFG_TARGET_ARCH")? != "wasm32" {
        return Ok(());
    }
    let ours = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("c");
    let lua = sources()?;
    let files = LUA.iter().map(|name| lua.join(name).with_extension("c"));
    let files = files.chain(OURS.iter().map(|name| ours.join(name).with_extension("c")));
    for (number, source) in files.enumerate() {
        let object = PathBuf::from(env::var("OUT_DIR")?).join(format!("{number:02}.o"));
        compile(&source, &object, &ours, &lua)?;
        println!("cargo::rustc-link-arg-cdylib={}", object.display());
    }
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    Ok(())
}

/// The folder of Lua's sources, where cargo has unpacked them.
fn sources() -> Result<PathBuf, Box<dyn Error>> {
    // For one platform: the packages of others need not be there.
    let platform = ["--locked", "--filter-platform", &env::var("HOST")?].map(str::to_owned);
    let metadata = |more: Option<String>| {
        MetadataCommand::new()
            .other_options(more.into_iter().chain(platform.clone()).collect::<Vec<_>>())
            .exec()
    };
    // Most have all packages of the workspace, and need no network for it.
    let metadata = metadata(Some("--offline".to_owned())).or_else(|_| metadata(None))?;
    let mut packages = metadata.packages.iter();
    let package = packages
        .find(|package| package.name.as_str() == "lua-src")
        .ok_or("Cargo.lock has no package lua-src")?;
    let folder = package.manifest_path.with_file_name(FOLDER);
    if !folder.exists() {
        return Err(format!(
            "lua-src {} has no folder {FOLDER}: name the new one in build.rs",
            package.version
        )
        .into());
    }
    Ok(folder.into())
}

fn compile(source: &Path, object: &Path, ours: &Path, lua: &Path) -> Result<(), Box<dyn Error>> {
    let compiler = env::var_os("RAISFAST_LUA_CC");
    let mut command = Command::new(compiler.as_deref().unwrap_or("zig".as_ref()));
    if compiler.is_none() {
        command.arg("cc");
    }
    let target = match &compiler {
        Some(_) => "--target=wasm32-unknown-unknown",
        None => "--target=wasm32-freestanding",
    };
    command
        .args([target, "-c", "-std=gnu11", "-O3", "-g0", "-nostdlibinc"])
        .args([
            "-ffunction-sections",
            "-fdata-sections",
            "-fno-builtin-printf",
        ])
        // Zig's default; a trap in place of what C leaves open would be Lua's own bug to have.
        .arg("-fno-sanitize=undefined")
        .args(["-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"])
        .args(["-DLUA_USE_JUMPTABLE=0", "-DLUA_COMPAT_5_3", "-isystem"])
        .arg(ours.join("include"))
        .arg(prefixed("-I", lua))
        .arg("-include")
        .arg(ours.join("configuration.h"))
        .args(["-o".as_ref(), object.as_os_str(), source.as_os_str()]);
    let status = command.status().map_err(|error| {
        format!(
            "`{}` does not run ({error}); `cargo xtask setup --lang zig` installs it",
            command.get_program().to_string_lossy()
        )
    })?;
    if !status.success() {
        fs::remove_file(object).ok();
        return Err(format!("{} does not compile ({status})", source.display()).into());
    }
    Ok(())
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}
