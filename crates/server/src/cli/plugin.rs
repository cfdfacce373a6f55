//! `raisfast plugin …`: what an author, or an operator, does with a plugin. A module a command.

mod check;
mod conformance;
mod reset;
mod test;
mod verdict;
mod wit;

use clap::Subcommand;

use super::on_runtime;

#[derive(Subcommand)]
pub(super) enum PluginCommand {
    /// Say what keeps a plugin from loading, when it would be called and what it may reach
    #[command(after_help = check::HELP)]
    Check(check::Check),
    /// Run a plugin's own tests in the sandbox
    #[command(after_help = test::HELP)]
    Test(test::Test),
    /// Run the suite that a plugin in any language passes when its bindings are right
    #[command(after_help = conformance::HELP)]
    Conformance(conformance::Conformance),
    /// Let the running server call a plugin again that it has paused after failures
    #[command(after_help = reset::HELP)]
    Reset(reset::Reset),
    /// Print the interface file that plugins are built against
    #[command(after_help = wit::HELP)]
    Wit,
}

pub(super) const HELP: &str = "\
Examples:
  raisfast plugin check .
  raisfast plugin test .
  raisfast plugin reset com.example.digest
  raisfast plugin wit > plugin.wit";

pub(super) fn run(command: PluginCommand) -> anyhow::Result<()> {
    match command {
        PluginCommand::Check(command) => on_runtime(command.run()),
        PluginCommand::Test(command) => on_runtime(command.run()),
        PluginCommand::Conformance(command) => on_runtime(command.run()),
        PluginCommand::Reset(command) => on_runtime(command.run()),
        PluginCommand::Wit => wit::print(),
    }
}
