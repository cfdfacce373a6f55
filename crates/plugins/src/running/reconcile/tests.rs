//! The plugins that run after folders have changed: real folders, and plugins without wasm.

use std::{collections::BTreeSet, fs, num::NonZeroU32, path::PathBuf, time::Duration};

use raisfast_contract::hook::{OnLogin, OnPostCreating};
use raisfast_health::Health;
use raisfast_hooks::{Bus, Called, Hooks};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::{
    AdminError, PluginState, RememberNothing, SafeMode, Succession,
    running::{installed::InstalledOptions, scripted::Scripted},
};

/// A directory of plugins, and what runs of it.
struct World {
    directory: TempDir,
    bus: Bus,
    loader: Arc<Scripted>,
    installed: Arc<Installed>,
}

impl World {
    fn new() -> Self {
        Self::with(Succession::default())
    }

    fn with(succession: Succession) -> Self {
        Self::in_mode(succession, SafeMode::Off)
    }

    fn in_mode(succession: Succession, safe_mode: SafeMode) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let health = Arc::new(Health::default());
        let bus = Bus::gated(health.clone(), health.clone());
        let loader = Arc::new(Scripted::default());
        let options = InstalledOptions {
            directory: directory.path().to_owned(),
            bus: bus.clone(),
            health,
            identities: Arc::new(RememberNothing),
            ticks: Arc::new(RememberNothing),
            succession,
            loader: loader.clone(),
            safe_mode,
            way_out: |_| None,
        };
        let installed = Installed::new(options, BTreeSet::new(), BTreeMap::new());
        Self {
            directory,
            bus,
            loader,
            installed: Arc::new(installed),
        }
    }

    fn path(&self, folder: &str) -> PathBuf {
        self.directory.path().join(folder)
    }

    /// Writes a version of a plugin into a folder.
    fn write(&self, folder: &str, id: &str, version: &str, script: &str) {
        let path = self.path(folder);
        let manifest = format!(
            "[plugin]\nid = \"com.example.{id}\"\nname = \"X\"\nversion = \"{version}\"\n[hooks.on-login]\n"
        );
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("manifest.toml"), manifest).unwrap();
        fs::write(path.join("plugin.wasm"), script).unwrap();
    }

    fn remove(&self, folder: &str) {
        fs::remove_dir_all(self.path(folder)).unwrap();
    }

    async fn start(&self) {
        drop(self.installed.reconcile(Occasion::Start).await.unwrap());
    }

    async fn change(&self) {
        drop(self.installed.reconcile(Occasion::Change).await.unwrap());
    }

    /// Compiles one plugin, and returns when it runs or cannot.
    async fn compiled(&self, folder: &str) {
        self.loader.compiler.add_permits(1);
        self.until(|world| world.state(folder) != PluginState::Compiling)
            .await;
    }

    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), waiting)
            .await
            .expect("it takes no time");
    }

    fn status(&self, folder: &str) -> crate::PluginStatus {
        let mut all = self.installed.statuses().into_iter();
        all.find(|status| status.folder == folder)
            .expect("the folder is known")
    }

    fn state(&self, folder: &str) -> PluginState {
        self.status(folder).state
    }

    /// Returns a folder's plugin, version and state.
    fn shown(&self, folder: &str) -> String {
        let status = self.status(folder);
        let id = status.id.map_or("nobody".to_owned(), |id| {
            id.as_str().trim_start_matches("com.example.").to_owned()
        });
        let version = status.version.unwrap_or_default();
        format!("{id} {version} {:?}", status.state)
    }

    async fn called(&self, id: &str) -> Called<()> {
        called(&self.bus.snapshot(), id).await
    }

    fn closed(&self) -> Vec<String> {
        self.loader.closed.lock().unwrap().clone()
    }
}

fn id(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

async fn called(hooks: &Hooks, name: &str) -> Called<()> {
    hooks
        .call_on::<OnLogin>(&id(name), ("user".into(),), None)
        .await
}

fn is_served(called: &Called<()>) -> bool {
    matches!(called, Called::Ended(Ok(())))
}

#[tokio::test]
async fn what_runs_follows_what_the_folders_hold() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.start().await;
    assert_eq!(world.shown("a"), "x 1.0.0 Running");
    assert!(is_served(&world.called("x").await));

    world.write("a", "x", "1.1.0", "");
    world.write("b", "y", "1.0.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.1.0 Running");
    assert_eq!(world.shown("b"), "y 1.0.0 Running");
    assert_eq!(world.status("a").generation, Some(2));
    world.until(|world| world.closed() == ["1.0.0"]).await;

    world.remove("a");
    world.change().await;
    assert_eq!(world.installed.statuses().len(), 1);
    assert!(matches!(world.called("x").await, Called::NotSubscribed));
    world
        .until(|world| world.closed() == ["1.0.0", "1.1.0"])
        .await;
}

#[tokio::test]
async fn a_version_that_cannot_be_loaded_leaves_the_former_serving() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.start().await;
    for script in ["unfit", "stillborn"] {
        world.write("a", "x", "1.1.0", script);
        world.change().await;
        assert_eq!(world.shown("a"), "x 1.0.0 Outdated", "{script}");
        assert!(is_served(&world.called("x").await));
    }
    world.write("a", "x", "1.2.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.2.0 Running");
}

#[tokio::test]
async fn a_plugin_that_never_ran_is_found_by_its_id_all_the_same() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "unfit");
    world.start().await;
    assert_eq!(world.shown("a"), "x 1.0.0 Failed");
    assert_eq!(world.installed.status(&id("x")).unwrap().folder, "a");
}

#[tokio::test]
async fn a_plugin_that_is_turned_off_ends_and_comes_back() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.start().await;
    world.installed.disable(&id("x")).await;
    assert_eq!(world.shown("a"), "x 1.0.0 Disabled");
    assert!(matches!(world.called("x").await, Called::NotSubscribed));
    world.write("a", "x", "1.1.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.1.0 Disabled");

    world.installed.enable(&id("x"));
    world.installed.forget_stamp(&id("x"));
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.1.0 Running");
}

#[tokio::test]
async fn what_a_folder_ran_ends_when_its_new_plugin_is_turned_off() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.write("b", "y", "1.0.0", "");
    world.start().await;
    world.remove("b");
    world.change().await;
    world.installed.disable(&id("z")).await;
    world.write("a", "z", "1.0.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "z 1.0.0 Disabled");
    assert!(matches!(world.called("x").await, Called::NotSubscribed));
}

#[tokio::test]
async fn subscriptions_of_what_is_compiled_at_a_start_are_reserved() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "slow");
    world.start().await;
    assert_eq!(world.shown("a"), "x 1.0.0 Compiling");
    assert!(matches!(world.called("x").await, Called::Paused(_)));
    world.compiled("a").await;
    assert_eq!(world.shown("a"), "x 1.0.0 Running");
    assert!(is_served(&world.called("x").await));
}

#[tokio::test]
async fn what_comes_later_is_not_missed_while_it_is_compiled() {
    let world = World::new();
    world.start().await;
    world.write("a", "x", "1.0.0", "slow");
    world.change().await;
    assert!(matches!(world.called("x").await, Called::NotSubscribed));

    // It cannot be loaded, and whoever needs it finds it by its id.
    world.write("a", "x", "1.0.1", "slow unfit");
    world.change().await;
    world.compiled("a").await;
    assert_eq!(world.shown("a"), "x 1.0.1 Failed");
}

#[tokio::test]
async fn the_former_version_serves_while_the_next_is_compiled() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.start().await;
    world.write("a", "x", "2.0.0", "slow");
    world.change().await;
    let compiling = world.status("a").compiling.unwrap();
    assert_eq!(
        (compiling.version.as_str(), compiling.former_serves),
        ("2.0.0", true)
    );
    assert!(is_served(&world.called("x").await));
    world.compiled("a").await;
    assert_eq!(world.shown("a"), "x 2.0.0 Running");
}

#[tokio::test]
async fn a_compilation_that_nobody_wants_any_longer_is_given_up() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "slow");
    world.start().await;
    world.write("a", "x", "1.1.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.1.0 Running");
    assert_eq!(world.status("a").compiling, None);

    world.write("a", "x", "1.2.0", "slow");
    world.change().await;
    world.installed.disable(&id("x")).await;
    assert_eq!(world.shown("a"), "x 1.2.0 Disabled");
    let all = world.loader.compiler.available_permits();
    assert_eq!(all, 0, "nobody was compiled");
}

#[tokio::test]
async fn an_id_that_is_being_compiled_goes_to_no_other_folder() {
    let world = World::new();
    world.write("b", "x", "1.0.0", "slow");
    world.start().await;
    world.write("a", "x", "9.0.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "nobody 9.0.0 Failed");
    world.compiled("b").await;
    assert_eq!(world.shown("b"), "x 1.0.0 Running");
}

#[tokio::test]
async fn an_id_that_a_folder_gives_up_is_taken_by_the_one_that_waits_for_it() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "unfit");
    world.write("b", "x", "2.0.0", "");
    world.start().await;
    assert_eq!(world.shown("b"), "nobody 2.0.0 Failed");
    assert_eq!(world.status("b").contested.unwrap().held_by, "a");
    // The first by name, but it has stored nothing: it has never run.
    world.write("a", "z", "1.0.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "z 1.0.0 Running");
    assert_eq!(world.shown("b"), "x 2.0.0 Running");
}

#[tokio::test]
async fn two_folders_swap_their_ids_when_an_administrator_says_so() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.write("b", "y", "1.0.0", "");
    world.start().await;
    world.write("a", "y", "2.0.0", "");
    world.write("b", "x", "2.0.0", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.0.0 Outdated");
    assert_eq!(world.shown("b"), "y 1.0.0 Outdated");
    assert!(is_served(&world.called("x").await) && is_served(&world.called("y").await));

    drop(world.installed.adopt(&id("x"), "b").await.unwrap());
    assert_eq!(world.shown("b"), "x 2.0.0 Running");
    assert_eq!(world.shown("a"), "nobody 2.0.0 Failed");
    drop(world.installed.adopt(&id("y"), "a").await.unwrap());
    assert_eq!(world.shown("a"), "y 2.0.0 Running");
    assert!(is_served(&world.called("x").await) && is_served(&world.called("y").await));

    let refused = world.installed.adopt(&id("x"), "a").await.err().unwrap();
    assert!(matches!(refused, AdminError::OtherId { .. }), "{refused}");
    let refused = world.installed.adopt(&id("x"), "c").await.err().unwrap();
    assert!(matches!(refused, AdminError::NoFolder(_)), "{refused}");
}

#[tokio::test]
async fn a_version_that_fails_its_first_calls_is_rolled_back() {
    let world = World::with(Succession {
        rollback_after: NonZeroU32::new(2),
        ..Succession::default()
    });
    world.write("a", "x", "1.0.0", "");
    world.start().await;
    world.write("a", "x", "2.0.0", "failing");
    world.change().await;
    assert_eq!(world.status("a").falls_back_to.as_deref(), Some("1.0.0"));
    for _ in 0..2 {
        assert!(matches!(world.called("x").await, Called::Ended(Err(_))));
    }
    world
        .until(|world| world.state("a") == PluginState::Outdated)
        .await;
    assert_eq!(world.shown("a"), "x 1.0.0 Outdated");
    assert!(is_served(&world.called("x").await));
    let problem = world.status("a").last_error.unwrap();
    assert!(
        problem.contains("version 2.0.0 failed its first 2 calls of on-login"),
        "{problem}"
    );

    // As it was, it is not tried again; a new version is.
    world.change().await;
    assert_eq!(world.shown("a"), "x 1.0.0 Outdated");
    world.write("a", "x", "2.0.1", "");
    world.change().await;
    assert_eq!(world.shown("a"), "x 2.0.1 Running");
}

#[tokio::test]
async fn the_end_waits_for_all_that_runs() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    world.write("b", "y", "2.0.0", "slow");
    world.start().await;
    world.installed.close().await;
    assert_eq!(world.closed(), ["1.0.0"]);
    assert!(matches!(world.called("x").await, Called::NotSubscribed));
    assert!(matches!(world.called("y").await, Called::NotSubscribed));
}

/// Writes a plugin that guards posts, whatever its script says.
fn write_guard(world: &World, folder: &str, id: &str, script: &str) {
    world.write(folder, id, "1.0.0", script);
    let manifest = world.path(folder).join("manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let guard = "[hooks.on-post-creating]\non_error = \"abort\"\n[hooks.filter-html]\n";
    fs::write(manifest, format!("{text}{guard}")).unwrap();
}

/// Returns true if a post is refused.
async fn is_guarded(world: &World) -> bool {
    let post = Arc::new(raisfast_contract::PostInput::default());
    let filtered = world.bus.snapshot();
    let filtered = filtered.filter::<OnPostCreating>(post, |_| Ok(()));
    filtered.await.is_err()
}

#[tokio::test]
async fn a_guard_that_was_there_and_cannot_be_loaded_refuses() {
    for script in ["unfit", "stillborn", "slow unfit"] {
        let world = World::new();
        write_guard(&world, "a", "x", script);
        world.start().await;
        if script.contains("slow") {
            assert_eq!(world.state("a"), PluginState::Compiling);
            assert!(world.bus.snapshot().is_running(&id("x")));
            world.compiled("a").await;
        }
        assert_eq!(world.state("a"), PluginState::Failed, "{script}");
        assert!(is_guarded(&world).await, "{script}");
        // Its other hooks are left out, and its deliveries wait as before.
        assert!(matches!(world.called("x").await, Called::NotSubscribed));
        assert!(!world.bus.snapshot().is_running(&id("x")), "{script}");
        let why = world.status("a").last_error.unwrap();
        assert!(
            why.ends_with("requests that it guards are refused"),
            "{why}"
        );

        world.installed.disable(&id("x")).await;
        assert!(!is_guarded(&world).await, "{script}");
    }
}

#[tokio::test]
async fn a_guard_that_is_new_and_cannot_be_loaded_refuses_until_it_is_repaired() {
    for script in ["unfit", "stillborn", "slow unfit"] {
        let world = World::new();
        world.start().await;
        write_guard(&world, "a", "x", script);
        world.change().await;
        if script.contains("slow") {
            assert!(!is_guarded(&world).await, "it may still be loaded");
            world.compiled("a").await;
        }
        assert_eq!(world.state("a"), PluginState::Failed, "{script}");
        assert!(is_guarded(&world).await, "{script}");
        let why = world.status("a").last_error.unwrap();
        assert!(
            why.ends_with("requests that it guards are refused"),
            "{why}"
        );

        // Neither is the door open while the repaired one is compiled.
        write_guard(&world, "a", "x", "slow");
        world.change().await;
        assert_eq!(world.state("a"), PluginState::Compiling, "{script}");
        assert!(is_guarded(&world).await, "{script}");
        world.compiled("a").await;
        assert_eq!(world.state("a"), PluginState::Running, "{script}");
        assert!(!is_guarded(&world).await, "{script}");
    }
}

#[tokio::test]
async fn what_is_turned_off_refuses_nothing_whatever_becomes_of_its_files() {
    let world = World::new();
    write_guard(&world, "a", "x", "");
    world.start().await;
    world.installed.disable(&id("x")).await;
    fs::write(world.path("a").join("manifest.toml"), "broken").unwrap();
    world.change().await;
    assert!(!is_guarded(&world).await);
    // It is wanted again, and cannot be loaded.
    write_guard(&world, "a", "x", "unfit");
    world.installed.enable(&id("x"));
    world.installed.forget_stamp(&id("x"));
    world.change().await;
    assert!(is_guarded(&world).await);
}

#[tokio::test]
async fn a_guard_whose_id_is_anothers_guards_nothing() {
    let world = World::new();
    world.write("a", "x", "1.0.0", "");
    write_guard(&world, "b", "x", "");
    world.start().await;
    assert!(!is_guarded(&world).await);
    assert!(is_served(&world.called("x").await));
    // Neither when nothing can be read of it any longer.
    fs::write(world.path("b").join("manifest.toml"), "broken").unwrap();
    world.change().await;
    assert!(!is_guarded(&world).await);
    assert!(is_served(&world.called("x").await));
}

#[tokio::test]
async fn a_guard_ends_with_its_folder() {
    let world = World::new();
    write_guard(&world, "a", "x", "unfit");
    world.start().await;
    assert!(is_guarded(&world).await);
    // What is in its place cannot be read: who guarded is still known.
    fs::write(world.path("a").join("manifest.toml"), "broken").unwrap();
    world.change().await;
    assert!(is_guarded(&world).await);
    world.remove("a");
    world.change().await;
    assert!(!is_guarded(&world).await);
}

#[tokio::test]
async fn in_safe_mode_nothing_is_called_and_guards_refuse_if_they_are_to() {
    for (mode, guarded) in [(SafeMode::Guarded, true), (SafeMode::Unguarded, false)] {
        let world = World::in_mode(Succession::default(), mode);
        write_guard(&world, "a", "x", "");
        world.write("b", "y", "1.0.0", "");
        world.start().await;
        assert_eq!(world.shown("a"), "x 1.0.0 SafeMode");
        assert_eq!(world.shown("b"), "y 1.0.0 SafeMode");
        assert_eq!(is_guarded(&world).await, guarded);
        for plugin in ["x", "y"] {
            // So deliveries wait.
            assert!(matches!(world.called(plugin).await, Called::Paused(_)));
            assert!(world.bus.snapshot().is_running(&id(plugin)));
        }
        world.installed.disable(&id("y")).await;
        assert_eq!(world.shown("b"), "y 1.0.0 Disabled");
        assert!(matches!(world.called("y").await, Called::NotSubscribed));
        fs::write(world.path("a").join("manifest.toml"), "broken").unwrap();
        world.change().await;
        assert_eq!(is_guarded(&world).await, guarded);
        world.write("a", "x", "1.1.0", "");
        world.change().await;
        assert_eq!(world.shown("a"), "x 1.1.0 SafeMode");
        assert!(!is_guarded(&world).await, "it has no guard now");
    }
}
