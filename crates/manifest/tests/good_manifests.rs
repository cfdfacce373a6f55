//! The meaning of a manifest.

use chrono::{DateTime, Datelike, Utc};
use raisfast_contract::{HookName, grant::Access};
use raisfast_manifest::{HookEntry, Manifest, Misfire, OnError, Runtime};

fn parse(text: &str) -> Manifest {
    Manifest::parse("manifest.toml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn the_quick_start_manifest_is_understood() {
    let manifest = parse(include_str!("good/seed.toml"));
    assert_eq!(manifest.plugin.id.as_str(), "com.example.my-plugin");
    assert_eq!(manifest.plugin.name, "My WASM Plugin");
    assert_eq!(manifest.plugin.version.to_string(), "0.1.0");
    assert_eq!(manifest.plugin.runtime, Runtime::Wasm);
    assert_eq!(manifest.plugin.entry.as_str(), "plugin.wasm");
    assert_eq!(
        manifest.hooks.keys().copied().collect::<Vec<_>>(),
        [HookName::OnPostCreating, HookName::OnPostCreated]
    );
    assert!(manifest.hooks.values().all(|hook| hook.priority == 10));

    let job = &manifest.cron[0];
    assert_eq!(
        (job.label.as_str(), job.job_type.as_str()),
        ("Scheduled Task", "my_task")
    );
    assert_eq!(
        job.next_after(time("2026-01-01T05:59:59Z")),
        Some(time("2026-01-01T06:00:00Z"))
    );
    assert_eq!(
        job.next_after(time("2026-01-01T06:00:00Z")),
        Some(time("2026-01-01T12:00:00Z"))
    );

    let subscriptions = manifest.subscriptions();
    assert_eq!(subscriptions.len(), 3);
    assert_eq!(subscriptions[&HookName::OnCronTick], HookEntry::default());
}

/// As editors on Windows save it.
#[test]
fn a_byte_order_mark_and_line_ends_of_two_characters_change_nothing() {
    let text = include_str!("good/seed.toml");
    let expected = format!("{:?}", parse(text));
    let crlf = text.replace('\n', "\r\n");
    for same in [
        format!("\u{feff}{text}"),
        crlf.clone(),
        format!("\u{feff}{crlf}"),
    ] {
        assert_eq!(format!("{:?}", parse(&same)), expected);
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let manifest = parse(include_str!("good/smallest.toml"));
    assert_eq!(manifest.plugin.entry.as_str(), "plugin.wasm");
    assert_eq!(manifest.plugin.description, None);
    assert!(manifest.hooks.is_empty() && manifest.cron.is_empty() && manifest.config.is_empty());
    assert!(manifest.permissions.http.is_empty() && manifest.permissions.database.is_empty());
    assert_eq!((manifest.pool.size, manifest.limits.kv_keys), (None, None));
    assert!(manifest.subscriptions().is_empty());

    let bare = parse(&format!(
        "{}\n[hooks.on-login]\n",
        include_str!("good/smallest.toml")
    ));
    let hook = &bare.hooks[&HookName::OnLogin];
    assert_eq!(hook, &HookEntry::default());
    assert_eq!(
        (hook.priority, hook.timeout_ms, hook.on_error),
        (100, None, OnError::Continue)
    );
}

#[test]
fn every_key_arrives() {
    let manifest = parse(include_str!("good/every-key.toml"));
    assert_eq!(manifest.plugin.version.to_string(), "1.2.3-beta.1+build.5");
    assert_eq!(
        manifest.plugin.homepage.as_deref(),
        Some("https://example.org/every-key")
    );
    assert_eq!(manifest.plugin.entry.as_str(), "source/every-key.js");
    let pin = manifest.plugin.interpreter.as_ref().unwrap();
    let accepted =
        ["0.16.0", "0.16.99", "0.1.6", "0.17.0", "1.16.0", "0.16", ""].map(|it| pin.accepts(it));
    assert_eq!(accepted, [true, true, false, false, false, false, false]);

    let creating = &manifest.hooks[&HookName::OnPostCreating];
    assert_eq!(
        (creating.priority, creating.timeout_ms, creating.on_error),
        (-5, Some(250), OnError::Abort)
    );
    assert_eq!(
        manifest.hooks[&HookName::OnContentCreated].content_types,
        ["product", "event-2"]
    );

    assert_eq!(
        manifest.cron[0].payload.as_deref(),
        Some(r#"{"limit": 10}"#)
    );
    assert_eq!(manifest.cron[0].timezone.name(), "Europe/Berlin");
    assert!(!manifest.cron[1].enabled);
    let misfire = [0, 1].map(|entry: usize| manifest.cron[entry].misfire);
    assert_eq!(misfire, [Misfire::Once, Misfire::Skip]);
    assert_eq!(manifest.subscriptions()[&HookName::OnCronTick].priority, 7);

    let permissions = &manifest.permissions;
    assert_eq!(permissions.http[1].to_string(), "https://*.example.org/v1");
    assert!(permissions.config[1].allows("mail.from"));
    assert!(permissions.database[0].allows(Access::Read, "posts"));
    assert!(!permissions.database[0].allows(Access::Write, "posts"));
    assert_eq!(
        (permissions.timeout_ms, permissions.max_memory_mb),
        (Some(2_000), Some(64))
    );

    assert_eq!(manifest.limits.vfs_total_bytes, Some(1 << 20));
    assert_eq!(manifest.limits.log_records_per_minute, Some(0));
    assert_eq!(
        (manifest.pool.size, manifest.pool.max_calls),
        (Some(2), Some(1_000))
    );

    let settings: Vec<_> = manifest
        .config
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        settings,
        [
            ("greeting", "Grüß Gott"),
            ("limit", "10"),
            ("mail.from", "digest@example.org"),
            ("mask", "255"),
            ("ratio", "0.5"),
            ("strict", "true"),
        ]
    );
}

#[test]
fn only_an_enabled_entry_subscribes_to_cron() {
    let with = |enabled: bool| {
        parse(&format!(
            "{}\nenabled = {enabled}\n",
            include_str!("good/seed.toml")
        ))
        .subscriptions()
    };
    assert!(with(true).contains_key(&HookName::OnCronTick));
    assert!(!with(false).contains_key(&HookName::OnCronTick));
}

#[test]
fn a_schedule_follows_the_clocks_of_its_zone() {
    let entry = |expression: &str, zone: &str| {
        let text = format!(
            "{}\n[[cron]]\nlabel = \"L\"\njob_type = \"j\"\ncron_expr = \"{expression}\"\ntimezone = \"{zone}\"\n",
            include_str!("good/smallest.toml")
        );
        parse(&text).cron.remove(0)
    };
    let morning = entry("30 6 * * *", "Europe/Berlin");
    assert_eq!(
        morning.next_after(time("2026-01-10T12:00:00Z")),
        Some(time("2026-01-11T05:30:00Z"))
    );
    assert_eq!(
        morning.next_after(time("2026-07-10T12:00:00Z")),
        Some(time("2026-07-11T04:30:00Z"))
    );

    // On 29 March 2026 the hour from 2 to 3 does not exist there; on 25 October it comes twice.
    let night = entry("30 2 * * *", "Europe/Berlin");
    assert_eq!(
        night.next_after(time("2026-03-28T12:00:00Z")),
        Some(time("2026-03-29T01:00:00Z"))
    );
    assert_eq!(
        night.next_after(time("2026-10-24T12:00:00Z")),
        Some(time("2026-10-25T00:30:00Z"))
    );
    assert_eq!(
        night.next_after(time("2026-10-25T00:30:00Z")),
        Some(time("2026-10-26T01:30:00Z"))
    );

    let seconds = entry("*/20 * * * * *", "UTC");
    assert_eq!(
        seconds.next_after(time("2026-01-01T00:00:05Z")),
        Some(time("2026-01-01T00:00:20Z"))
    );
    let leap_day = entry("0 0 29 2 *", "UTC");
    assert_eq!(
        leap_day.next_after(time("2026-01-01T00:00:00Z")),
        Some(time("2028-02-29T00:00:00Z"))
    );
    let first_of_month = entry("@monthly", "UTC");
    assert_eq!(
        first_of_month.next_after(time("2026-01-01T00:00:00Z")),
        Some(time("2026-02-01T00:00:00Z"))
    );
}

/// Monday is 1, and Sunday 7.
#[test]
fn days_of_the_week_are_those_that_are_named() {
    let manifest = |days: &str| {
        format!(
            "{}\n[[cron]]\nlabel = \"L\"\njob_type = \"j\"\ncron_expr = \"0 9 * * {days}\"\n",
            include_str!("good/smallest.toml")
        )
    };
    for (days, expected) in [
        ("SAT-SUN", vec![6, 7]),
        ("6-7", vec![6, 7]),
        ("6,7", vec![6, 7]),
        ("6,0", vec![6, 7]),
        ("7", vec![7]),
        ("0", vec![7]),
        ("2-6/2", vec![2, 4, 6]),
    ] {
        let job = parse(&manifest(days)).cron.remove(0);
        // A Monday.
        let (begin, end) = (time("2026-03-02T00:00:00Z"), time("2026-03-09T00:00:00Z"));
        let ticks = std::iter::successors(job.next_after(begin), |tick| job.next_after(*tick));
        let seen: Vec<u32> = ticks
            .take_while(|tick| *tick < end)
            .map(|tick| tick.weekday().number_from_monday())
            .collect();
        assert_eq!(seen, expected, "{days}");
    }

    // Other schedulers read a step without a range in one way or the other.
    let errors = Manifest::parse("manifest.toml", &manifest("2/2")).unwrap_err();
    let message = errors.to_string();
    assert!(
        message.contains("its day of the week is `2/2`"),
        "{message}"
    );
}

#[test]
fn a_script_begins_with_its_languages_usual_file_unless_the_manifest_names_one() {
    for (language, usual) in [
        ("wasm", "plugin.wasm"),
        ("js", "main.js"),
        ("lua", "init.lua"),
        ("rhai", "init.rhai"),
    ] {
        let plugin = format!(
            "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\nruntime = \"{language}\"\n"
        );
        let manifest = Manifest::parse("manifest.toml", &plugin).unwrap();
        assert_eq!(manifest.plugin.entry.as_str(), usual);
        assert_eq!(manifest.plugin.runtime.as_str(), language);
        let named = format!("{plugin}entry = \"plugin.wasm\"\n");
        let manifest = Manifest::parse("manifest.toml", &named).unwrap();
        assert_eq!(manifest.plugin.entry.as_str(), "plugin.wasm");
    }
}

#[test]
fn keys_of_another_system_are_accepted_and_found() {
    let text = r#"[plugin]
id = "com.example.x"
name = "X"
version = "1.0.0"
language = "lua"
sdk_version = "1"

[hooks.on-content-created]
match = "product"

[hooks.on-content-creating]
match = ["product", "page"]

[permissions]
filesystem = true
"#;
    let manifest = Manifest::parse("manifest.toml", text).unwrap();
    assert_eq!(manifest.plugin.runtime.as_str(), "lua");
    assert_eq!(manifest.plugin.entry.as_str(), "init.lua");
    let types = |hook| manifest.hooks[&hook].content_types.clone();
    assert_eq!(types(HookName::OnContentCreated), ["product"]);
    assert_eq!(types(HookName::OnContentCreating), ["product", "page"]);
    let found = raisfast_manifest::foreign_keys(text);
    let found: Vec<_> = found.iter().map(|it| (it.line, it.key)).collect();
    let expected = [
        (5, "language"),
        (6, "sdk_version"),
        (9, "match"),
        (12, "match"),
        (15, "filesystem"),
    ];
    assert_eq!(found, expected);

    let both = text.replace("language", "runtime = \"js\"\nlanguage");
    let manifest = Manifest::parse("manifest.toml", &both).unwrap();
    assert_eq!(manifest.plugin.runtime.as_str(), "js");
    let elsewhere = text.replace("[permissions]", "[pool]");
    assert!(Manifest::parse("manifest.toml", &elsewhere).is_err());
}
