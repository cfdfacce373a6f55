//! One generation after another: hand-over, draining and rollback.

use std::sync::Mutex;

use raisfast_contract::{PluginId, hook::OnLogin};
use raisfast_health::Version;
use raisfast_hooks::{Bus, Called};
use raisfast_manifest::Manifest;

use super::*;
use crate::{
    RememberNothing,
    running::{probation::Verdict, scripted},
};

const TWO: Option<NonZeroU32> = NonZeroU32::new(2);

/// A bus, and the versions of one plugin that have ended.
struct Stage {
    bus: Bus,
    draining: TaskTracker,
    closed: Arc<Mutex<Vec<String>>>,
    succession: Succession,
}

impl Stage {
    fn new(rollback_after: Option<NonZeroU32>) -> Self {
        Self {
            bus: Bus::new(),
            draining: TaskTracker::new(),
            closed: Arc::default(),
            succession: Succession {
                rollback_after,
                ..Succession::default()
            },
        }
    }

    fn version(&self, version: &str, is_failing: bool) -> Arc<Generation> {
        let text = format!(
            "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"{version}\"\n[hooks.on-login]\n"
        );
        let manifest = Manifest::parse("manifest.toml", &text).unwrap();
        let digest = Version::from_digest(version);
        Arc::new(scripted::generation(
            1,
            manifest,
            digest,
            is_failing,
            &self.closed,
        ))
    }

    fn begin(&self, version: &str, before: Option<Running>) -> (Running, Option<Trial>) {
        let generation = self.version(version, version.contains("failing"));
        Running::begin(
            &self.runs(),
            generation,
            before,
            self.succession,
            &self.draining,
        )
    }

    fn runs(&self) -> Runs {
        Runs {
            bus: self.bus.clone(),
            ticks: Arc::new(RememberNothing),
            in_progress: self.draining.clone(),
        }
    }

    async fn call(&self) -> Called<()> {
        let id: PluginId = "com.example.x".parse().unwrap();
        let hooks = self.bus.snapshot();
        hooks.call_on::<OnLogin>(&id, ("user".into(),), None).await
    }

    /// The versions that have ended when nothing is left to do.
    async fn ended(self) -> Vec<String> {
        self.draining.close();
        self.draining.wait().await;
        let closed = self.closed.lock().unwrap();
        closed.clone()
    }
}

fn serves(running: &Running) -> String {
    running.generation.manifest.plugin.version.to_string()
}

fn falls_back_to(running: &Running) -> Option<String> {
    let former = running.former.as_ref()?;
    Some(former.manifest.plugin.version.to_string())
}

#[tokio::test]
async fn the_first_version_has_no_probation() {
    let stage = Stage::new(TWO);
    let (running, trial) = stage.begin("1.0.0", None);
    assert!(trial.is_none());
    assert_eq!(falls_back_to(&running), None);
    assert!(matches!(stage.call().await, Called::Ended(Ok(()))));
}

#[tokio::test]
async fn without_probation_the_former_version_is_drained_at_once() {
    let stage = Stage::new(None);
    let (first, _) = stage.begin("1.0.0", None);
    let (second, trial) = stage.begin("2.0.0", Some(first));
    assert!(trial.is_none());
    assert_eq!(
        (serves(&second), falls_back_to(&second)),
        ("2.0.0".to_owned(), None)
    );
    assert_eq!(stage.ended().await, ["1.0.0"]);
}

#[tokio::test]
async fn a_former_version_ends_after_the_last_request_that_began_with_it() {
    let stage = Stage::new(None);
    let (first, _) = stage.begin("1.0.0", None);
    let request = stage.bus.snapshot();
    let (_second, _) = stage.begin("2.0.0", Some(first));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(
        stage.closed.lock().unwrap().is_empty(),
        "a request has it still"
    );
    drop(request);
    assert_eq!(stage.ended().await, ["1.0.0"]);
}

#[tokio::test]
async fn a_request_that_does_not_end_goes_on_without_its_version_after_the_deadline() {
    let mut stage = Stage::new(None);
    stage.succession.drain_timeout = Duration::from_millis(1);
    let (first, _) = stage.begin("1.0.0", None);
    let _request = stage.bus.snapshot();
    let (_second, _) = stage.begin("2.0.0", Some(first));
    assert_eq!(stage.ended().await, ["1.0.0"]);
}

#[tokio::test]
async fn a_version_on_probation_keeps_the_one_before_it() {
    let stage = Stage::new(TWO);
    let (first, _) = stage.begin("1.0.0", None);
    let (mut second, trial) = stage.begin("2.0.0", Some(first));
    assert_eq!(falls_back_to(&second).as_deref(), Some("1.0.0"));
    stage.call().await;
    assert_eq!(trial.unwrap().verdict().await, Some(Verdict::Proven));
    second.prove(stage.succession, &stage.draining);
    assert_eq!(falls_back_to(&second), None);
    assert_eq!(stage.ended().await, ["1.0.0"]);
}

#[tokio::test]
async fn a_version_that_fails_gives_the_place_back() {
    let stage = Stage::new(TWO);
    let (first, _) = stage.begin("1.0.0", None);
    let (second, trial) = stage.begin("2.0.0-failing", Some(first));
    for _ in 0..2 {
        assert!(matches!(stage.call().await, Called::Ended(Err(_))));
    }
    let verdict = trial.unwrap().verdict().await;
    assert!(
        matches!(verdict, Some(Verdict::Failed { calls: 2, .. })),
        "{verdict:?}"
    );
    let running = second.roll_back(&stage.runs(), stage.succession, &stage.draining);
    assert_eq!(
        (serves(&running), falls_back_to(&running)),
        ("1.0.0".to_owned(), None)
    );
    assert!(matches!(stage.call().await, Called::Ended(Ok(()))));
    assert_eq!(stage.ended().await, ["2.0.0-failing"]);
}

#[tokio::test]
async fn a_version_that_has_not_proved_itself_is_nothing_to_go_back_to() {
    let stage = Stage::new(TWO);
    let (first, _) = stage.begin("1.0.0", None);
    let (second, _) = stage.begin("2.0.0", Some(first));
    let (third, trial) = stage.begin("3.0.0", Some(second));
    assert!(trial.is_some());
    assert_eq!(falls_back_to(&third).as_deref(), Some("1.0.0"));
    assert_eq!(stage.ended().await, ["2.0.0"]);
}

#[tokio::test]
async fn the_end_of_a_plugin_ends_the_version_that_it_would_fall_back_to() {
    let stage = Stage::new(TWO);
    let (first, _) = stage.begin("1.0.0", None);
    let (second, _) = stage.begin("2.0.0", Some(first));
    stage.bus.remove(second.generation.id());
    second.end(stage.succession, &stage.draining);
    let mut ended = stage.ended().await;
    ended.sort();
    assert_eq!(ended, ["1.0.0", "2.0.0"]);
}
