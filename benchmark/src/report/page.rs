//! A report as a page of the book, with its charts beside it.
//!
//! The page follows from the report alone: the same report gives the same page.

use std::{
    fmt::{self, Write as _},
    fs,
    path::Path,
};

use anyhow::{Context, Result};

use super::{Chart, HOST, Report, Target, quotient};
use crate::scenario::{concurrency, loading, many_plugins, query, server};

/// The page, below the book's folder of sources.
pub const PAGE: &str = "performance.md";
/// The folder of its charts, beside it.
pub const CHARTS: &str = "performance";

/// A table of more rows is folded.
const LONG: usize = 24;

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask bench --publish` from target/bench/report.json. Do not edit. -->

# Performance

What a hook call costs, beside what a user would pick instead. Everything on this page comes from one run on one machine.
Repeat it on yours:

```sh
cargo xtask bench            # tables on the screen, all figures in target/bench/report.json
cargo xtask bench --quick    # the same within 3 minutes after the build
cargo xtask bench --publish  # this page and its charts
```

";

const METHOD: &str = "\
## How it was measured

- **In turns.** A round gives every contender one batch of calls, one after the other. What else the machine does hits all
  of them alike. A figure is the median over the rounds; the quartiles beside it are its spread.
- **The same work.** Before anybody is measured, all contenders have given the same answer.
- **raisfast** is the whole way of a request: a snapshot of the bus, the pool, the deadline, the sandboxed call and the
  counters. **wasmtime** is a bare typed call of the same component, on the same engine. **native Rust** is the plugin's code
  without a sandbox.
- **The others** run in the benchmark's own process, without what surrounds a call here: no deadline, no limit of memory,
  no log, nothing that is discarded after a failure. Their `get-data` looks into a map.
- **Reused** is a virtual machine that is kept, with its script compiled, and a record converted by serde, which is what the
  host's generated conversion compares with. Conversion *by hand*, field by field, stands beside it.
- **A VM per request** makes a virtual machine, loads the script, calls it and throws it away, which is what keeps requests
  apart from each other. A script may use its whole language, but for files and processes.
- **Lua 5.4** (mlua) gets a record as a table. With *userdata* it gets a reference to the Rust value, and only the fields
  that it touches are copied.
- **Rhai** gets a record as an object map, or by reference as an *own type*. A kept engine runs the script as byte code.
  With *shared packages*, fresh engines share the standard package, as Rhai's book advises for many engines.
- **QuickJS** (rquickjs) gets a record as JSON, which the engine parses and writes; by hand, as an object.
- **A script** is a plugin of one text file, whose interpreter is in the sandbox; around its call is all that is around any
  other's. With `max_calls = 1` each call has a fresh instance, as a VM per request is fresh.
- **Extism** gets a record as JSON, as its documentation advises, and a text as it is. WASI is off. A plugin for a request
  is made from the compiled one.

";

impl Report {
    /// Writes the page and its charts into the book's folder of sources. Charts of an earlier run
    /// are removed.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn publish(&self, book: &Path) -> Result<()> {
        let write = || -> Result<()> {
            let folder = book.join(CHARTS);
            fs::create_dir_all(&folder)?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "svg") {
                    fs::remove_file(path)?;
                }
            }
            for chart in self.charts() {
                fs::write(folder.join(&chart.file), &chart.svg)?;
            }
            Ok(fs::write(book.join(PAGE), self.page())?)
        };
        write().with_context(|| format!("{} cannot be written", book.join(PAGE).display()))
    }

    /// The page, in Markdown.
    pub fn page(&self) -> String {
        let mut page = String::from(INTRODUCTION);
        self.write_page(&mut page)
            .expect("a text takes what is written to it");
        page
    }

    fn write_page(&self, page: &mut String) -> fmt::Result {
        let machine = &self.machine;
        let rounds = if self.quick {
            ", with few rounds (`--quick`)"
        } else {
            ""
        };
        writeln!(
            page,
            "Measured on {}{rounds}: {}, {} cores, {}, {}, {}.\n",
            self.date.split('T').next().unwrap_or_default(),
            machine.processor,
            machine.cores,
            machine.system,
            machine.rustc,
            machine.wasmtime,
        )?;
        self.write_targets(page)?;
        page.push_str(METHOD);
        let charts = self.charts();
        for scenario in self.scenarios() {
            let chart = charts.iter().find(|chart| chart.scenario == scenario);
            self.write_scenario(page, scenario, chart)?;
        }
        if !self.ratios.is_empty() {
            page.push_str("## All ratios\n\n| ratio | found |\n|---|--:|\n");
            for ratio in &self.ratios {
                writeln!(page, "| {} | {} |", ratio.name, quotient(ratio.value))?;
            }
        }
        Ok(())
    }

    fn write_targets(&self, page: &mut String) -> fmt::Result {
        if self.targets.is_empty() {
            return Ok(());
        }
        let reached = self.targets.iter().filter(|target| target.reached).count();
        writeln!(
            page,
            "## Targets\n\n{reached} of {} are reached. What is not reached stands here like the rest.\n\n\
             | target | wanted | found | |\n|---|--:|--:|---|",
            self.targets.len()
        )?;
        for target in &self.targets {
            writeln!(
                page,
                "| {} | {} | {} | {} |",
                target.name,
                target.wanted(),
                target.shown().as_deref().unwrap_or("–"),
                outcome(target)
            )?;
        }
        page.push('\n');
        Ok(())
    }

    fn write_scenario(
        &self,
        page: &mut String,
        scenario: &str,
        chart: Option<&Chart>,
    ) -> fmt::Result {
        writeln!(page, "## {scenario}\n")?;
        if let Some(description) = described(scenario) {
            writeln!(page, "{description}\n")?;
        }
        if let Some(chart) = chart {
            writeln!(page, "![{}]({CHARTS}/{})\n", chart.description, chart.file)?;
        }
        let host = self.figure(scenario, HOST);
        let rows = self
            .figures
            .iter()
            .filter(|figure| figure.scenario == scenario);
        let is_long = rows.clone().count() > LONG;
        if is_long {
            page.push_str("<details>\n<summary>All figures</summary>\n\n");
        }
        page.push_str("| | median | quartiles |");
        page.push_str(if host.is_some() {
            " ÷ raisfast |\n|---|--:|--:|--:|\n"
        } else {
            "\n|---|--:|--:|\n"
        });
        for figure in self
            .figures
            .iter()
            .filter(|figure| figure.scenario == scenario)
        {
            write!(
                page,
                "| {} | {} | {} – {} |",
                figure.name,
                figure.shown(figure.median),
                figure.shown(figure.low),
                figure.shown(figure.high)
            )?;
            match host.filter(|host| host.median > 0.0) {
                Some(host) => writeln!(page, " {} |", quotient(figure.median / host.median))?,
                None => page.push('\n'),
            }
        }
        for absent in self
            .absent
            .iter()
            .filter(|absent| absent.scenario == scenario)
        {
            let empty = if host.is_some() { " |" } else { "" };
            writeln!(page, "| {} | – | {} |{empty}", absent.name, absent.reason)?;
        }
        page.push_str(if is_long { "\n</details>\n\n" } else { "\n" });
        Ok(())
    }
}

fn outcome(target: &Target) -> String {
    let outcome = if target.reached {
        "reached"
    } else {
        "**not reached**"
    };
    match (&target.note, target.found) {
        (Some(note), None) => note.clone(),
        (Some(note), Some(_)) => format!("{outcome}: {note}"),
        (None, _) => outcome.into(),
    }
}

/// Describes a scenario in a sentence or two.
fn described(scenario: &str) -> Option<&'static str> {
    let is = |beginning| scenario.starts_with(beginning);
    Some(match scenario {
        concurrency::SCENARIO => {
            "Callers of `on-post-creating` with 2 KB, all at the same time, on pools of different sizes. Two threads that share \
             nothing are the best that 2 cores could do."
        }
        loading::SCENARIO => {
            "A plugin from its files to 4 instances that are ready: compiled, and from the cache of compiled code. Then a \
             reload, until the first call is answered by the new version."
        }
        many_plugins::START => "From the start of the server's process until it is ready.",
        many_plugins::MEMORY => {
            "Resident memory of the whole server process, idle. A plugin has 4 instances."
        }
        query::SCENARIO => {
            "A row by its key from a SQLite file, as JSON text: through the host function, and on the server's own \
             connection. The gate decides on a statement that it has seen before."
        }
        server::POST => {
            "Requests over 8 connections to the real server with its SQLite database. A plugin filters the post and is notified \
             of it afterwards; one server's plugin then writes a file as well."
        }
        server::GET => "The same connections read the posts.",
        "chain" => "`on-post-creating` with 2 KB through several plugins, one after the other.",
        _ if is("a hook without") => {
            "A hook that no plugin subscribes to. A request takes one snapshot of the bus for all its hooks, so the time is \
             that of the hook; beside it, that of a hook with a snapshot of its own."
        }
        _ if is("on-login") => "Nothing but the call: the hook does nothing.",
        _ if is("on-post-creating") => {
            "The Quick Start's plugin: a post without a slug gets one from its title. The number is the size of its content, \
             which the plugin does not touch."
        }
        _ if is("filter-html") => "A page comes back with a mark at its end.",
        _ if is("get-data") => "A hook that asks the host for a value and answers with it.",
        _ if is("Markdown") => {
            "This project's documentation as HTML, by the same crate everywhere."
        }
        _ if is("SHA-256") => {
            "The digest of a text, in portable code everywhere; the scripts bring their own implementation."
        }
        _ if is("JSON") => {
            "An array of objects is parsed, half of it dropped, the rest changed and written again."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
