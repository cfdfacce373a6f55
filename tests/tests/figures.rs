//! The counts of plugins' calls: in `/metrics`, and in the charts of the admin API.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use raisfast_tests::{HeldServer, Manifest, TestServer, eventually};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const MOODY: &str = "com.example.moody";
const BINARY: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

async fn figures(server: &TestServer, path: &str) -> Value {
    let path = format!("/api/v1/admin/{path}");
    server.admin.get(&path).await.expect(200)
}

async fn of_plugin(server: &TestServer, plugin: &str) -> Value {
    figures(server, &format!("plugins/{plugin}/figures")).await
}

/// Returns one column of the host calls, by function.
fn host_calls(figures: &Value, column: &str) -> BTreeMap<String, Value> {
    let functions = figures["host_calls"].as_array().expect("a list").iter();
    let row = |row: &Value| {
        let function = row["function"].as_str().expect("a name").to_owned();
        (function, row[column].clone())
    };
    functions.map(row).collect()
}

fn sum(column: &Value) -> u64 {
    let numbers = column.as_array().expect("numbers").iter();
    numbers
        .map(|number| number.as_u64().expect("a number"))
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_host_calls_are_counted_timed_and_drawn() {
    let server = TestServer::with()
        .config(|config| config.figures_step = Duration::from_millis(50))
        .caller(PLUGIN, "")
        .guest(
            "moody",
            &Manifest::new(MOODY, &["on-post-creating", "on-login"]),
        )
        .start()
        .await;
    let key = || json!(["key"]);
    let calls = [
        ("get-data", key()),
        ("get-data", key()),
        ("log", json!(["info", "hello"])),
    ];
    for _ in 0..3 {
        server.calls(PLUGIN, &calls).await;
    }
    server.publish("fine").await;
    server.publish("fail").await;

    // The caller's three calls and all that they asked of the host.
    let caller = of_plugin(&server, PLUGIN).await;
    assert_eq!(
        (&caller["calls"], &caller["errors"]),
        (&json!(3), &json!(0))
    );
    let counts = host_calls(&caller, "calls");
    assert_eq!(counts["host-api/get-data"], 6);
    assert_eq!(counts["host-api/log"], 3);
    assert_eq!(counts.len(), 2, "what was not called is not listed");
    let times = host_calls(&caller, "total_micros");
    assert!(times["host-api/get-data"].as_u64() > Some(0), "{times:?}");
    assert_eq!(times["host-api/log"], Value::Null, "it returns at once");
    // A call takes as long as what it waits for, and longer.
    assert!(caller["total_micros"].as_u64() > times["host-api/get-data"].as_u64());
    assert!(caller["p50_micros"].as_f64() <= caller["p99_micros"].as_f64());
    assert_eq!(caller["waits"]["count"], 0);

    // A hook that failed, and one that was never called.
    let moody = of_plugin(&server, MOODY).await;
    let hooks: Vec<_> = moody["hooks"].as_array().expect("hooks").iter().collect();
    let shown: Vec<_> = hooks
        .iter()
        .map(|hook| (&hook["hook"], &hook["calls"], &hook["errors"]))
        .collect();
    assert!(
        shown.contains(&(&json!("on-post-creating"), &json!(2), &json!(1))),
        "{shown:?}"
    );

    // The charts have the same, once the steps are closed.
    let all = eventually("all calls are in closed steps", || async {
        let all = figures(&server, "figures").await;
        let plugins = all["plugins"].as_array().expect("a list");
        let drawn = plugins.iter().all(|plugin| {
            let calls = &plugin["series"]["calls"];
            calls.is_array() && sum(calls) == plugin["calls"].as_u64().unwrap_or(0)
        });
        drawn.then_some(all)
    })
    .await;
    let steps = &all["steps"];
    assert_eq!((&steps["ms"], &steps["first"]), (&json!(50), &json!(0)));
    let count = steps["count"].as_u64().expect("a number");
    let plugins = all["plugins"].as_array().expect("a list");
    assert_eq!(plugins.len(), 2);
    let costs: Vec<_> = plugins
        .iter()
        .map(|plugin| plugin["recent"]["cost"].as_f64().expect("a number"))
        .collect();
    assert!(costs[0] >= costs[1], "the costliest first: {costs:?}");
    for chart in plugins.iter().chain([&all["requests"]]) {
        let series = chart["series"].as_object().expect("it was called");
        for (name, column) in series {
            let length = column.as_array().map(Vec::len);
            assert_eq!(length, usize::try_from(count).ok(), "{name}");
        }
        assert_eq!(sum(&series["errors"]), chart["errors"]);
    }
    // Five changes and a login at least, of which none failed: a plugin's failure is not one.
    assert!(all["requests"]["calls"].as_u64() >= Some(6));
    assert_eq!(all["requests"]["errors"], 0);

    // A page that knows the steps so far gets those after them.
    let last = steps["first"].as_u64().expect("a number") + count - 1;
    let later = eventually("another step is closed", || async {
        let later = figures(&server, &format!("figures?after={last}")).await;
        (later["steps"]["count"].as_u64() > Some(0)).then_some(later)
    })
    .await;
    assert_eq!(later["steps"]["first"], last + 1);
    assert!(later["steps"]["count"].as_u64() < Some(count));
    let none = figures(&server, "figures?last=0").await;
    assert_eq!(none["requests"]["series"]["calls"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_finds_no_instance_idle_has_waited() {
    let held = HeldServer::start().await;
    let manifest = format!(
        "[permissions]\nhttp = [\"{}\"]\n[pool]\nsize = 1",
        held.origin()
    );
    let server = TestServer::with()
        .config(|config| {
            config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
            config.plugins.instance_wait = Duration::from_mins(1);
        })
        .caller(PLUGIN, &manifest)
        .start()
        .await;
    let url = format!("{}/", held.origin());
    let calls = [("http-get", json!([url]))];
    let both = async {
        tokio::join!(server.calls(PLUGIN, &calls), server.calls(PLUGIN, &calls));
    };
    let look = async {
        held.called(1).await;
        eventually("one waits for the instance", || async {
            let pool = server.plugin(PLUGIN).await["pool"].clone();
            (pool["waiting"] == 1).then_some(())
        })
        .await;
        held.open();
    };
    tokio::join!(both, look);
    let figures = of_plugin(&server, PLUGIN).await;
    let waits = &figures["waits"];
    assert_eq!(waits["count"], 1, "{waits}");
    assert!(waits["total_micros"].as_u64() > Some(0), "{waits}");
    assert!(waits["p50_micros"].as_f64() > Some(0.0), "{waits}");
    assert_eq!(host_calls(&figures, "calls")["host-api/http-get"], 2);
    let metrics = server.admin.get("/metrics").await.expect(200);
    let metrics = OpenMetrics::parse(metrics.as_str().expect("text"));
    let labels = [("plugin", PLUGIN)];
    assert_eq!(
        metrics.count("raisfast_plugin_instance_wait_seconds_count", &labels),
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_a_histogram_of_each_plugin_and_hook() {
    let server = TestServer::with()
        .caller(PLUGIN, "")
        .guest("moody", &Manifest::new(MOODY, &["on-post-creating"]))
        .start()
        .await;
    server.call(PLUGIN, "get-data", json!(["key"])).await;
    server.call(PLUGIN, "log", json!(["info", "hello"])).await;
    for title in ["fine", "finer", "fail"] {
        server.publish(title).await;
    }
    let text = server.admin.get("/metrics").await.expect(200);
    let metrics = OpenMetrics::parse(text.as_str().expect("text"));
    let hook = [("plugin", MOODY), ("hook", "on-post-creating")];
    let histogram = metrics.histogram("raisfast_plugin_call_duration_seconds", &hook);
    let bounds: Vec<f64> = histogram.iter().map(|(bound, _)| *bound).collect();
    assert_eq!(bounds.len(), 23);
    assert!((bounds[0] * 1e6 - 1.0).abs() < 1e-9, "{bounds:?}");
    assert!((bounds[21] - 10.0).abs() < 1e-9, "{bounds:?}");
    assert_eq!(histogram[22].1.to_string(), "3");
    let outcome = |outcome| {
        [
            ("plugin", MOODY),
            ("hook", "on-post-creating"),
            ("outcome", outcome),
        ]
    };
    assert_eq!(
        metrics.count("raisfast_plugin_calls_total", &outcome("ok")),
        "2"
    );
    assert_eq!(
        metrics.count("raisfast_plugin_calls_total", &outcome("error")),
        "1"
    );
    let sum = metrics.value("raisfast_plugin_call_duration_seconds_sum", &hook);
    let total = metrics.value("raisfast_plugin_calls_duration_seconds_total", &hook);
    assert!(sum > 0.0 && (sum - total).abs() < 1e-9, "{sum} {total}");
    let function = |function| [("plugin", PLUGIN), ("function", function)];
    let calls = "raisfast_plugin_host_calls_total";
    assert_eq!(metrics.count(calls, &function("host-api/get-data")), "1");
    assert_eq!(metrics.count(calls, &function("host-api/log")), "1");
    let seconds = "raisfast_plugin_host_calls_duration_seconds_total";
    assert!(metrics.value(seconds, &function("host-api/get-data")) > 0.0);
    assert_eq!(metrics.find(seconds, &function("host-api/log")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_what_plugins_cost() {
    let server = TestServer::with()
        .guest("moody", &Manifest::new(MOODY, &["on-post-creating"]))
        .start()
        .await;
    server.publish("fine").await;
    server.publish("fail").await;
    let (succeeded, top) = server.command(BINARY, &["plugin", "top"]).await;
    assert!(succeeded, "{top}");
    let lines: Vec<_> = top.lines().collect();
    let [requests, "", header, row] = lines.as_slice() else {
        panic!("{top}");
    };
    assert!(requests.starts_with("Requests in the last "), "{top}");
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(header),
        ["PLUGIN", "COST", "CALLS", "ERRORS", "P50", "P99"]
    );
    let row = words(row);
    assert_eq!(
        (row[0].as_str(), row[2].as_str(), row[3].as_str()),
        (MOODY, "2", "1")
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{top}");
    let (succeeded, json) = server.command(BINARY, &["plugin", "top", "--json"]).await;
    assert!(succeeded, "{json}");
    let figures: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(figures["plugins"][0]["plugin"], MOODY);
    assert_eq!(figures["plugins"][0]["recent"]["calls"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_of_what_is_installed_and_asked_for_in_words_that_are_known() {
    let server = TestServer::with()
        .guest("moody", &Manifest::new(MOODY, &["on-post-creating"]))
        .start()
        .await;
    for (path, status) in [
        ("figures?last=many", 400),
        ("figures?after=-1", 400),
        ("figures?since=1", 400),
        (
            "figures?after=18446744073709551615&last=18446744073709551615",
            200,
        ),
        ("plugins/com.example.other/figures", 404),
        ("plugins/nothing/figures", 404),
    ] {
        let path = format!("/api/v1/admin/{path}");
        let answer = server.admin.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
    let figures = of_plugin(&server, MOODY).await;
    assert_eq!(
        (&figures["calls"], &figures["p99_micros"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(figures["series"], Value::Null, "it was never called");
}

/// The text of `/metrics`, read by the rules of `OpenMetrics` 1.0.
struct OpenMetrics {
    /// By name and sorted labels.
    samples: BTreeMap<(String, Vec<(String, String)>), f64>,
}

impl OpenMetrics {
    /// Reads a text.
    ///
    /// # Panics
    ///
    /// Where it breaks a rule.
    fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("it ends as it should");
        let mut samples = BTreeMap::new();
        let mut families = BTreeSet::new();
        let (mut family, mut kind, mut unit) = (String::new(), "unknown", String::new());
        for line in body.lines() {
            if let Some(described) = line.strip_prefix("# ") {
                let mut words = described.splitn(3, ' ');
                let (what, name, value) = (words.next(), words.next(), words.next());
                let name = name.expect("a name");
                if name != family {
                    assert!(families.insert(name.to_owned()), "{name} is there twice");
                    (family, kind, unit) = (name.to_owned(), "unknown", String::new());
                }
                match (what, value) {
                    (Some("HELP"), Some(_)) => {}
                    (Some("TYPE"), Some(value)) => {
                        let known = ["counter", "gauge", "histogram", "unknown", "info"];
                        let found = known.into_iter().find(|known| *known == value);
                        kind = found.expect(line);
                    }
                    (Some("UNIT"), Some(value)) => {
                        assert!(name.ends_with(&format!("_{value}")), "{line}");
                        value.clone_into(&mut unit);
                    }
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (name, labels, value) = sample(line);
            let suffix = name.strip_prefix(&family).expect(line);
            let suffixes: &[&str] = match kind {
                "counter" => &["_total", "_created"],
                "histogram" => &["_bucket", "_sum", "_count", "_created"],
                _ => &[""],
            };
            assert!(suffixes.contains(&suffix), "{kind}: {line}");
            assert!(kind == "gauge" || value >= 0.0, "{line}");
            let is_new = samples.insert((name, labels), value).is_none();
            assert!(is_new, "{line} is there twice");
        }
        Self { samples }
    }

    fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut labels: Vec<_> = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        labels.sort();
        self.samples.get(&(name.to_owned(), labels)).copied()
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.find(name, labels);
        found.unwrap_or_else(|| panic!("{name}{labels:?} in {:#?}", self.samples.keys()))
    }

    /// Returns a count, in digits.
    fn count(&self, name: &str, labels: &[(&str, &str)]) -> String {
        self.value(name, labels).to_string()
    }

    /// Returns the buckets of a histogram, and checks that they rise to its count.
    fn histogram(&self, name: &str, labels: &[(&str, &str)]) -> Vec<(f64, f64)> {
        let bucket = format!("{name}_bucket");
        let mut buckets = Vec::new();
        for ((found, all), count) in &self.samples {
            let (le, others): (Vec<_>, Vec<_>) = all.iter().partition(|(label, _)| label == "le");
            let is_meant = others
                .iter()
                .all(|(label, value)| labels.contains(&(label.as_str(), value.as_str())));
            if *found == bucket && is_meant && others.len() == labels.len() {
                let [(_, le)] = le.as_slice() else {
                    panic!("{all:?}");
                };
                buckets.push((number(le), *count));
            }
        }
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        for pair in buckets.windows(2) {
            assert!(
                pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1,
                "{buckets:?}"
            );
        }
        let (last, count) = buckets.last().expect("there are buckets");
        assert!(last.is_infinite(), "{last}");
        assert_eq!(
            count.to_string(),
            self.count(&format!("{name}_count"), labels)
        );
        buckets
    }
}

/// Reads `name{label="value",…} number`.
fn sample(line: &str) -> (String, Vec<(String, String)>, f64) {
    let (head, value) = line.rsplit_once(' ').expect(line);
    let Some((name, rest)) = head.split_once('{') else {
        return (head.to_owned(), Vec::new(), number(value));
    };
    let mut rest = rest.strip_suffix('}').expect(line);
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (label, quoted) = rest.split_once("=\"").expect(line);
        // No value here has a quotation mark or a backslash in it.
        let (value, more) = quoted.split_once('"').expect(line);
        assert!(!value.contains('\\'), "{line}");
        labels.push((label.to_owned(), value.to_owned()));
        rest = more.strip_prefix(',').unwrap_or(more);
    }
    labels.sort();
    (name.to_owned(), labels, number(value))
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        text => text.parse().expect(text),
    }
}
