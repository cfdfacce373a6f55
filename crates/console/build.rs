//! Lists the built files of the console, so that they are part of the program.
//!
//! They lie in `assets`, where `cargo xtask console` puts them and leaves alone what has not
//! changed. Without them the list is empty.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
};

#[expect(
    clippy::disallowed_macros,
    reason = "cargo reads what a build script prints"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let mut found = Vec::new();
    collect(&folder, &mut found)?;
    found.sort();

    let mut list = String::from("&[\n");
    for path in &found {
        let name = text(path.strip_prefix(&folder)?)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs::read(path)?);
        let tag = format!("\"{:016x}\"", hasher.finish());
        let plain = included(path)?;
        let gzip = compressed(path, "gz")?;
        let brotli = compressed(path, "br")?;
        writeln!(
            list,
            "File {{ path: {name:?}, tag: {tag:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},"
        )?;
    }
    list.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("files.rs"), list)?;
    Ok(())
}

/// Finds the files of a folder and those below it, without their compressed twins.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_twin = ["gz", "br"].map(|end| path.extension().is_some_and(|found| found == end));
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            collect(&path, found)?;
        } else if !is_hidden && !is_twin.contains(&true) {
            found.push(path);
        }
    }
    Ok(())
}

/// Returns the expression of a file's compressed twin.
fn compressed(path: &Path, end: &str) -> Result<String, Box<dyn Error>> {
    let mut twin = path.as_os_str().to_owned();
    twin.push(".");
    twin.push(end);
    let twin = PathBuf::from(twin);
    if twin.exists() {
        Ok(format!("Some({})", included(&twin)?))
    } else {
        Ok("None".to_owned())
    }
}

/// Returns the expression of a file's content.
fn included(path: &Path) -> Result<String, Box<dyn Error>> {
    Ok(format!("include_bytes!({:?})", text(path)?))
}

fn text(path: &Path) -> Result<&str, Box<dyn Error>> {
    let text = path.to_str();
    text.ok_or_else(|| format!("the path {} is not text", path.display()).into())
}
