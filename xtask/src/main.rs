//! Every developer command: `cargo xtask <command>`.
//!
//! A command is a module. Those that need a wasm toolchain get it from [`setup`] themselves, so
//! that each works on a machine that has nothing but Rust.

mod bench;
mod build_plugins;
mod ci;
mod cluster;
mod cluster_faults;
mod console;
mod crash;
mod demo;
mod dependencies;
mod dist;
mod failed_tests;
mod first_steps;
mod fuzz;
mod guests;
mod instructions;
mod interpreters;
mod language_page;
mod languages;
mod nightly;
mod package;
mod plugin_cargo;
mod process;
mod prose;
mod schema;
mod setup;
mod soak;
mod steps;
mod table;
mod terminal;
mod test;
mod ticker;
mod toolchain;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The developer commands of this workspace.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo xtask",
    after_help = "Example: cargo xtask demo",
    max_term_width = 100
)]
enum Command {
    Setup(setup::Setup),
    BuildPlugins(build_plugins::BuildPlugins),
    Interpreters(interpreters::Interpreters),
    Console(console::Console),
    ConsoleTest(console::ConsoleTest),
    Demo(demo::Demo),
    Test(test::Test),
    Crash(crash::Crash),
    Cluster(cluster::Cluster),
    ClusterFaults(cluster_faults::ClusterFaults),
    Soak(soak::Soak),
    Schema(schema::Schema),
    Instructions(instructions::Instructions),
    Languages(language_page::Languages),
    Bench(bench::Bench),
    Fuzz(fuzz::Fuzz),
    Prose(prose::Prose),
    Dependencies(dependencies::Dependencies),
    Package(package::Package),
    Dist(dist::Dist),
    FirstSteps(first_steps::FirstSteps),
    Nightly(nightly::Nightly),
    Ci(ci::Ci),
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Setup(command) => command.run(),
        Command::BuildPlugins(command) => command.run(),
        Command::Interpreters(command) => command.run(),
        Command::Console(command) => command.run(),
        Command::ConsoleTest(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Test(command) => command.run(),
        Command::Crash(command) => command.run(),
        Command::Cluster(command) => command.run(),
        Command::ClusterFaults(command) => command.run(),
        Command::Soak(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Instructions(command) => command.run(),
        Command::Languages(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Fuzz(command) => command.run(),
        Command::Prose(command) => command.run(),
        Command::Dependencies(command) => command.run(),
        Command::Package(command) => command.run(),
        Command::Dist(command) => command.run(),
        Command::FirstSteps(command) => command.run(),
        Command::Nightly(command) => command.run(),
        Command::Ci(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::failure(&error);
            ExitCode::FAILURE
        }
    }
}
