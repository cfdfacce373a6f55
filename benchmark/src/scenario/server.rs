//! The whole server under load: posts written and read over HTTP, with and without plugins.
//!
//! All servers run at the same time and are loaded in turn, batch by batch. A batch of posts ends
//! when all are answered and all their actions have run. The client is in this process and shares
//! the cores with the servers, as it does for each of them.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

mod loaded;

use anyhow::Result;
use loaded::{Batches, Load, Loaded};

use super::{Guest, Progress};
use crate::report::{Figure, Report, Unit};

/// The name of the figures about writing in the report.
pub const POST: &str = "POST posts";
/// The name of those about reading.
pub const GET: &str = "GET posts/{slug}";

/// The plugins of a server.
enum Has {
    /// As many plugins that wait for nothing.
    Plugins(u32),
    /// One that waits: its action writes a file.
    Waiting,
}

/// A server's name in the figures, and what it has.
const SERVERS: [(&str, Has); 4] = [
    ("no plugins", Has::Plugins(0)),
    ("1 plugin", Has::Plugins(1)),
    ("1 plugin that writes a file", Has::Waiting),
    ("8 plugins", Has::Plugins(8)),
];

/// The hooks of each plugin: for a post a filter and an action, for a page a filter.
const HOOKS: &str = "[hooks.on-post-creating]\n[hooks.on-post-created]\n[hooks.filter-html]\n";

/// Loads the servers in turn, `rounds` times with each load.
pub fn measure(
    plugin: &Guest,
    waiting: &Guest,
    rounds: usize,
    report: &mut Report,
    progress: Progress,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let servers = runtime.block_on(async {
        let mut servers = Vec::new();
        for (name, has) in SERVERS {
            progress(&format!("starting the server with {name}"), 0.0);
            let (guest, plugins) = match has {
                Has::Plugins(plugins) => (plugin, plugins),
                Has::Waiting => (waiting, 1),
            };
            servers.push(Loaded::start(&guest.with(HOOKS), plugins).await?);
        }
        let loads = [Load::Post, Load::Get];
        for (pass, load) in loads.into_iter().enumerate() {
            for round in 0..rounds {
                for turn in 0..servers.len() {
                    // Not always in the same order: what one leaves behind would hit the same next
                    // one.
                    let turn = (turn + round) % servers.len();
                    let server = &mut servers[turn];
                    progress(
                        SERVERS[turn].0,
                        (pass * rounds + round) as f64 / (2 * rounds) as f64,
                    );
                    server.batch(load).await?;
                }
            }
        }
        for server in &mut servers {
            server.actions_have_run().await?;
        }
        anyhow::Ok(servers)
    })?;
    describe(&servers, report);
    Ok(())
}

fn describe(servers: &[Loaded], report: &mut Report) {
    for (load, scenario) in [(Load::Post, POST), (Load::Get, GET)] {
        for (server, (name, ..)) in servers.iter().zip(SERVERS) {
            let Batches {
                throughput,
                latencies,
                slowest,
            } = server.batches(load);
            report.add(Figure::of(
                scenario,
                name,
                Unit::PerSecond,
                throughput.clone(),
            ));
            let latency = format!("{name}, latency");
            report.add(Figure::of(
                scenario,
                latency,
                Unit::Nanoseconds,
                latencies.clone(),
            ));
            let slowest_name = format!("{name}, latency of 99 %");
            report.add(Figure::of(
                scenario,
                slowest_name,
                Unit::Nanoseconds,
                slowest.clone(),
            ));
        }
        let none = &servers[0].batches(load).throughput;
        for (server, (name, ..)) in servers.iter().zip(SERVERS).skip(1) {
            let some = &server.batches(load).throughput;
            // Round by round, because the machine is not equally fast in all of them.
            let ratios = some
                .iter()
                .zip(none)
                .map(|(some, none)| some / none)
                .collect();
            let name = match name {
                "1 plugin" => "1 filter and 1 action ÷ no plugins".to_owned(),
                name => format!("{name} ÷ no plugins"),
            };
            let ratio = Figure::of(scenario, name.as_str(), Unit::Count, ratios);
            report.add_ratio(format!("{scenario}: {name}"), ratio.median);
        }
    }
}
