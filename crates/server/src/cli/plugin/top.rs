//! `raisfast plugin top`: the plugins of the running server by what their calls cost now.

use std::time::Duration;

use serde_json::Value;

use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Top {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
COST is the milliseconds of calls in each second of the last minute. P50 and P99 are of that minute,
too: half of the calls, and one in a hundred, took longer.

Examples:
  raisfast plugin top
  raisfast plugin top --json
  watch raisfast plugin top"
);

impl Top {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let figures = RunningServer::as_admin(self.server, async |server| {
            server
                .get("admin/figures", &[("last", "0".to_owned())])
                .await
        })
        .await?;
        self.format.print(&figures, || print(&figures));
        Ok(())
    }
}

fn print(figures: &Value) {
    for line in lines(figures) {
        say!("{line}");
    }
    let plugins = figures["plugins"].as_array().map_or(&[][..], Vec::as_slice);
    if plugins.is_empty() {
        return say!("no plugin is installed: `raisfast plugin install FOLDER` does so");
    }
    let header = ["PLUGIN", "COST", "CALLS", "ERRORS", "P50", "P99"];
    let rows: Vec<_> = plugins.iter().map(row).collect();
    table::print(header, &rows);
}

/// The line about the server itself.
fn lines(figures: &Value) -> [String; 2] {
    let seconds = figures["recent_ms"]
        .as_u64()
        .unwrap_or_default()
        .div_ceil(1_000);
    let recent = &figures["requests"]["recent"];
    let count = |key: &str| recent[key].as_u64().unwrap_or_default();
    [
        format!(
            "Requests in the last {seconds} s: {}, errors: {}, p50 {}, p99 {}",
            count("calls"),
            count("errors"),
            time(&recent["p50_micros"]),
            time(&recent["p99_micros"]),
        ),
        String::new(),
    ]
}

fn row(plugin: &Value) -> [String; 6] {
    let recent = &plugin["recent"];
    let count = |key: &str| {
        recent[key]
            .as_u64()
            .map_or("-".to_owned(), |n| n.to_string())
    };
    let cost = recent["cost"].as_f64();
    [
        plugin["plugin"].as_str().unwrap_or("-").to_owned(),
        cost.map_or("-".to_owned(), |cost| format!("{cost:.2}")),
        count("calls"),
        count("errors"),
        time(&recent["p50_micros"]),
        time(&recent["p99_micros"]),
    ]
}

/// Returns microseconds with two digits or three, and their unit.
fn time(micros: &Value) -> String {
    let Some(micros) = micros.as_f64() else {
        return "-".to_owned();
    };
    let duration = Duration::from_secs_f64(micros / 1e6);
    match duration.as_micros() {
        0..10 => format!("{micros:.1}µs"),
        10..1_000 => format!("{micros:.0}µs"),
        1_000..10_000 => format!("{:.1}ms", micros / 1e3),
        10_000..1_000_000 => format!("{:.0}ms", micros / 1e3),
        _ => format!("{:.1}s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_have_the_unit_that_fits() {
        for (micros, shown) in [
            (json!(1.0), "1.0µs"),
            (json!(9.96), "10.0µs"),
            (json!(894.43), "894µs"),
            (json!(1_131.37), "1.1ms"),
            (json!(89_442.72), "89ms"),
            (json!(10_000_000.0), "10.0s"),
            (Value::Null, "-"),
        ] {
            assert_eq!(time(&micros), shown, "{micros}");
        }
    }

    #[test]
    fn a_row_says_what_is_not_known() {
        let busy = json!({
            "plugin": "com.example.x",
            "recent": {
                "calls": 12, "errors": 1, "cost": 0.123, "p50_micros": 12.3, "p99_micros": 2e6
            },
        });
        assert_eq!(
            row(&busy),
            ["com.example.x", "0.12", "12", "1", "12µs", "2.0s"]
        );
        let left_out = json!({ "plugin": "com.example.y", "recent": null });
        assert_eq!(row(&left_out), ["com.example.y", "-", "-", "-", "-", "-"]);
    }
}
