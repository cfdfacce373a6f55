//! `ci`: what has to pass before a change is taken.

use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::{
    console::{Console, ConsoleTest},
    dependencies::Dependencies,
    dist::Dist,
    guests::{self, Kind, Source},
    instructions::Instructions,
    language_page::Languages,
    package::Package,
    process,
    prose::Prose,
    schema::Schema,
    setup,
    steps::{Step, judge},
    test::Test,
    workspace,
};

/// Run everything that continuous integration runs: the console, formatting, lints, dependencies,
/// schema, packages, tests, the console in a browser, languages, the Debian package, instruction
/// counts, documentation, prose.
///
/// A step that fails does not keep the next from running; the table at the end says what to run
/// alone.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask ci")]
pub(crate) struct Ci {}

impl Ci {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        let began = Instant::now();
        let steps = [
            // First of all: what is built after it embeds it.
            Step::run("console", "cargo xtask console", || Console {}.run()),
            Step::cargo("formatting", &["fmt", "--all", "--check"]),
            Step::cargo(
                "lints",
                &[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "--deny",
                    "warnings",
                ],
            ),
            // A build for one database leaves the drivers of the others out.
            Step::cargo(
                "one database",
                &[
                    "check",
                    "--package",
                    "raisfast",
                    "--no-default-features",
                    "--features",
                    "sqlite",
                ],
            ),
            guest_lints(),
            Step::run("dependencies", "cargo xtask dependencies", || {
                Dependencies::default().run()
            }),
            Step::run("schema", "cargo xtask schema --check", || {
                Schema { check: true }.run()
            }),
            Step::run("packages", "cargo xtask package", || Package {}.run()),
            Step::run("tests", "cargo xtask test", || Test::default().run()),
            // With the server that the tests have built, as those that follow.
            Step::run(
                "console in a browser",
                "cargo xtask console-test --binary target/debug/raisfast",
                || ConsoleTest::of_the_tests().run(),
            ),
            Step::run("languages", "cargo xtask languages --check", || {
                let check = Languages {
                    check: true,
                    ..Languages::default()
                };
                check.run()
            }),
            Step::run(
                "dist",
                "cargo xtask dist --binary target/debug/raisfast --check",
                || Dist::of_the_tests().run(),
            ),
            Step::run("instructions", "cargo xtask instructions", || {
                Instructions::default().run()
            }),
            documentation(),
            Step::run("prose", "cargo xtask prose", || Prose::default().run()),
        ];
        judge(&steps, began)
    }
}

/// Lints guests for wasm too: most of what is in them is empty to a native lint.
fn guest_lints() -> Step {
    let name = "lints of guests";
    let prepared = setup::toolchain().and_then(|toolchain| {
        Ok((
            toolchain,
            guests::all(&[Kind::Sample, Kind::Recipe, Kind::Conformance, Kind::Test])?,
        ))
    });
    match prepared {
        Err(error) => Step::run(name, "cargo xtask setup", || Err(error)),
        Ok((toolchain, _)) if !toolchain.has_clippy() => {
            Step::skipped(name, "the guests' compiler has no clippy")
        }
        Ok((toolchain, guests)) => {
            let mut cargo = toolchain.cargo("clippy");
            for guest in &guests {
                if let Source::Package { name, .. } = &guest.source {
                    cargo.args(["--package", name]);
                }
            }
            cargo.args(["--", "--deny", "warnings"]);
            let alone = process::written(&cargo);
            Step::command(name, &mut cargo, &alone)
        }
    }
}

fn documentation() -> Step {
    let arguments = ["doc", "--workspace", "--no-deps"];
    let mut cargo = workspace::cargo();
    cargo.args(arguments).env("RUSTDOCFLAGS", "--deny warnings");
    let alone = format!(
        "RUSTDOCFLAGS='--deny warnings' cargo {}",
        arguments.join(" ")
    );
    Step::command("documentation", &mut cargo, &alone)
}
