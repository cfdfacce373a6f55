//! The hook calls that are measured, and by whom.

use anyhow::{Context, Result};

#[cfg(feature = "peers")]
use crate::contenders::scripts::NATIVE;
use crate::{
    Entry, Work,
    contenders::{Host, Setup, Snapshot, Unheard},
    inputs,
    report::{Figure, Report, Unit},
    sampling::{self, Effort},
    scenario::Progress,
};

/// A scenario in which contenders take turns at one piece of work.
pub struct Comparison {
    /// The scenario's name in the report, such as `on-post-creating 2 KB`.
    pub name: &'static str,
    who: Who,
}

/// The participants.
enum Who {
    /// Everybody who can do the work.
    Everybody(Work),
    /// The host, with one plugin after the other.
    Chain(Work),
    /// Plugins that are scripts, and their engines without a sandbox.
    Scripts(Work),
    /// The host without plugins.
    Nobody,
}

impl Comparison {
    /// The scenario of a hook that nobody subscribes to.
    pub const UNHEARD: &'static str = "a hook without plugins";

    /// All of them, in the order of the report.
    pub fn all() -> Vec<Self> {
        let everybody = |name, work| Self {
            name,
            who: Who::Everybody(work),
        };
        let post = |bytes| Work::Post(inputs::post(bytes));
        vec![
            Self {
                name: Self::UNHEARD,
                who: Who::Nobody,
            },
            everybody("on-login", Work::Login),
            everybody("on-post-creating 200 B", post(200)),
            everybody("on-post-creating 2 KB", post(2_000)),
            everybody("on-post-creating 20 KB", post(20_000)),
            everybody("on-post-creating 200 KB", post(200_000)),
            everybody("filter-html 20 KB", Work::Html(inputs::text(20_000))),
            everybody("get-data", Work::HostCall),
            Self {
                name: "chain",
                who: Who::Chain(post(2_000)),
            },
            Self {
                name: "script: on-post-creating 2 KB",
                who: Who::Scripts(post(2_000)),
            },
            Self {
                name: "script: fib(20)",
                who: Who::Scripts(Work::Fib("20".into())),
            },
            everybody("Markdown 100 KB", Work::Markdown(inputs::markdown(100_000))),
            everybody("SHA-256 1 MB", Work::Digest(inputs::text(1_000_000))),
            everybody("JSON 1 MB", Work::Json(inputs::json(1_000_000))),
        ]
    }

    /// Sets the contenders up, measures them, and adds what was found.
    pub fn run(
        &self,
        setup: &Setup,
        effort: Effort,
        progress: Progress,
        report: &mut Report,
    ) -> Result<()> {
        progress(self.name, 0.0);
        let mut entries = self
            .entries(setup, report)
            .with_context(|| format!("{}: a contender cannot be set up", self.name))?;
        let samples = sampling::compare(&mut entries, effort, |done| progress(self.name, done))
            .with_context(|| format!("{} cannot be measured", self.name))?;
        for samples in samples {
            let nanoseconds = samples.nanoseconds;
            report.add(Figure::of(
                self.name,
                samples.name,
                Unit::Nanoseconds,
                nanoseconds,
            ));
        }
        Ok(())
    }

    /// Sets up everybody who takes part, and tells the report who does not.
    #[cfg_attr(
        not(feature = "peers"),
        expect(unused_variables, reason = "only peers can be absent")
    )]
    pub fn entries(&self, setup: &Setup, report: &mut Report) -> Result<Vec<Entry>> {
        match &self.who {
            Who::Everybody(work) => {
                let entries = setup.entries(work)?;
                #[cfg(feature = "peers")]
                let entries = self.with_peers(entries, work, report)?;
                Ok(entries)
            }
            Who::Scripts(work) => {
                let entries = setup.scripts(work)?;
                #[cfg(feature = "peers")]
                let entries = with_their_engines(entries, work)?;
                Ok(entries)
            }
            Who::Chain(work) => [("1 plugin", 1), ("4 plugins", 4), ("16 plugins", 16)]
                .into_iter()
                .map(|(name, plugins)| {
                    let contender = Box::new(Host::start(setup, work, plugins)?);
                    Ok(Entry { name, contender })
                })
                .collect(),
            Who::Nobody => Ok([
                ("time", Snapshot::OfRequest),
                ("with a snapshot of its own", Snapshot::OfCall),
            ]
            .into_iter()
            .map(|(name, snapshot)| {
                let contender = Box::new(Unheard::new(snapshot));
                Entry { name, contender }
            })
            .collect()),
        }
    }
}

#[cfg(feature = "peers")]
impl Comparison {
    /// Ours, and the engines that a user could pick instead.
    fn with_peers(
        &self,
        mut entries: Vec<Entry>,
        work: &Work,
        report: &mut Report,
    ) -> Result<Vec<Entry>> {
        let peers = crate::peers::Peers::of(work)?;
        for absent in peers.absent {
            report.add_absent(self.name, absent.name, absent.reason);
        }
        entries.extend(peers.entries);
        Ok(entries)
    }
}

/// Scripts, and the same engines in this process.
#[cfg(feature = "peers")]
fn with_their_engines(mut entries: Vec<Entry>, work: &Work) -> Result<Vec<Entry>> {
    let peers = crate::peers::Peers::of(work)?.entries.into_iter();
    entries.extend(peers.filter(|entry| NATIVE.contains(&entry.name)));
    Ok(entries)
}
