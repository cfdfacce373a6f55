//! The system's limits on the server's process.

use rustix::{
    fs::inotify,
    process::{Resource, getrlimit},
};

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};
use crate::connections::descriptors;

#[expect(clippy::unused_async, reason = "a check is a future")]
pub(super) async fn look(subject: &Subject) -> Outcome {
    let config = &subject.site.config;
    let mut findings = Vec::new();
    let needed = descriptors::needed(config.connections.max.get());
    if let Some(most) = most_files(subject.process)
        && most < needed
    {
        findings.push(Finding::new(
            format!("the server may open {most} files, and needs {needed}"),
            "connections beyond that are refused",
            format!("LimitNOFILE={needed}\n(in the unit, [Service]), or lower [connections] max"),
        ));
    }
    if config.plugins.hot_reload
        && let Err(error) = inotify::init(inotify::CreateFlags::CLOEXEC)
    {
        findings.push(Finding::new(
            format!("the system gives no inotify instance: {error}"),
            "changes of plugins are noticed late, by looking every 5 s",
            "sysctl fs.inotify.max_user_instances=1024",
        ));
    }
    findings.into_iter().collect()
}

/// Returns the number of files that the server may open: the running one, else one that this user
/// would start. None where there is no limit.
fn most_files(process: Option<i32>) -> Option<u64> {
    let Some(process) = process else {
        return getrlimit(Resource::Nofile).maximum;
    };
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    hard_limit_of_files(&limits)
}

/// Reads a line such as `Max open files  1024  524288  files`.
fn hard_limit_of_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::hard_limit_of_files;

    #[test]
    fn the_limit_of_another_process_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(hard_limit_of_files(limits), Some(524_288));
        let unlimited =
            "Max open files            unlimited            unlimited            files\n";
        assert_eq!(hard_limit_of_files(unlimited), None);
        assert_eq!(hard_limit_of_files(""), None);
    }
}
