//! A comparison of the stored records, the plugin's deliveries and the clients' knowledge: they
//! have to agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use raisfast::{Config, Server};
use raisfast_host_api::capability::{Db, RowLimits};
use serde_json::{Map, Value};

use crate::{
    PLUGIN,
    writer::{Event, Kind, Ledger},
};

/// The deliveries of one record to the plugin.
struct Heard {
    /// Once each, in the order of the first time.
    events: Vec<Event>,
    /// Deliveries that came again.
    again: usize,
    /// The journal as it is kept.
    text: String,
}

pub(crate) async fn judge(server: &Server, config: &Config, ledger: &Ledger) {
    assert!(ledger.answered() > 100, "the load is too little: {ledger}");
    let heard = heard(server).await;
    let again: usize = heard.values().map(|heard| heard.again).sum();
    assert!(again > 0, "no kill hit a delivery: this shows too little");
    println!("{again} deliveries came again");

    let there = there(server).await;
    for (id, record) in &ledger.records {
        let events = heard.get(id).map(|heard| heard.events.as_slice());
        let events = events.unwrap_or_else(|| panic!("no delivery of {record:?}"));
        let (told, rest) = events
            .split_at_checked(record.answered.len())
            .unwrap_or((events, &[]));
        assert_eq!(told, record.answered, "{record:?}");
        let doubtful = record.doubtful.as_slice();
        assert!(
            rest.is_empty() || rest == doubtful,
            "{rest:?} of {record:?}"
        );
    }
    // Those whose creation was never answered, too: what is there was told, and what was told is
    // there.
    let mut all: BTreeSet<&String> = heard.keys().collect();
    all.extend(there.keys());
    for id in all {
        let events = heard.get(id).map(|heard| heard.events.as_slice());
        let events = events.unwrap_or_else(|| panic!("{id} is there, and nobody was told"));
        let last = events.last().expect("a journal is not empty");
        let expected = (!last.is_deletion()).then_some(&last.text);
        assert_eq!(there.get(id), expected, "{id}: {events:?}");
        if !ledger.records.contains_key(id) {
            let text = &events[0].text;
            assert!(ledger.doubtful.contains(text), "who has created {text}?");
        }
    }
    consistent_database(server).await;
    consistent_files(config, ledger, &heard);
}

async fn heard(server: &Server) -> BTreeMap<String, Heard> {
    let sql = format!("SELECT * FROM plugin_data WHERE plugin_id = '{PLUGIN}'");
    let mut heard = BTreeMap::new();
    for row in query(server, &sql).await {
        let record = text(&row, "key");
        let record = record.strip_prefix("heard:").expect("a journal");
        let journal = text(&row, "value");
        let entries: Vec<Value> = serde_json::from_str(&journal).expect("JSON");
        let mut deliveries = BTreeSet::new();
        let mut events = Vec::new();
        for entry in &entries {
            let part = |name: &str| entry[name].as_str().expect("text");
            if deliveries.insert(part("delivery")) {
                events.push(Event::new(part("hook"), part("text")));
            }
        }
        let again = entries.len() - events.len();
        heard.insert(
            record.to_owned(),
            Heard {
                events,
                again,
                text: journal,
            },
        );
    }
    heard
}

/// Every record that is in the database, with its text.
async fn there(server: &Server) -> BTreeMap<String, String> {
    let mut there = BTreeMap::new();
    for (sql, id, content) in [
        ("SELECT id, title FROM posts", "id", "title"),
        ("SELECT content FROM comments", "content", "content"),
        ("SELECT id, data FROM contents", "id", "data"),
    ] {
        for row in query(server, sql).await {
            there.insert(text(&row, id), text(&row, content));
        }
    }
    there
}

async fn consistent_database(server: &Server) {
    let found = query(server, "SELECT COUNT(*) AS rows_left FROM outbox").await;
    assert_eq!(found[0]["rows_left"], 0, "nothing is left to tell");
    let orphans =
        "SELECT COUNT(*) AS orphans FROM comments WHERE post_id NOT IN (SELECT id FROM posts)";
    assert_eq!(query(server, orphans).await[0]["orphans"], 0);
    let dialect = server.database().dialect();
    if dialect == raisfast_host_api::capability::Dialect::Sqlite {
        let found = query(server, "PRAGMA integrity_check").await;
        assert_eq!(found[0]["integrity_check"], "ok", "{found:?}");
    }
}

/// Each file is whole, and the folder holds nothing else.
fn consistent_files(config: &Config, ledger: &Ledger, heard: &BTreeMap<String, Heard>) {
    let folder = config.data_dir.join("vfs").join(PLUGIN).join("heard");
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(&folder).expect("the plugin's folder") {
        let entry = entry.expect("a file");
        let name = entry.file_name().into_string().expect("text");
        let id = name.strip_suffix(".json");
        let id = id.unwrap_or_else(|| panic!("{name} is left from a crash"));
        let text = fs::read_to_string(entry.path()).expect("text");
        assert_eq!(text, heard[id].text, "{id}");
        files.insert(id.to_owned());
    }
    for record in ledger.records.values() {
        if record.kind == Kind::Content {
            assert!(files.contains(&record.id), "no file for {record:?}");
        }
    }
}

async fn query(server: &Server, sql: &str) -> Vec<Map<String, Value>> {
    let limits = RowLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
        memory: u64::MAX,
    };
    let rows = Db::query(server.database(), sql, &[], limits).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter()
        .map(raisfast_host_api::capability::Row::into_json)
        .collect()
}

fn text(row: &Map<String, Value>, column: &str) -> String {
    row[column].as_str().expect("text").to_owned()
}
