//! Servers of one site, and their database, fail in turn while clients write.
//!
//! Three real servers serve a constant load behind a balancer, and faults from a seed hit them. In
//! the end each change that was answered was delivered, in the order of its record, and repeated
//! only if a fault hit its delivery; each tick was fired once; and no request failed but those
//! under which a server or the database died. `cargo xtask cluster-faults` runs it for longer, and
//! on MariaDB.

mod fault;
mod front;
mod site;
mod verdict;
mod writer;

use std::{env, sync::Arc, time::Duration};

use fault::Faults;
use raisfast_tests::DatabaseServer;
use rand::{SeedableRng, rngs::StdRng};
use site::Site;
use tokio::{sync::watch, task::JoinSet, time::Instant};
use writer::{Ledger, Writer};

/// The command line as the binary `raisfast` has it.
const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
/// The seconds for which faults follow each other, unless `RAISFAST_CLUSTER_FAULTS_SECONDS` is set.
const SECONDS: u64 = 180;
const WRITERS: u64 = 8;

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = env::var(variable).ok()?;
    let number = text.parse().ok();
    Some(number.unwrap_or_else(|| panic!("{variable} is `{text}`; it has to be a number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_out_of_order_while_servers_and_their_database_fail() {
    let seed = number("RAISFAST_CLUSTER_FAULTS_SEED").unwrap_or_else(rand::random::<u64>);
    let seconds = number("RAISFAST_CLUSTER_FAULTS_SECONDS").unwrap_or(SECONDS);
    // Shown where the test fails.
    println!("RAISFAST_CLUSTER_FAULTS_SEED={seed}");
    let database = DatabaseServer::asked_for().unwrap_or(DatabaseServer::Postgres);

    let mut site = Site::start(database).await;
    let stop = watch::Sender::new(false);
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let randomness = StdRng::seed_from_u64(seed.wrapping_add(number + 1));
        let front = Arc::clone(&site.front);
        let writer = Writer::new(number, site.token(), front, randomness);
        writers.spawn(writer.write(stop.subscribe()));
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    Faults::new(seed).strike(&mut site, end).await;
    stop.send_replace(true);
    let mut ledger = Ledger::default();
    for written in writers.join_all().await {
        ledger.join(written);
    }
    site.settle().await;
    let findings = verdict::judge(&site, &ledger).await;
    println!("{seconds} s: {ledger}\n{findings}");
    assert!(
        findings.problems.is_empty(),
        "RAISFAST_CLUSTER_FAULTS_SEED={seed}\n{}\n{}\n{}",
        findings.problems.join("\n"),
        site.front,
        site.warnings()
    );
}
