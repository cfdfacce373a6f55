//! A build in a process of its own, which ends with this one.

use std::{
    io,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use raisfast_project::Project;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::task::spawn_blocking;

/// The end of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Built,
    /// The compiler has said why.
    Failed,
}

/// Runs `raisfast plugin build`; what the compiler says is seen as it says it. Dropping this ends
/// the build, with all compilers that it has started.
pub(super) async fn build(project: &Project, debug: bool) -> anyhow::Result<Outcome> {
    let program = std::env::current_exe().context("this program's own file is not found")?;
    let mut command = Command::new(program);
    command.args(["plugin", "build"]);
    if debug {
        command.arg("--debug");
    }
    let mut child = command
        .arg("--")
        .arg(project.folder())
        .stdin(Stdio::null())
        // Its advice is for those who copy the result themselves.
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .context("the build cannot be started")?;
    let group = Group(Some(Pid::from_child(&child)));
    let project = project.clone();
    // It runs to its end also where nobody waits for it any longer.
    let waiting = spawn_blocking(move || {
        let status = child.wait()?;
        if status.signal().is_some() {
            project.remove_unfinished();
        }
        Ok::<_, io::Error>(status)
    });
    let status = waiting.await??;
    group.has_ended();
    Ok(if status.success() {
        Outcome::Built
    } else {
        Outcome::Failed
    })
}

/// A process and all that it has started, which ends with this.
struct Group(Option<Pid>);

impl Group {
    /// Forgets the number: another process may get it.
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}
