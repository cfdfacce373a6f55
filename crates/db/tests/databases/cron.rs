//! The runs of plugins' jobs, as several servers write them down.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use raisfast_db::{
    Database, RUNS_KEPT, TickTaken, Timestamp,
    entity::cron_ticks::{BY_HAND, Model, RUNNING, TICK},
};

use crate::support::on_every_database;

const PLUGIN: &str = "com.example.one";

fn tick(job: &str, due: DateTime<Utc>, node: &str) -> Model {
    Model {
        plugin_id: PLUGIN.to_owned(),
        job_type: job.to_owned(),
        kind: TICK.to_owned(),
        due: due.into(),
        node_id: node.to_owned(),
        node_name: format!("name of {node}"),
        started_at: due.into(),
        ended_at: None,
        outcome: RUNNING.to_owned(),
        error: None,
    }
}

async fn now(database: &Database) -> DateTime<Utc> {
    time(database.now().await.unwrap())
}

fn time(text: Timestamp) -> DateTime<Utc> {
    String::from(text).parse().unwrap()
}

async fn end(database: &Database, run: &Model, outcome: &str, error: Option<&str>) {
    let ended = database.end_run(PLUGIN, &run.job_type, &run.kind, &run.due, (outcome, error));
    ended.await.unwrap();
}

on_every_database! {

async fn a_tick_is_taken_by_one_of_many_who_try_at_once(test: &TestDatabase) {
    let database = &test.database;
    let first = now(database).await - TimeDelta::seconds(10);
    for second in 0..5 {
        let due = first + TimeDelta::seconds(second);
        let ticks: Vec<_> = (0..8).map(|node| tick("a", due, &node.to_string())).collect();
        let taken = join_all(ticks.iter().map(|tick| database.take_tick(tick))).await;
        let taken: Vec<_> = taken.into_iter().map(Result::unwrap).collect();
        let here = taken.iter().filter(|taken| **taken == TickTaken::Here).count();
        let elsewhere = taken.iter().filter(|taken| **taken == TickTaken::Elsewhere).count();
        assert_eq!((here, elsewhere), (1, 7), "{taken:?}");
    }
    // Another job, and another case of the name, is another tick.
    for job in ["b", "A"] {
        assert_eq!(database.take_tick(&tick(job, first, "1")).await.unwrap(), TickTaken::Here);
    }
}

async fn a_tick_that_is_not_due_by_the_databases_clock_is_left_alone(test: &TestDatabase) {
    let database = &test.database;
    let before = now(database).await;
    let later = tick("a", before + TimeDelta::hours(1), "1");
    let TickTaken::Early { now: told } = database.take_tick(&later).await.unwrap() else {
        panic!("it is an hour early");
    };
    let told = time(told);
    assert!(before <= told && told <= before + TimeDelta::minutes(1), "{before} {told}");
    assert!(database.last_runs(None).await.unwrap().is_empty());
}

async fn the_last_runs_are_kept_and_what_is_older_is_not_taken_again(test: &TestDatabase) {
    let database = &test.database;
    let ticks = RUNS_KEPT.cast_signed() + 5;
    let first = now(database).await - TimeDelta::seconds(ticks + 1);
    for second in 0..ticks {
        let tick = tick("a", first + TimeDelta::seconds(second), "1");
        assert_eq!(database.take_tick(&tick).await.unwrap(), TickTaken::Here);
        end(database, &tick, "ok", None).await;
    }
    let rows = test.rows("SELECT due, ended_at FROM cron_ticks ORDER BY due", &[]).await;
    assert_eq!(rows.len() as u64, RUNS_KEPT);
    let oldest = Timestamp::from(first + TimeDelta::seconds(5));
    assert_eq!(rows[0]["due"], oldest.as_str());
    assert!(rows.iter().all(|row| row["ended_at"].is_string()));
    // A server that was stopped for long comes with a tick whose row is gone.
    for second in 0..ticks {
        let late = tick("a", first + TimeDelta::seconds(second), "2");
        assert_eq!(database.take_tick(&late).await.unwrap(), TickTaken::Elsewhere, "{second}");
    }
    database.forget_jobs(PLUGIN).await.unwrap();
    assert!(database.last_runs(None).await.unwrap().is_empty());
}

async fn the_last_run_of_each_job_is_found_with_its_end(test: &TestDatabase) {
    let database = &test.database;
    let due = now(database).await - TimeDelta::minutes(5);
    let failing = tick("a", due, "1");
    database.take_tick(&failing).await.unwrap();
    end(database, &failing, "failed", Some("it broke: ü")).await;
    database.take_tick(&tick("b", due, "1")).await.unwrap();
    let by_hand = database.begin_run_by_hand(tick("b", due, "2")).await.unwrap();
    assert_eq!((by_hand.kind.as_str(), &by_hand.due), (BY_HAND, &by_hand.started_at));
    let another = database.begin_run_by_hand(tick("b", due, "3")).await.unwrap();
    assert!(by_hand.due < another.due, "two runs have two times");

    let mut last = database.last_runs(Some(PLUGIN)).await.unwrap();
    last.sort_by(|a, b| a.job_type.cmp(&b.job_type));
    let seen: Vec<_> = last
        .iter()
        .map(|run| (run.job_type.as_str(), run.node_name.as_str(), run.outcome.as_str(), run.error.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [("a", "name of 1", "failed", Some("it broke: ü")), ("b", "name of 3", "running", None)]
    );
    assert!(last[0].ended_at.as_ref() >= Some(&last[0].started_at));
    assert_eq!(last[1].ended_at, None);
    assert!(database.last_runs(Some("com.example.two")).await.unwrap().is_empty());
    assert_eq!(database.last_runs(None).await.unwrap().len(), 2);
}

async fn a_job_is_waited_for_since_it_is_known_or_was_last_run(test: &TestDatabase) {
    let database = &test.database;
    let wait = async |schedule| time(database.await_job(PLUGIN, "a", schedule).await.unwrap());
    let known = wait("@daily").await;
    assert_eq!(wait("@daily").await, known);
    let run = tick("a", known - TimeDelta::hours(1), "1");
    database.take_tick(&run).await.unwrap();
    assert_eq!(wait("@daily").await, known, "the run was before");
    let run = tick("a", known, "1");
    assert_eq!(database.take_tick(&run).await.unwrap(), TickTaken::Here);

    test.execute("UPDATE cron_jobs SET since = '2020-01-01T00:00:00.000Z'", &[]).await.unwrap();
    assert_eq!(wait("@daily").await, known, "the last run");
    // Neither is what was asked for by hand a tick.
    database.begin_run_by_hand(tick("a", known, "1")).await.unwrap();
    assert_eq!(wait("@daily").await, known);
    let anew = wait("@weekly").await;
    assert!(anew >= known, "another schedule");

    test.execute("UPDATE cron_jobs SET since = '2020-01-01T00:00:00.000Z'", &[]).await.unwrap();
    database.await_jobs_anew(PLUGIN).await.unwrap();
    assert!(wait("@weekly").await >= anew, "turned on");
}

}
