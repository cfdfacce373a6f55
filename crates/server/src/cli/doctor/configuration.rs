//! The configuration file, and the environment.

use super::{
    finding::{Finding, Outcome},
    folders::unsafe_place,
    subject::Subject,
};
use crate::{cli, config::DEFAULT_PLUGIN_DIR};

#[expect(clippy::unused_async, reason = "a check is a future")]
pub(super) async fn look(subject: &Subject) -> Outcome {
    let mut findings: Vec<_> = cli::hints().into_iter().map(misspelt).collect();
    let file = &subject.file_name;
    if file.is_file() {
        if let Err(exposed) = raisfast_private_folder::check(file) {
            findings.push(unsafe_place("the configuration", &exposed));
        }
        if subject.file.has_secrets() && raisfast_private_folder::is_readable_by_others(file) {
            findings.push(Finding::new(
                format!(
                    "others on this machine can read the passwords in {}",
                    file.display()
                ),
                "with them they can log in, or open the database",
                format!("chmod go-r {}", file.display()),
            ));
        }
    }
    let plugins = &subject.site.config.plugins.dir;
    if !plugins.exists() && plugins.as_os_str() != DEFAULT_PLUGIN_DIR {
        findings.push(Finding::new(
            format!("there is no folder {} for plugins", plugins.display()),
            "a server with this configuration does not start",
            format!(
                "mkdir -p {}\n(or name another with --plugin-dir, PLUGIN_DIR or [plugins] dir)",
                plugins.display()
            ),
        ));
    }
    findings.into_iter().collect()
}

fn misspelt(hint: String) -> Finding {
    Finding::new(
        hint,
        "a setting that is misspelt keeps its default",
        "rename the variable, or unset it",
    )
}
