//! The output of a guest to stdout and stderr, as log records.

use raisfast_testkit::{HookName, Level};

use crate::module::{Module, answer};

/// Writes these pieces, one array of them, with as many calls as it takes. The first 16 results lie
/// in the answer.
fn writing(descriptor: u32, pieces: &[&[u8]]) -> Module {
    const TABLE: usize = 8192;
    let mut text_at = 200_000;
    let (mut table, mut module) = (Vec::new(), Module::default());
    for piece in pieces {
        table.extend(u32::try_from(text_at).unwrap().to_le_bytes());
        table.extend(u32::try_from(piece.len()).unwrap().to_le_bytes());
        module = module.with_bytes(text_at, piece);
        text_at += piece.len();
    }
    module.with_bytes(TABLE, &table).with_body(&format!(
        "(i32.store (i32.const 1024)
            (call $fd_write (i32.const {descriptor}) (i32.const {TABLE}) (i32.const {}) (i32.const 1028)))",
        pieces.len()
    ))
}

#[tokio::test]
async fn lines_become_records_of_the_hook() {
    for (descriptor, level) in [(1, Level::Info), (2, Level::Warn)] {
        let plugin = writing(descriptor, &[b"one\ntwo \r\n\n  three"])
            .load()
            .await;
        let answer = answer(&plugin).await;
        assert_eq!((answer.u32(0), answer.u32(4)), (0, 18));
        let records: Vec<_> = plugin
            .logs()
            .into_iter()
            .map(|entry| (entry.hook, entry.level, entry.message))
            .collect();
        let expected = ["one", "two", "  three"]
            .map(|line| (Some(HookName::FilterHtml), level, line.to_owned()));
        assert_eq!(records, expected);
    }
}

#[tokio::test]
async fn the_first_piece_that_holds_anything_is_written() {
    let plugin = writing(1, &[b"", b"", b"one\n", b"two\n"]).load().await;
    assert_eq!(answer(&plugin).await.u32(4), 4);
    assert_eq!(plugin.messages(), ["one"]);
    for nothing in [&[][..], &[&b""[..]]] {
        let plugin = writing(1, nothing).load().await;
        let answer = answer(&plugin).await;
        assert_eq!((answer.u32(0), answer.u32(4)), (0, 0));
        assert!(plugin.messages().is_empty());
    }
}

#[tokio::test]
async fn a_long_line_becomes_several_records_without_a_broken_character() {
    let line = "aß".repeat(10_000);
    let plugin = writing(1, &[line.as_bytes()]).load().await;
    assert_eq!(answer(&plugin).await.u32(4), 30_000);
    let records = plugin.messages();
    assert_eq!(records.concat(), line);
    assert!(records.len() >= 4, "{}", records.len());
    assert!(records.iter().all(|record| record.len() <= 8 << 10));
}

#[tokio::test]
async fn no_more_than_64_kib_are_taken_at_once() {
    let long = vec![b'x'; 70_000];
    let plugin = writing(1, &[&long]).load().await;
    assert_eq!(answer(&plugin).await.u32(4), 65_536);
    assert_eq!(plugin.messages().concat().len(), 65_536);
}

#[tokio::test]
async fn what_is_no_text_is_written_all_the_same() {
    let plugin = writing(2, &[b"\xff\xfe\x00bytes\x80\n"]).load().await;
    answer(&plugin).await;
    assert_eq!(plugin.messages(), ["\u{fffd}\u{fffd}\0bytes\u{fffd}"]);
}

#[tokio::test]
async fn a_flood_ends_at_the_plugins_limit() {
    let lines = b"line\n".repeat(1_000);
    let limit = "[limits]\nlog_records_per_minute = 100";
    let plugin = writing(1, &[&lines]).with_manifest(limit).load().await;
    answer(&plugin).await;
    let records = plugin.messages();
    assert_eq!(
        records.iter().filter(|record| *record == "line").count(),
        100
    );
    assert_eq!(records.len(), 101);
    assert!(
        records[100].contains("log_records_per_minute"),
        "{}",
        records[100]
    );
}
