//! The Debian package: an `ar` archive of a version, what dpkg has to know, and the files.

use anyhow::{Context, Result};

use super::{
    archive::{compressed, tar},
    files::{self, CHANGELOG, DOCUMENTS, File, LICENCES},
    program::Program,
};
use crate::workspace;

/// The server's configuration. It is the administrator's: an upgrade keeps what was changed in it.
const CONFIG: &str = "etc/raisfast/raisfast.toml";
/// The scripts that dpkg runs.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// Returns the package, with its name.
pub(super) fn package(program: &Program, files: &[File]) -> Result<(String, Vec<u8>)> {
    let data = data(files)?;
    let control = tar(&control(program, &data)?)?;
    let members: [(&str, &[u8]); 3] = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", &compressed(&control)?),
        ("data.tar.gz", &compressed(&tar(&data)?)?),
    ];
    let mut package = ar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ar::Header::new(name.into(), bytes.len().try_into()?);
        header.set_mode(0o100_644);
        package.append(&header, bytes)?;
    }
    let name = format!(
        "raisfast_{}_{}.deb",
        program.version,
        program.machine.debian()
    );
    Ok((name, package.into_inner()?))
}

/// Returns the files as they lie on the system. Debian's rules ask for compressed documents.
fn data(files: &[File]) -> Result<Vec<File>> {
    let mut data = Vec::new();
    for file in files {
        let path = if file.path == CHANGELOG {
            format!("usr/{DOCUMENTS}/changelog")
        } else {
            format!("usr/{}", file.path)
        };
        let is_compressed =
            [CHANGELOG, LICENCES].contains(&&*file.path) || file.path.starts_with("share/man/");
        data.push(if is_compressed {
            File::new(format!("{path}.gz"), compressed(&file.bytes)?)
        } else {
            File {
                path,
                bytes: file.bytes.clone(),
                is_program: file.is_program,
            }
        });
    }
    let copyright = format!("usr/{DOCUMENTS}/copyright");
    data.push(File::new(copyright, self::copyright()?));
    data.push(File::new(CONFIG, files::packaged("raisfast.toml")?));
    Ok(data)
}

/// Returns the files for dpkg itself.
fn control(program: &Program, data: &[File]) -> Result<Vec<File>> {
    let bytes: usize = data.iter().map(|file| file.bytes.len()).sum();
    let control = files::packaged("debian/control")?
        .replace("{version}", &program.version)
        .replace("{architecture}", program.machine.debian())
        .replace("{installed_size}", &bytes.div_ceil(1024).to_string())
        .replace("{glibc}", &program.glibc);
    let mut files = vec![
        File::new("control", control),
        File::new("conffiles", format!("/{CONFIG}\n")),
    ];
    for script in SCRIPTS {
        let text = files::packaged(&format!("debian/{script}"))?;
        files.push(File::program(script, text));
    }
    Ok(files)
}

/// Returns the copyright file, in the form that Debian's tools read: a text is indented, and its
/// empty lines are dots.
fn copyright() -> Result<String> {
    let mit = files::read(&workspace::root().join("LICENSE-MIT"))?;
    let mit = String::from_utf8(mit).context("LICENSE-MIT is not text")?;
    let mit: Vec<String> = mit
        .trim()
        .lines()
        .map(|line| format!(" {}", if line.is_empty() { "." } else { line }))
        .collect();
    Ok(files::packaged("debian/copyright")?.replace("{mit}", &mit.join("\n")))
}
