//! Lists the built interpreters, so that they are part of the program.
//!
//! They lie in `interpreters`, where `cargo xtask interpreters` puts them and leaves alone what has
//! not changed. Those that are not there are left out.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

#[expect(
    clippy::disallowed_macros,
    reason = "cargo reads what a build script prints"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=interpreters");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("interpreters");
    let mut list = String::from("&[\n");
    for language in ["js", "lua", "rhai"] {
        let wasm = folder.join(language).with_extension("wasm");
        let version = folder.join(language).with_extension("version");
        if !wasm.exists() {
            continue;
        }
        let engine = fs::read_to_string(version)?;
        let (_, version) = engine.rsplit_once(' ').ok_or("an engine has no version")?;
        writeln!(
            list,
            "({language:?}, Interpreter {{ engine: {engine:?}, version: {version:?}, \
             wasm: include_bytes!({:?}) }}),",
            wasm.to_str().ok_or("the path is not text")?,
        )?;
    }
    list.push(']');
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("interpreters.rs"),
        list,
    )?;
    Ok(())
}
