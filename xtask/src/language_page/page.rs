//! The page, in Markdown.

use std::{env::consts, fmt, fs, thread::available_parallelism, time::Duration};

use super::report::{Finding, Mark};
use crate::terminal::{Seconds, Size};

/// Findings as a page of the book.
pub(crate) struct Page<'a> {
    findings: &'a [Finding],
    release: bool,
}

impl<'a> Page<'a> {
    pub(crate) fn new(findings: &'a [Finding], release: bool) -> Self {
        Self { findings, release }
    }
}

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask languages --release`. Do not edit. -->

# Languages compared

One plugin, written in each language, answers the same questions: every record, every hook and every function of the host,
with values that are empty, absent, in many scripts, a megabyte long or at the ends of their range. What it has to do stands in
`tests/conformance/SPECIFICATION.md`, the plugins in `sample-plugins/conformance-*`. CI builds all of them and fails where a case
does.

Repeat it, here or with a plugin in a language that is not on this page:

```sh
cargo xtask setup --lang all                    # the compilers, into target/toolchains
cargo xtask languages --release                 # this page
raisfast plugin conformance my-plugin.wasm      # your own
```

How a plugin is begun and built in each of them is in [Languages](authors/languages.md).

Plugins in JavaScript, Lua and Rhai may also be scripts, which an interpreter runs in the same sandbox. They are not in these tables:
of a script nothing is built and nothing compiled. The suite runs on them too, and [its exceptions](authors/scripts.md#the-languages) are
few. [Scripts and components](authors/scripts.md#scripts-and-components) compares the two.

## What they cost
";

const MEANING: &str = "
- **Size** is the file's, as it is deployed.
- **Build** is a build after a change of the plugin's own sources, with everything else built before.
- **First load** compiles the file on all cores and checks it against the contract, once for a version. A server does that
  [in the background](operators/plugins.md#large-plugins) where the file is large. **From the cache** is every load after it.
- **A call** is one `on-post-creating` with 2 KiB of content, in an instance that has been called before. The plugin looks at every
  field and writes a log record, so it is more than the least that a call can cost; that is on [Performance](performance.md).
- **An instance** is the memory that one more of them takes after its first call. A plugin has four, if its manifest does not say
  otherwise.

## Cases
";

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(INTRODUCTION)?;
        let cores = available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "\nMeasured with a {} build of the server on: {}, {cores} cores, {} {}.\n",
            if self.release {
                "release"
            } else {
                "development"
            },
            processor(),
            consts::OS,
            consts::ARCH
        )?;
        self.costs(f)?;
        f.write_str(MEANING)?;
        let marks = Mark::ALL.map(|mark| match mark {
            Mark::Passed => format!("{} passed", mark.shown()),
            Mark::Unsupported => format!("{} the language has no such thing", mark.shown()),
            Mark::Failed => format!("{} failed", mark.shown()),
            Mark::NotBuilt => format!(
                "{} not built on that machine, for the reason above",
                mark.shown()
            ),
        });
        writeln!(f, "\n{}.", marks.join(", "))?;
        self.chapters(f)
    }
}

impl Page<'_> {
    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| language | size | build | first load | from the cache | a call | an instance | cases passed |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for finding in self.findings {
            let title = &finding.title;
            let Some(built) = finding.built() else {
                writeln!(f, "| {title} | {} | | | | | | |", finding.score())?;
                continue;
            };
            write!(
                f,
                "| {title} | {} | {} ",
                Size(built.bytes),
                built
                    .rebuild
                    .map_or_else(|| "–".to_owned(), |took| Seconds(took).to_string())
            )?;
            match finding.measurements() {
                Some(costs) => write!(
                    f,
                    "| {} | {} | {} | {} ",
                    milliseconds(costs.cold_load_ms),
                    milliseconds(costs.cached_load_ms),
                    nanoseconds(costs.call_ns),
                    costs
                        .instance_bytes
                        .map_or_else(|| "–".to_owned(), |bytes| Size(bytes).to_string())
                )?,
                None => write!(f, "| – | – | – | – ")?,
            }
            writeln!(f, "| {} |", finding.score())?;
        }
        Ok(())
    }

    /// A table for each chapter of the suite.
    fn chapters(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self
            .findings
            .iter()
            .max_by_key(|finding| finding.cases().len());
        let mut chapter = "";
        for case in longest.map_or(&[][..], Finding::cases) {
            if case.chapter != chapter {
                chapter = &case.chapter;
                writeln!(f, "\n### {chapter}\n")?;
                write!(f, "| case |")?;
                for finding in self.findings {
                    write!(f, " {} |", finding.title)?;
                }
                writeln!(f, "\n|---|{}", ":-:|".repeat(self.findings.len()))?;
            }
            write!(f, "| {} |", case.name)?;
            for finding in self.findings {
                write!(f, " {} |", finding.mark(&case.chapter, &case.name).shown())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn milliseconds(time: f64) -> String {
    if time < 1_000.0 {
        format!("{time:.1} ms")
    } else {
        Seconds(Duration::from_secs_f64(time / 1e3)).to_string()
    }
}

fn nanoseconds(time: u64) -> String {
    match time {
        0..10_000 => format!("{time} ns"),
        10_000..1_000_000 => format!("{} µs", time / 1_000),
        _ => format!("{}.{} ms", time / 1_000_000, time % 1_000_000 / 100_000),
    }
}

/// Returns the system's name for the processor, or a general one.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = text.lines().filter(|line| line.starts_with("model name"));
    let name = lines.next().and_then(|line| line.split_once(": "));
    name.map_or_else(
        || "a processor without a name".to_owned(),
        |(_, name)| name.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, nanoseconds};

    #[test]
    fn times_have_the_unit_that_a_person_would_take() {
        assert_eq!(milliseconds(0.234), "0.2 ms");
        assert_eq!(milliseconds(12_340.0), "12.3 s");
        assert_eq!(nanoseconds(1_900), "1900 ns");
        assert_eq!(nanoseconds(14_329), "14 µs");
        assert_eq!(nanoseconds(2_349_000), "2.3 ms");
    }
}
