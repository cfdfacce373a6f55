//! The database's clock.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use raisfast_db::{Database, Timestamp};
use sea_orm::{ConnectionTrait, sea_query::Query};

use crate::support::on_every_database;

async fn read(connection: &impl ConnectionTrait, database: &Database, offset: TimeDelta) -> String {
    let mut query = Query::select();
    query.expr(database.now_sql(offset));
    let row = connection.query_one(&query).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn parsed(text: &str) -> DateTime<Utc> {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

on_every_database! {

async fn its_times_are_timestamps(test: &TestDatabase) {
    let database = &test.database;
    for milliseconds in [0, 7, 10_000, 90_061_001, -1, -999, -3_600_000] {
        let offset = TimeDelta::milliseconds(milliseconds);
        let before = Utc::now();
        let text = read(database.connection(), database, offset).await;
        let after = Utc::now();
        let time = parsed(&text);
        // It has the form and the precision of those that the server writes.
        assert_eq!(Timestamp::from(time).as_str(), text);
        // The server of the tests is on this machine.
        let near = TimeDelta::milliseconds(2);
        assert!(time >= before + offset - near, "{milliseconds}: {time} is before {before}");
        assert!(time <= after + offset + near, "{milliseconds}: {time} is after {after}");
    }
    let now = database.now().await.unwrap();
    assert!(parsed(now.as_str()) <= Utc::now() + TimeDelta::milliseconds(2));
}

async fn time_goes_on_within_a_transaction(test: &TestDatabase) {
    let database = &test.database;
    let transaction = database.connection().begin().await.unwrap();
    let first = read(&transaction, database, TimeDelta::zero()).await;
    let later = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            let later = read(&transaction, database, TimeDelta::zero()).await;
            if later > first {
                return later;
            }
        }
    });
    assert!(parsed(&later.await.unwrap()) > parsed(&first));
}

}
