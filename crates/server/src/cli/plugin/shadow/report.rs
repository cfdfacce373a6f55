//! The report of a shadow run, for people.

use anyhow::bail;
use serde_json::Value;

use crate::cli::table;

/// Returns true if calls were compared, and all are the same.
pub(super) fn is_same(report: &Value) -> bool {
    let calls = number(report, "calls");
    calls > 0 && number(report, "same") == calls
}

/// Fails if something differs, or nothing was compared.
pub(super) fn verdict(report: &Value) -> anyhow::Result<()> {
    let calls = number(report, "calls");
    match (calls, calls - number(report, "same")) {
        (0, _) => bail!("no call was compared; use the site meanwhile, or try longer with --for"),
        (_, 0) => Ok(()),
        (_, different) => bail!("{different} of {calls} calls differ"),
    }
}

/// Returns the counts so far.
pub(super) fn in_a_line(report: &Value) -> String {
    let (calls, seconds) = (number(report, "calls"), number(report, "seconds"));
    let different = calls - number(report, "same");
    let missed = number(report, "missed");
    format!("{seconds} s: {calls} calls compared, {different} differ, {missed} left out")
}

pub(super) fn print(report: &Value) {
    let text = |key: &str| report[key].as_str().unwrap_or("-");
    table::print_text(&format!(
        "{} {} beside {}, for {} s: {}",
        text("plugin"),
        text("shadow_version"),
        text("running_version"),
        number(report, "seconds"),
        reason(text("end")),
    ));
    let hooks = list(report, "hooks");
    if !hooks.is_empty() {
        say!();
        let header = [
            "hook",
            "calls",
            "same",
            "other answer",
            "other host calls",
            "failed",
            "running",
            "new",
            "ratio",
        ];
        let rows: Vec<_> = hooks.iter().map(row).collect();
        table::print(header, &rows);
    }
    for example in list(report, "examples") {
        print_example(example);
    }
    print_notes(report, hooks);
}

/// Returns the reason why a run is over, in words.
fn reason(end: &str) -> &'static str {
    match end {
        "calls" => "as many calls as were asked for",
        "time" => "its time is over",
        "failed" => "the new version has failed too often",
        "replaced" => "the running version was replaced, or stopped",
        _ => "it was ended",
    }
}

fn row(hook: &Value) -> [String; 9] {
    let count = |key: &str| number(hook, key).to_string();
    let (running, new) = (hook["running_us"].as_u64(), hook["shadow_us"].as_u64());
    [
        hook["hook"].as_str().unwrap_or_default().to_owned(),
        count("calls"),
        count("same"),
        count("other_answers"),
        count("other_host_calls"),
        count("failed"),
        time(running),
        time(new),
        ratio(running, new),
    ]
}

/// A time as people read it, without a space, so that no table breaks it.
fn time(micros: Option<u64>) -> String {
    match micros {
        None => "-".to_owned(),
        Some(micros @ ..10_000) => format!("{micros}µs"),
        Some(micros) => format!("{}ms", micros / 1_000),
    }
}

/// The ratio of two times, with two decimals.
fn ratio(running: Option<u64>, new: Option<u64>) -> String {
    let hundredths = running
        .zip(new)
        .and_then(|(running, new)| new.saturating_mul(100).checked_div(running));
    match hundredths {
        None => "-".to_owned(),
        Some(ratio) => format!("{}.{:02}", ratio / 100, ratio % 100),
    }
}

fn print_example(example: &Value) {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let at = table::time(&text(example, "at"));
    say!("\nDIFF  {}, {at}", text(example, "hook"));
    for difference in list(example, "differences") {
        table::print_text(&text(difference, "place"));
        table::print_fields(&[
            ("  running", text(difference, "expected")),
            ("  new", text(difference, "found")),
        ]);
    }
    let more = number(example, "more");
    if more > 0 {
        say!("and {more} more differences");
    }
    let log = list(example, "log");
    if !log.is_empty() {
        say!("the new version's log");
    }
    for record in log {
        let level = format!("  {}", text(record, "level"));
        table::print_fields(&[(level.as_str(), text(record, "message"))]);
    }
}

fn print_notes(report: &Value, hooks: &[Value]) {
    let missed = number(report, "missed");
    let cut: u64 = hooks.iter().map(|hook| number(hook, "not_compared")).sum();
    let mut notes = Vec::new();
    if missed > 0 {
        notes.push(format!(
            "{missed} calls were left out: 64 waited already, or callers waited for an instance"
        ));
    }
    if cut > 0 {
        notes.push(format!("{cut} calls could not be compared"));
    }
    let told = list(report, "notes").iter().filter_map(Value::as_str);
    notes.extend(told.map(str::to_owned));
    if !notes.is_empty() {
        say!();
    }
    for note in notes {
        table::print_text(&format!("note: {note}"));
    }
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_and_their_ratio_are_short() {
        for (running, new, shown) in [
            (Some(100), Some(125), ["100µs", "125µs", "1.25"]),
            (Some(9_999), Some(10_000), ["9999µs", "10ms", "1.00"]),
            (Some(0), Some(3), ["0µs", "3µs", "-"]),
            (None, None, ["-", "-", "-"]),
        ] {
            assert_eq!([time(running), time(new), ratio(running, new)], shown);
        }
    }

    #[test]
    fn nothing_compared_is_not_the_same() {
        for (calls, same, is_good) in [(0, 0, false), (2, 2, true), (2, 1, false)] {
            let report = json!({ "calls": calls, "same": same });
            assert_eq!(is_same(&report), is_good);
            assert_eq!(verdict(&report).is_ok(), is_good);
        }
    }
}
