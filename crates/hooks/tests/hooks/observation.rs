//! Notes of the observer and records in the log.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use raisfast_contract::{
    HookName, PluginId, PostInput,
    hook::{OnLogin, OnPostCreating},
};
use raisfast_hooks::{Bus, CallObserver, Called, HandlerError, Observer, OnError};

use crate::{Journal, id, post, retitling, subscription};

struct Clerk(Journal<String>);

/// The clerk's notes about one subscription.
struct Page {
    heading: String,
    journal: Journal<String>,
}

impl Observer for Clerk {
    fn observe(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn CallObserver> {
        Arc::new(Page {
            heading: format!("{plugin} {hook}"),
            journal: self.0.clone(),
        })
    }
}

impl CallObserver for Page {
    fn called(&self, _duration: Duration, outcome: Result<(), &HandlerError>) {
        let outcome = match outcome {
            Ok(()) => "answered".to_owned(),
            Err(error) => error.to_string(),
        };
        self.journal.write(format!("{}: {outcome}", self.heading));
    }
}

#[tokio::test]
async fn the_observer_is_told_how_each_call_ended() {
    let journal = Journal::new();
    let bus = Bus::gated(Arc::new(()), Arc::new(Clerk(journal.clone())));
    let (a, b, c) = (id("org.a"), id("org.b"), id("org.c"));
    bus.replace(&a, vec![retitling(&a, 1, OnError::Continue, Ok(None))]);
    bus.replace(&b, vec![retitling(&b, 2, OnError::Continue, Err("trap"))]);
    let panicking = |_: (Arc<str>,)| async { panic!("out of ideas") };
    bus.replace(
        &c,
        vec![
            retitling(&c, 3, OnError::Continue, Ok(Some("bad"))),
            subscription::<OnLogin>(&c, 1, panicking),
        ],
    );
    let refuse = |_: &PostInput| Err("no".to_owned());
    let hooks = bus.snapshot();
    hooks
        .filter::<OnPostCreating>(post("mine"), refuse)
        .await
        .unwrap();
    let called = hooks.call_on::<OnLogin>(&c, ("ann".into(),), None).await;
    assert!(matches!(called, Called::Ended(Err(_))), "{called:?}");
    assert_eq!(
        journal.entries(),
        [
            "org.a on-post-creating: answered",
            "org.b on-post-creating: trap",
            "org.c on-post-creating: its answer is invalid: no",
            "org.c on-login: the handler panicked: out of ideas",
        ]
    );
}

/// The destination of the log. Clones are the same place.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failure_is_logged_with_plugin_hook_and_reason() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let bus = Bus::new();
    let (a, b) = (id("org.a"), id("org.b"));
    bus.replace(&a, vec![retitling(&a, 1, OnError::Continue, Err("trap"))]);
    bus.replace(&b, vec![retitling(&b, 2, OnError::Continue, Ok(None))]);
    let hooks = bus.snapshot();
    hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in [
        "WARN",
        "plugin=org.a",
        "hook=on-post-creating",
        "reason=trap",
    ] {
        assert!(log.contains(part), "{log}");
    }
}

#[tokio::test]
async fn a_reason_that_quotes_a_guest_is_one_line_of_bounded_length() {
    let journal = Journal::new();
    let bus = Bus::gated(Arc::new(()), Arc::new(Clerk(journal.clone())));
    let a = id("org.a");
    bus.replace(
        &a,
        vec![retitling(&a, 1, OnError::Continue, Ok(Some("any")))],
    );
    for quoted in ["grün\n2026 ERROR \u{1b}[2J", &"ä".repeat(1 << 20)] {
        bus.snapshot()
            .filter::<OnPostCreating>(post("mine"), |_| Err(quoted.to_owned()))
            .await
            .unwrap();
    }
    let entries = journal.entries();
    assert!(
        entries[0].ends_with(r"invalid: grün\n2026 ERROR \u{1b}[2J"),
        "{}",
        entries[0]
    );
    assert!(
        entries[1].ends_with("ä…") && entries[1].len() < 5_000,
        "{} bytes",
        entries[1].len()
    );
}
