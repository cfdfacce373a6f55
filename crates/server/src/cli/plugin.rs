//! `raisfast plugin …`: what an author, or an operator, does with a plugin. A module a command.

mod adopt;
mod build;
mod check;
mod conformance;
mod dev;
mod difference;
mod grants;
mod hook_hints;
mod install;
mod list;
mod logs;
mod new;
mod profile;
mod promote;
mod record;
mod releases;
mod remove;
mod replay;
mod settings;
mod shadow;
mod show;
mod state;
mod stored;
mod switch;
mod test;
mod top;
mod verdict;
mod wit;

use clap::Subcommand;

use self::switch::Change;
use super::on_runtime;

#[derive(Subcommand)]
pub(super) enum PluginCommand {
    /// Begin a plugin: a project that builds, in the language of your choice
    #[command(after_help = new::HELP)]
    New(new::New),
    /// Turn a project into a folder that a server loads
    #[command(after_help = build::HELP)]
    Build(build::Build),
    /// Build and put to work at each change, and show what the plugin does
    #[command(after_help = dev::HELP)]
    Dev(dev::Dev),
    /// Say what keeps a plugin from loading, when it would be called and what it may reach
    #[command(after_help = check::HELP)]
    Check(check::Check),
    /// Run a plugin's own tests in the sandbox
    #[command(after_help = test::HELP)]
    Test(test::Test),
    /// Run the suite that a plugin in any language passes when its bindings are right
    #[command(after_help = conformance::HELP)]
    Conformance(conformance::Conformance),
    /// List the plugins of the running server
    #[command(after_help = list::HELP)]
    List(list::List),
    /// Show one plugin of the running server: its state, hooks, grants and limits, and what to do
    #[command(after_help = show::HELP)]
    Show(show::Show),
    /// List the plugins of the running server by what their calls cost now
    #[command(after_help = top::HELP)]
    Top(top::Top),
    /// Print what a plugin has logged, and its calls that failed
    #[command(after_help = logs::HELP)]
    Logs(logs::Logs),
    /// Add a plugin to the running server, or replace one
    #[command(after_help = install::HELP)]
    Install(install::Install),
    /// List the versions of a plugin that were installed, and which the servers run
    #[command(after_help = releases::HELP)]
    Releases(releases::Releases),
    /// Install a version of before again
    #[command(after_help = releases::ROLLBACK_HELP)]
    Rollback(releases::Rollback),
    /// Remove a plugin from the running server; what it has stored stays
    #[command(after_help = remove::HELP)]
    Remove(remove::Remove),
    /// Turn a plugin on
    #[command(after_help = switch::ENABLE_HELP)]
    Enable(switch::Switch),
    /// Turn a plugin off, over restarts
    #[command(after_help = switch::DISABLE_HELP)]
    Disable(switch::Switch),
    /// Load a plugin from its folder again
    #[command(after_help = switch::RELOAD_HELP)]
    Reload(switch::Switch),
    /// Let the running server call a plugin again that it has paused after failures
    #[command(after_help = switch::RESET_HELP)]
    Reset(switch::Switch),
    /// Give a plugin's id, with all that it has stored, to another folder on the running server
    #[command(after_help = adopt::HELP)]
    Adopt(adopt::Adopt),
    /// Show the settings of a plugin on the running server, or change them
    #[command(after_help = settings::HELP)]
    Settings(settings::Settings),
    /// Record calls of a plugin on the running server, or fetch those that failed
    #[command(after_help = record::HELP)]
    Record(record::Record),
    /// Make recorded calls again, without a server, and say what is otherwise
    #[command(after_help = replay::HELP)]
    Replay(replay::Replay),
    /// Try a new version beside the one that serves, with the same calls, and say what is otherwise
    #[command(after_help = shadow::HELP)]
    Shadow(shadow::Shadow),
    /// Put the version that was tried last in the place of the one that serves
    #[command(after_help = promote::HELP)]
    Promote(promote::Promote),
    /// Show which functions a plugin's time goes to, in its tests or in recorded calls
    #[command(after_help = profile::HELP)]
    Profile(profile::Profile),
    /// Print the interface file that plugins are built against
    #[command(after_help = wit::HELP)]
    Wit,
}

pub(super) const HELP: &str = "\
Examples:
  raisfast plugin new my-plugin --lang rust
  raisfast plugin build my-plugin
  raisfast plugin dev my-plugin
  raisfast plugin check my-plugin/dist
  raisfast plugin test .
  raisfast plugin install my-plugin/dist --dry-run
  raisfast plugin install my-plugin/dist
  raisfast plugin list
  raisfast plugin show com.example.digest
  raisfast plugin top
  raisfast plugin logs com.example.digest --follow
  raisfast plugin disable com.example.digest
  raisfast plugin releases com.example.digest
  raisfast plugin rollback com.example.digest
  raisfast plugin remove com.example.digest --dry-run
  raisfast plugin adopt com.example.digest digest-2
  raisfast plugin settings com.example.digest length=20
  raisfast plugin record com.example.digest --calls 20
  raisfast plugin replay com.example.digest.recording.json
  raisfast plugin shadow my-plugin/dist --for 10m
  raisfast plugin promote com.example.digest
  raisfast plugin profile my-plugin
  raisfast plugin wit > plugin.wit";

pub(super) fn run(command: PluginCommand) -> anyhow::Result<()> {
    match command {
        PluginCommand::New(command) => command.run(),
        PluginCommand::Build(command) => command.run(),
        PluginCommand::Dev(command) => on_runtime(command.run()),
        PluginCommand::Check(command) => on_runtime(command.run()),
        PluginCommand::Test(command) => on_runtime(command.run()),
        PluginCommand::Conformance(command) => on_runtime(command.run()),
        PluginCommand::List(command) => on_runtime(command.run()),
        PluginCommand::Show(command) => on_runtime(command.run()),
        PluginCommand::Top(command) => on_runtime(command.run()),
        PluginCommand::Logs(command) => on_runtime(command.run()),
        PluginCommand::Install(command) => on_runtime(command.run()),
        PluginCommand::Releases(command) => on_runtime(command.run()),
        PluginCommand::Rollback(command) => on_runtime(command.run()),
        PluginCommand::Remove(command) => on_runtime(command.run()),
        PluginCommand::Enable(command) => on_runtime(command.run(Change::Enable)),
        PluginCommand::Disable(command) => on_runtime(command.run(Change::Disable)),
        PluginCommand::Reload(command) => on_runtime(command.run(Change::Reload)),
        PluginCommand::Reset(command) => on_runtime(command.run(Change::Reset)),
        PluginCommand::Adopt(command) => on_runtime(command.run()),
        PluginCommand::Settings(command) => on_runtime(command.run()),
        PluginCommand::Record(command) => on_runtime(command.run()),
        PluginCommand::Replay(command) => on_runtime(command.run()),
        PluginCommand::Shadow(command) => on_runtime(command.run()),
        PluginCommand::Promote(command) => on_runtime(command.run()),
        PluginCommand::Profile(command) => on_runtime(command.run()),
        PluginCommand::Wit => {
            wit::print();
            Ok(())
        }
    }
}
