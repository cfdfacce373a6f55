//! Calls of guests of a few instructions, without anything that is above the runtime.

mod guest;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use guest::{ENDLESS, IDLE, LOGS, TRAP, WAITS, component};
use raisfast_contract::{
    Call, HookName, PluginId,
    hook::{FilterHtml, OnLogin},
};
use raisfast_db::Database;
use raisfast_host_api::{
    Capabilities, Grants, HostedPlugin, Quotas,
    capability::{Config, Events, Figures, Log, LogRecord, Recorders},
};
use raisfast_http::{HttpClient, HttpOptions};
use raisfast_runtime::{CallError, Plugin, PluginLimits, Runtime, RuntimeOptions};
use raisfast_vfs::VfsStore;

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

/// A receiver of records and events, and a configuration, that no guest here asks for.
struct Nothing;

impl Log for Nothing {
    fn record(&self, _record: LogRecord<'_>) {}
}

impl Events for Nothing {
    fn emit(&self, _plugin: &PluginId, _event_type: &str, _data: &str) {}
}

impl Config for Nothing {
    fn get(&self, _key: &str) -> Option<String> {
        None
    }
}

async fn capabilities() -> Capabilities {
    let database = Arc::new(Database::connect("sqlite::memory:").await.unwrap());
    Capabilities {
        log: Arc::new(Nothing),
        config: Arc::new(Nothing),
        http: Arc::new(HttpClient::new(HttpOptions::default()).unwrap()),
        kv: database.clone(),
        content: database.clone(),
        db: database.clone(),
        migrations: database,
        vfs: Arc::new(VfsStore::open("memory://").unwrap()),
        events: Arc::new(Nothing),
        recorders: Recorders::default(),
        figures: Figures::default(),
    }
}

/// Starts a plugin with a single instance.
async fn start(wasm: &[u8]) -> Arc<Plugin> {
    let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
    let hooks = [HookName::OnLogin, HookName::FilterHtml].into();
    let program = runtime.load(wasm, &hooks).unwrap();
    let hosted = HostedPlugin::new(
        "com.example.guest".parse().unwrap(),
        Grants::default(),
        Quotas::default(),
        std::collections::BTreeMap::new(),
        capabilities().await,
    );
    let limits = PluginLimits {
        pool_size: NonZeroUsize::MIN,
        ..PluginLimits::default()
    };
    let plugin = Plugin::start(program, Arc::new(hosted), limits).await;
    Arc::new(plugin.unwrap())
}

/// Calls `on-login`, and returns its outcome and true if that was ready at once.
async fn login(plugin: &Plugin, limit: Duration) -> (Result<(), CallError>, bool) {
    let call = plugin.call::<OnLogin>(("ann".into(),), None, limit);
    let is_ready = matches!(call, Call::Ready(_));
    (call.output().await, is_ready)
}

/// Returns the number of logins that the plugin's instance has counted.
async fn count(plugin: &Plugin) -> String {
    let call = plugin.call::<FilterHtml>(("".into(),), None, LONG);
    call.output().await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_does_not_wait_is_ready_when_the_call_returns() {
    for imports in ["", LOGS] {
        let plugin = start(&component(imports, IDLE)).await;
        for _ in 0..3 {
            assert_eq!(login(&plugin, LONG).await, (Ok(()), true));
        }
        assert_eq!(count(&plugin).await, "3", "the instance keeps its memory");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_may_wait_is_running() {
    let plugin = start(&component(WAITS, IDLE)).await;
    assert_eq!(login(&plugin, LONG).await, (Ok(()), false));
    assert_eq!(count(&plugin).await, "1");
}

#[tokio::test]
async fn every_call_is_running_where_the_executor_has_one_thread() {
    let plugin = start(&component("", IDLE)).await;
    assert_eq!(login(&plugin, LONG).await, (Ok(()), false));
    assert_eq!(count(&plugin).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_that_is_dropped_ends() {
    let plugin = start(&component(WAITS, ENDLESS)).await;
    let call = plugin.call::<OnLogin>(("ann".into(),), None, LONG);
    let waited = tokio::time::timeout(SHORT, call.output()).await;
    assert!(waited.is_err());
    // The fresh instance has counted nothing.
    assert_eq!(count(&plugin).await, "0");
    assert_eq!(plugin.pool().discarded, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_costs_the_instance_and_the_next_calls_are_running() {
    for (imports, is_ready) in [("", true), (WAITS, false)] {
        let plugin = start(&component(imports, TRAP)).await;
        let (outcome, was_ready) = login(&plugin, LONG).await;
        assert!(
            matches!(outcome, Err(CallError::Trap { .. })),
            "{outcome:?}"
        );
        assert_eq!(was_ready, is_ready);
        assert_eq!(count(&plugin).await, "0");
        assert_eq!(plugin.pool().discarded, 1);
        let (outcome, was_ready) = login(&plugin, LONG).await;
        assert!(
            outcome.is_err() && !was_ready,
            "it begins in the background"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_ends_at_its_deadline_on_either_stack() {
    for (imports, is_ready) in [("", true), (WAITS, false)] {
        let plugin = start(&component(imports, ENDLESS)).await;
        let (outcome, was_ready) = login(&plugin, SHORT).await;
        assert_eq!(
            outcome,
            Err(CallError::Deadline {
                limit: SHORT,
                place: None
            })
        );
        assert_eq!(was_ready, is_ready);
        assert_eq!(count(&plugin).await, "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_takes_the_state_of_the_former_version() {
    for imports in ["", WAITS] {
        let wasm = component(imports, IDLE);
        let (former, next) = (start(&wasm).await, start(&wasm).await);
        for _ in 0..2 {
            login(&former, LONG).await.0.unwrap();
        }
        let hand_over = next.hold().expect("the guest takes over state");
        assert_eq!(hand_over.run(&former, LONG).await, 1);
        assert_eq!(count(&next).await, "2");
        assert_eq!(count(&former).await, "2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_plugin_is_not_called() {
    let plugin = start(&component("", IDLE)).await;
    plugin.close().await;
    assert_eq!(login(&plugin, LONG).await, (Err(CallError::Closed), false));
}
