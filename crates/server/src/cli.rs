//! The command line.
//!
//! Exit codes: 0 for success, 1 for what failed, 2 for a command or a configuration that cannot be
//! used.

#[macro_use]
mod output;

#[macro_use]
mod help;

mod admin;
mod backup;
mod comment;
mod completions;
pub(crate) mod config;
mod cron;
mod doctor;
mod editorial;
mod events;
mod format;
mod id;
mod log;
mod login;
mod logins;
mod man_pages;
mod misspelt;
mod nodes;
mod openapi;
mod outbox;
mod plugin;
mod post;
mod restore;
mod running_server;
mod serve;
mod site;
mod table;
mod user;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use raisfast_runtime::{Compiler, run_compile_worker};

use crate::{
    ConfigError, advice,
    config::{Flags, example, list},
};

/// A content server that plugins extend.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Flags,
}

const AFTER_HELP: &str = "\
Without a command, `raisfast` serves.

Examples:
  raisfast                                   serve ./data on 127.0.0.1:8787
  raisfast serve --addr 0.0.0.0:80           serve everybody
  raisfast config                            each setting, and where it is set
  raisfast doctor                            what is wrong, and what to do
  raisfast admin password                    give `admin` another password
  raisfast user create ann                   make an account for an author
  raisfast user reset-password ann           give ann another password
  raisfast comment list                      comments that wait for approval
  raisfast backup site.tar.gz                copy the site into one file
  raisfast restore site.tar.gz               put it into an empty data folder
  raisfast login --addr https://example.com  administer a server elsewhere
  raisfast plugin list                       the plugins of the running server
  raisfast plugin install my-plugin/dist     add a plugin to it, or replace one
  raisfast plugin logs com.example.digest    what a plugin has logged
  raisfast cron run com.example.digest daily
  raisfast outbox list                       deliveries that are pending
  raisfast nodes                             the servers of the site
  raisfast plugin new my-plugin --lang rust  begin a plugin
  raisfast plugin dev my-plugin              build and try it at each save
  raisfast plugin check my-plugin/dist       whether a server could load it

Exit codes: 0 success, 1 failed, 2 the command or the configuration cannot be
used.";

#[derive(Subcommand)]
enum Command {
    /// Run the server until SIGTERM, SIGHUP or Ctrl-C
    #[command(after_help = SERVE_HELP)]
    Serve(serve::Serve),
    /// Print the configuration that `serve` would use, and where each setting comes from
    #[command(after_help = config_help())]
    Config(Flags),
    /// The first account
    #[command(subcommand, after_help = ADMIN_HELP)]
    Admin(AdminCommand),
    /// Copy the whole site into one file, while it is served
    #[command(after_help = backup::HELP)]
    Backup(backup::Backup),
    /// Put a backup into an empty data folder, or in the place of a site
    #[command(after_help = restore::HELP)]
    Restore(restore::Restore),
    /// Look for what is wrong with the server, and say what to do
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Doctor),
    /// Accounts
    #[command(subcommand, after_help = user::HELP)]
    User(user::UserCommand),
    /// Posts, drafts and archived ones too
    #[command(subcommand, after_help = post::HELP)]
    Post(post::PostCommand),
    /// Comments, for who moderates them
    #[command(subcommand, after_help = comment::HELP)]
    Comment(comment::CommentCommand),
    /// Plugins' scheduled work
    #[command(subcommand, after_help = cron::HELP)]
    Cron(cron::CronCommand),
    /// Deliveries of changes that plugins have not taken yet
    #[command(subcommand, after_help = outbox::HELP)]
    Outbox(outbox::OutboxCommand),
    /// The servers of the site: those that live, and those that went within the last hour
    #[command(after_help = nodes::HELP)]
    Nodes(nodes::Nodes),
    /// Events that plugins publish, as they happen
    #[command(after_help = events::HELP)]
    Events(events::Events),
    /// Log in to a server elsewhere, once
    #[command(after_help = login::LOGIN_HELP)]
    Login(login::Login),
    /// End a login
    #[command(after_help = login::LOGOUT_HELP)]
    Logout(login::Logout),
    /// Plugins: those of a server, and those that you write
    #[command(subcommand, after_help = plugin::HELP)]
    Plugin(plugin::PluginCommand),
    /// Print the API as an OpenAPI document
    #[command(name = "openapi", after_help = openapi::HELP)]
    OpenApi(openapi::OpenApi),
    /// Print what makes a shell complete this program's commands
    #[command(after_help = completions::HELP)]
    Completions(completions::Completions),
    /// Write a manual page for each command
    #[command(after_help = man_pages::HELP)]
    ManPages(man_pages::ManPages),
    /// Compile one plugin, for another process of this program
    #[command(hide = true)]
    CompileWorker(CompileWorker),
}

#[derive(clap::Args)]
struct CompileWorker {
    /// Bytes of address space that it may take
    #[arg(long)]
    memory: u64,
    /// Threads to compile on
    #[arg(long)]
    threads: usize,
}

const SERVE_HELP: &str = "\
Flags win over the environment, the environment over raisfast.toml, and that over the defaults. \
RAISFAST_ADMIN_PASSWORD sets the first admin's password. RUST_LOG chooses what is logged. With \
OTEL_EXPORTER_OTLP_ENDPOINT, traces go to a collector.

Examples:
  raisfast serve
  raisfast serve --data-dir /srv/raisfast --plugin-dir /srv/raisfast/plugins
  raisfast serve --safe-mode
  DATABASE_URL='sqlite:///srv/site.db?mode=rwc' raisfast serve
  RUST_LOG=warn,plugin=debug raisfast serve
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 raisfast serve";

/// Returns the end of the help on `raisfast config`: the file, with each setting that there is.
fn config_help() -> String {
    format!(
        "Passwords and plugins' own settings are not printed.\n\n\
         Examples:\n  raisfast config\n  raisfast config --config /etc/raisfast.toml\n\n\
         A raisfast.toml with every setting:\n\n{}",
        example()
    )
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Give `admin` another password, and end every login of that account
    #[command(after_help = ADMIN_HELP)]
    Password(admin::DatabaseFlags),
}

const ADMIN_HELP: &str = "\
Works on the database itself, whether a server runs or not. Without RAISFAST_ADMIN_PASSWORD a password is \
made and printed once.

Examples:
  raisfast admin password
  RAISFAST_ADMIN_PASSWORD=... raisfast admin password --data-dir /srv/raisfast";

/// Returns what is wrong with the environment, in sentences: variables that look like settings and
/// are not.
fn hints() -> Vec<String> {
    let variables = help::variables(&Cli::command());
    let mut known: Vec<_> = variables.into_iter().map(|(name, _)| name).collect();
    let of_settings = list()
        .into_iter()
        .filter_map(|listed| listed.setting.variable);
    known.extend(of_settings.map(str::to_owned));
    known.extend([TOKEN, user::PASSWORD].map(str::to_owned));
    let found = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let misspelt = misspelt::misspelt(found, &known);
    let sentence =
        |(name, meant)| format!("the variable {name} is not used: did you mean {meant}?");
    misspelt.into_iter().map(sentence).collect()
}

/// The variable of an admin's token. No flag stands for it: other users of the machine can read a
/// process's arguments.
const TOKEN: &str = "RAISFAST_TOKEN";

/// Runs the command that the process was started with. The program was built from this commit, if
/// it is known.
pub fn run(commit: Option<&str>) -> ExitCode {
    Compiler::this_program_is_a_worker();
    let command = Cli::command().version(version::line(commit));
    let command = help::with_whole_examples(help::without_others_settings(command));
    let parsed = command.clone().try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(help::print(&command, &error)),
    };
    let command = cli.command.unwrap_or(Command::Serve(cli.serve.into()));
    // What a server prints is an aside: it logs that it was lost, and ends as it would have.
    let is_server = matches!(command, Command::Serve(_));
    let done = match command {
        Command::Serve(command) => on_runtime(command.run()),
        Command::Config(flags) => config::print(&flags),
        Command::Admin(AdminCommand::Password(server)) => on_runtime(admin::password(server)),
        Command::Backup(command) => on_runtime(command.run()),
        Command::Restore(command) => on_runtime(command.run()),
        Command::Doctor(command) => on_runtime(command.run()),
        Command::User(command) => on_runtime(command.run()),
        Command::Post(command) => on_runtime(command.run()),
        Command::Comment(command) => on_runtime(command.run()),
        Command::Cron(command) => on_runtime(command.run()),
        Command::Outbox(command) => on_runtime(command.run()),
        Command::Nodes(command) => on_runtime(command.run()),
        Command::Events(command) => on_runtime(command.run()),
        Command::Login(command) => on_runtime(command.run()),
        Command::Logout(command) => on_runtime(command.run()),
        Command::Plugin(command) => plugin::run(command),
        Command::OpenApi(command) => {
            command.print();
            Ok(())
        }
        Command::Completions(command) => {
            command.print(&Cli::command());
            Ok(())
        }
        Command::ManPages(pages) => {
            let command = Cli::command().version(version::line(commit));
            pages.write(help::without_others_settings(command))
        }
        Command::CompileWorker(CompileWorker { memory, threads }) => {
            return run_compile_worker(memory, threads);
        }
    };
    match done {
        Ok(()) => match output::lost() {
            Some(reason) if !is_server => {
                say_aside!(
                    "error: the command is done, but its output could not be written: {reason}"
                );
                ExitCode::FAILURE
            }
            _ => ExitCode::SUCCESS,
        },
        Err(error) => {
            say_aside!("error: {}", advice::of_command(&error));
            let unusable = error.is::<ConfigError>() || error.is::<doctor::CannotLook>();
            ExitCode::from(if unusable { 2 } else { 1 })
        }
    }
}

fn on_runtime(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command)
}
