//! `raisfast plugin …`: what an author, or an operator, does with a plugin. A module a command.

mod adopt;
mod build;
mod check;
mod conformance;
mod hook_hints;
mod new;
mod reset;
mod test;
mod verdict;
mod wit;

use clap::Subcommand;

use super::on_runtime;

#[derive(Subcommand)]
pub(super) enum PluginCommand {
    /// Begin a plugin: a project that builds, in the language of your choice
    #[command(after_help = new::HELP)]
    New(new::New),
    /// Turn a project into a folder that a server loads
    #[command(after_help = build::HELP)]
    Build(build::Build),
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
    /// Give a plugin's id, with all that it has stored, to another folder on the running server
    #[command(after_help = adopt::HELP)]
    Adopt(adopt::Adopt),
    /// Print the interface file that plugins are built against
    #[command(after_help = wit::HELP)]
    Wit,
}

pub(super) const HELP: &str = "\
Examples:
  raisfast plugin new my-plugin --lang rust
  raisfast plugin build my-plugin
  raisfast plugin check .
  raisfast plugin test .
  raisfast plugin reset com.example.digest
  raisfast plugin adopt com.example.digest digest-2
  raisfast plugin wit > plugin.wit";

pub(super) fn run(command: PluginCommand) -> anyhow::Result<()> {
    match command {
        PluginCommand::New(command) => command.run(),
        PluginCommand::Build(command) => command.run(),
        PluginCommand::Check(command) => on_runtime(command.run()),
        PluginCommand::Test(command) => on_runtime(command.run()),
        PluginCommand::Conformance(command) => on_runtime(command.run()),
        PluginCommand::Reset(command) => on_runtime(command.run()),
        PluginCommand::Adopt(command) => on_runtime(command.run()),
        PluginCommand::Wit => {
            wit::print();
            Ok(())
        }
    }
}
