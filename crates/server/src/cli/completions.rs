//! `raisfast completions`: prints what makes a shell complete this program's commands.

use clap::Command;
use clap_complete::Shell;

use super::output;

#[derive(clap::Args)]
pub(super) struct Completions {
    /// The shell that you use
    shell: Shell,
}

pub(super) const HELP: &str = "\
The packages bring them along.

Examples:
  source <(raisfast completions bash)
  raisfast completions zsh > ~/.zfunc/_raisfast
  raisfast completions fish > ~/.config/fish/completions/raisfast.fish";

/// Returns the command without what is hidden, which the generators of some shells would offer.
fn shown(command: &Command) -> Command {
    let subcommands = command.get_subcommands().filter(|one| !one.is_hide_set());
    Command::new("raisfast")
        .args(command.get_arguments().cloned())
        .subcommands(subcommands.cloned())
}

impl Completions {
    /// Prints the shell's script for this command line.
    pub(super) fn print(&self, command: &Command) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut shown(command), "raisfast", &mut script);
        output::to_stdout(format_args!("{}", String::from_utf8_lossy(&script)));
    }
}
