//! The report as a file.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::Report;

impl Report {
    /// Writes the report as JSON and makes the folder where it is missing.
    pub fn write(&self, path: &Path) -> Result<()> {
        let write = || -> Result<()> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut text = serde_json::to_string_pretty(self)?;
            text.push('\n');
            Ok(fs::write(path, text)?)
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Reads what [`Report::write`] has written.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "{} cannot be read; `cargo xtask bench` writes it",
                path.display()
            )
        })?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is of another version; run `cargo xtask bench` again",
                path.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Figure, Report, Unit};

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench/report.json");
        let mut report = Report::new(true);
        let samples = vec![1.0, 2.5, 9.0];
        report.add(Figure::of(
            "on-login",
            "raisfast",
            Unit::Nanoseconds,
            samples,
        ));
        report.add_ratio("a ÷ b", 0.25);
        report.write(&path).unwrap();
        assert_eq!(Report::read(&path).unwrap(), report);
    }

    #[test]
    fn a_report_that_is_not_there_says_how_to_make_it() {
        let error = Report::read("no/report.json".as_ref()).unwrap_err();
        assert!(error.to_string().contains("`cargo xtask bench`"), "{error}");
    }
}
