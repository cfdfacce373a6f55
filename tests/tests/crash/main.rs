//! A server that is killed at any moment forgets nothing that it has promised.
//!
//! A child server is killed (SIGKILL) at random moments while clients write, and started again each
//! time on the same data. In the end every change that was answered with success is there, and the
//! plugin received each change that is there, at least once and in order. `cargo xtask crash`
//! runs it on other databases, and for other numbers of rounds.

mod child;
mod verdict;
mod writer;

use std::{env, fs, path::Path, time::Duration};

use child::Child;
use raisfast::{Config, Secret, Server};
use raisfast_outbox::Selection;
use raisfast_tests::{DatabaseServer, Manifest, eventually, guest};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{sync::watch, task::JoinSet};
use writer::{Ledger, Writer};

const PLUGIN: &str = "com.example.journal";
const PASSWORD: &str = "correct horse battery staple";
/// The number of times that the server is killed, unless `RAISFAST_CRASH_ROUNDS` is set.
const ROUNDS: u32 = 200;
const WRITERS: u64 = 4;
/// The most milliseconds that the server lives after its start.
const LIFE: u64 = 120;

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = env::var(variable).ok()?;
    let number = text.parse().ok();
    Some(number.unwrap_or_else(|| panic!("{variable} is `{text}`; it has to be a number")))
}

fn manifest() -> Manifest {
    let hooks = [
        "on-post-created",
        "on-post-updated",
        "on-post-deleted",
        "on-comment-created",
        "on-content-created",
        "on-content-updated",
        "on-content-deleted",
    ];
    Manifest::new(PLUGIN, &hooks).with(
        "[limits]\nkv_keys = 1000000\nkv_bytes = 1000000000\nvfs_total_bytes = 1000000000\nlog_records_per_minute = 100",
    )
}

fn config(folder: &Path) -> Config {
    let mut config = Config::with_data_dir(folder.join("data"));
    config.addr.set_port(0);
    config.plugins.dir = folder.join("plugins");
    config.plugins.hot_reload = false;
    config.comments.per_minute = 0;
    if let Some(database) = DatabaseServer::asked_for() {
        config.database_url = Secret::new(database.fresh_database());
    }
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_or_promised_is_lost_when_the_server_is_killed() {
    let seed = number("RAISFAST_CRASH_SEED").unwrap_or_else(rand::random::<u64>);
    let rounds = number("RAISFAST_CRASH_ROUNDS").unwrap_or(ROUNDS);
    // Shown where the test fails.
    println!("RAISFAST_CRASH_SEED={seed}");
    let mut moments = StdRng::seed_from_u64(seed);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = config(folder.path());
    let plugin = config.plugins.dir.join("journal");
    fs::create_dir_all(&plugin).expect("the plugin's folder");
    fs::write(plugin.join("plugin.wasm"), guest("journal")).expect("plugin.wasm");
    fs::write(plugin.join("manifest.toml"), manifest().text()).expect("manifest.toml");

    let first = Child::start(&config, Some(PASSWORD)).await;
    let token = writer::log_in(&first.base, PASSWORD).await;
    let anchor = writer::anchor(&first.base, &token).await;
    first.kill().await;

    let (server, base) = watch::channel(None);
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let randomness = StdRng::seed_from_u64(seed.wrapping_add(number + 1));
        let writer = Writer::new(number, token.clone(), base.clone(), randomness);
        writers.spawn(writer.write());
    }
    drop(base);
    for _ in 0..rounds {
        let child = Child::start(&config, None).await;
        server.send_replace(Some(child.base.clone()));
        // Not a wait for something: this is the moment at which the power fails.
        let life = Duration::from_millis(moments.random_range(0..LIFE));
        tokio::time::sleep(life).await;
        child.kill().await;
        server.send_replace(None);
    }
    drop(server);
    let mut ledger = Ledger::default();
    ledger.add(anchor);
    for written in writers.join_all().await {
        ledger.join(written);
    }

    let server = Server::start(config.clone())
        .await
        .expect("it starts once more");
    eventually("everything is delivered", || async {
        server.settled().await;
        let figures = server.outbox().figures().await.expect("the outbox");
        let dead: u64 = figures.iter().map(|plugin| plugin.dead).sum();
        assert_eq!(
            dead, 0,
            "a database that is busy now and then must not make a dead letter"
        );
        let waiting: u64 = figures.iter().map(|plugin| plugin.waiting).sum();
        // What has failed for a moment is not waited for.
        let all = Selection::default();
        server.outbox().retry_all(&all).await.expect("the outbox");
        (waiting == 0).then_some(())
    })
    .await;
    verdict::judge(&server, &config, &ledger).await;
    server.shutdown().await;
    println!("{rounds} rounds: {ledger}");
}
