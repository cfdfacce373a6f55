//! A server with up to a hundred plugins: how long it takes to start, and what memory it holds.
//!
//! Each sample is a process of its own, in turn with the others. Every plugin has a binary of its
//! own and was compiled at an earlier start; where one binary is deployed a hundred times, the
//! figure says so. Scripts, each with a text of its own, share one interpreter.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::Method;
use raisfast_contract::ScriptLanguage;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Guest, Progress,
    memory::Resident,
    server_process::{START_DEADLINE, ServerHome, ServerProcess},
};
use crate::{
    contenders::scripts,
    report::{Figure, Report, Unit},
};

/// The name of the figures about starting in the report.
pub const START: &str = "server start";
/// The name of those about memory.
pub const MEMORY: &str = "memory";
/// The figure that the target of starting is held against: the difference of two figures of a
/// round.
pub const START_OF_100: &str = "100 plugins, over none";
/// The figure that the target of memory is held against.
pub const FURTHER_PLUGIN: &str = "a further idle plugin";

/// The same for a plugin that is a script, in JavaScript.
const FURTHER_SCRIPT: &str = "a further idle script";

/// Posts that are enough for each of a plugin's 4 instances to be called, in turn, by its filter.
const POSTS: usize = 8;

/// The time between two looks at plugins that are compiled.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A number of plugins, and its name in the figures.
struct Fleet {
    name: &'static str,
    plugins: u32,
    code: Code,
}

/// The code that the plugins of a fleet have.
enum Code {
    /// A binary of its own each.
    Own,
    /// One binary for all.
    One,
    /// A script of its own each.
    Script,
}

const FLEETS: [Fleet; 7] = [
    Fleet {
        name: "no plugins",
        plugins: 0,
        code: Code::Own,
    },
    Fleet {
        name: "1 plugin",
        plugins: 1,
        code: Code::Own,
    },
    Fleet {
        name: "10 plugins",
        plugins: 10,
        code: Code::Own,
    },
    Fleet {
        name: "100 plugins",
        plugins: 100,
        code: Code::Own,
    },
    Fleet {
        name: "100 plugins of one binary",
        plugins: 100,
        code: Code::One,
    },
    Fleet {
        name: "10 scripts",
        plugins: 10,
        code: Code::Script,
    },
    Fleet {
        name: "100 scripts",
        plugins: 100,
        code: Code::Script,
    },
];

/// The results of one start.
struct Start {
    /// Seconds until it was ready.
    ready_after: f64,
    idle: Resident,
    /// When each instance has served calls.
    served: Resident,
}

/// Starts the servers in turn, `rounds` times. The guest has to export `on-post-creating` and
/// `on-post-created`.
pub fn measure(
    guest: &Guest,
    rounds: usize,
    report: &mut Report,
    progress: Progress,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let starts = runtime.block_on(starts(guest, rounds, progress))?;
    describe(&starts, report);
    Ok(())
}

async fn starts(guest: &Guest, rounds: usize, progress: Progress<'_>) -> Result<Vec<Vec<Start>>> {
    let hooks = "[hooks.on-post-creating]\n[hooks.on-post-created]\n";
    let guest = guest.with(hooks);
    let language = ScriptLanguage::JavaScript;
    let script = Guest::script(language, scripts::post(language), hooks);
    let home = ServerHome::new()?;
    for fleet in &FLEETS {
        let directory = home.plugins(fleet.name);
        std::fs::create_dir_all(&directory)?;
        for number in 1..=fleet.plugins {
            match fleet.code {
                Code::Own => guest.deploy_variant(&directory, number)?,
                Code::One => guest.deploy(&directory, number)?,
                Code::Script => script.deploy_variant(&directory, number)?,
            }
        }
    }
    progress("compiling 100 plugins", 0.0);
    // The first starts make the database and compile; those that count find all of it.
    for fleet in &FLEETS[3..] {
        let server = home.start(&home.plugins(fleet.name)).await?;
        all_are_compiled(&server, fleet).await?;
    }
    let mut starts: Vec<Vec<Start>> = FLEETS.iter().map(|_| Vec::new()).collect();
    let mut done = 0.0;
    for _ in 0..rounds {
        for (fleet, starts) in FLEETS.iter().zip(&mut starts) {
            progress(fleet.name, done / (rounds * FLEETS.len()) as f64);
            starts.push(start(&home, fleet).await?);
            done += 1.0;
        }
    }
    Ok(starts)
}

async fn start(home: &ServerHome, fleet: &Fleet) -> Result<Start> {
    let server = home.start(&home.plugins(fleet.name)).await?;
    let idle = Resident::of(server.id())?;
    let mut admin = server.connect_as_admin().await?;
    for number in 0..POSTS {
        let post = json!({ "title": format!("Post {number}"), "content": "x".repeat(2_000) });
        let answer = admin
            .send(Method::POST, "/api/v1/posts", post.to_string())
            .await?;
        answer.json(201)?;
    }
    let calls = all_run(&server, fleet).await?;
    ensure!(
        calls == u64::from(fleet.plugins) * POSTS as u64,
        "{} calls of {} plugins were counted after {POSTS} posts",
        calls,
        fleet.plugins
    );
    Ok(Start {
        ready_after: server.ready_after().as_secs_f64(),
        idle,
        served: Resident::of(server.id())?,
    })
}

/// Waits until every plugin runs: a server is ready before it has compiled all that it can serve
/// without.
async fn all_are_compiled(server: &ServerProcess, fleet: &Fleet) -> Result<()> {
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        match all_run(server, fleet).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => sleep(LOOK_AGAIN).await,
        }
    }
}

/// Makes sure that every plugin runs, and returns how often their filters were called without
/// failing.
async fn all_run(server: &ServerProcess, fleet: &Fleet) -> Result<u64> {
    let mut admin = server.connect_as_admin().await?;
    let listed = admin
        .send(Method::GET, "/api/v1/admin/plugins", "")
        .await?
        .json(200)?;
    let plugins = listed["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let running = plugins
        .iter()
        .filter(|plugin| plugin["state"] == "running")
        .count();
    ensure!(
        running == fleet.plugins as usize,
        "{running} of {} plugins run: {}",
        fleet.plugins,
        plugins
            .iter()
            .find_map(|plugin| plugin["last_error"].as_str())
            .unwrap_or_default()
    );
    Ok(plugins.iter().map(filter_calls).sum())
}

fn filter_calls(plugin: &Value) -> u64 {
    let hooks = plugin["hooks"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    hooks
        .iter()
        .filter(|hook| hook["hook"] == "on-post-creating")
        .map(|hook| hook["calls"].as_u64().unwrap_or(0) - hook["errors"].as_u64().unwrap_or(0))
        .sum()
}

/// A quantity of one start.
type Quantity = fn(&Start) -> f64;

fn describe(starts: &[Vec<Start>], report: &mut Report) {
    let mut add = |scenario, name: String, unit, samples| {
        report.add(Figure::of(scenario, name, unit, samples));
    };
    for (fleet, starts) in FLEETS.iter().zip(starts) {
        let name = fleet.name;
        let samples = |of: fn(&Start) -> f64| starts.iter().map(of).collect::<Vec<_>>();
        add(
            START,
            name.into(),
            Unit::Nanoseconds,
            samples(|start| start.ready_after * 1e9),
        );
        add(
            MEMORY,
            name.into(),
            Unit::Bytes,
            samples(|start| start.idle.all),
        );
        add(
            MEMORY,
            format!("{name}, proportional"),
            Unit::Bytes,
            samples(|start| start.idle.proportional),
        );
        add(
            MEMORY,
            format!("{name}, after calls"),
            Unit::Bytes,
            samples(|start| start.served.all),
        );
    }
    let [
        none,
        _,
        ten,
        hundred,
        hundred_of_one,
        ten_scripts,
        hundred_scripts,
    ] = starts
    else {
        unreachable!("one list for each fleet");
    };
    let over = |more: &[Start], less: &[Start], of: fn(&Start) -> f64, divisor: f64| -> Vec<f64> {
        let pairs = more.iter().zip(less);
        pairs
            .map(|(more, less)| (of(more) - of(less)) / divisor)
            .collect()
    };
    let seconds = |start: &Start| start.ready_after * 1e9;
    add(
        START,
        START_OF_100.into(),
        Unit::Nanoseconds,
        over(hundred, none, seconds, 1.0),
    );
    let name = format!("{START_OF_100}, of one binary");
    add(
        START,
        name,
        Unit::Nanoseconds,
        over(hundred_of_one, none, seconds, 1.0),
    );
    add(
        START,
        "100 scripts, over none".into(),
        Unit::Nanoseconds,
        over(hundred_scripts, none, seconds, 1.0),
    );
    let further: [(&str, Quantity); 3] = [
        ("", |start| start.idle.all),
        (", proportional", |start| start.idle.proportional),
        (", after calls", |start| start.served.all),
    ];
    for (suffix, of) in further {
        // Beyond the first ten, so that what the first plugin brings with it is not divided among
        // all.
        let samples = over(hundred, ten, of, 90.0);
        add(
            MEMORY,
            format!("{FURTHER_PLUGIN}{suffix}"),
            Unit::Bytes,
            samples,
        );
        let samples = over(hundred_scripts, ten_scripts, of, 90.0);
        add(
            MEMORY,
            format!("{FURTHER_SCRIPT}{suffix}"),
            Unit::Bytes,
            samples,
        );
    }
}
