//! Plans for folders that were found, without a file system.

use std::path::Path;

use super::*;

/// The finding of a look at one folder.
enum Found {
    Same,
    Touched,
    /// Changed; its manifest names this plugin.
    Plugin(&'static str),
    /// Changed; its manifest cannot be read.
    Broken,
}
use Found::{Broken, Plugin, Same, Touched};

/// One situation, what is found in it, and what follows. Plugins are called by the last part of
/// their ids.
#[derive(Default)]
struct Case {
    /// Folders, with the ids that they have.
    known: &'static [(&'static str, &'static str)],
    /// Folders, with the ids that they were refused.
    refused: &'static [(&'static str, &'static str)],
    /// Ids, with their folders by the record.
    holders: &'static [(&'static str, &'static str)],
    disabled: &'static [&'static str],
    safe_mode: bool,
    found: &'static [(&'static str, Found)],
    plan: &'static [&'static str],
}

fn id(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

fn folder(name: &str) -> PluginFolder {
    PluginFolder::at(&Path::new("/nowhere").join(name))
}

fn manifest(name: &str) -> ReadManifest {
    let text = format!(
        "[plugin]\nid = \"{}\"\nname = \"X\"\nversion = \"1.0.0\"\n",
        id(name)
    );
    ReadManifest {
        manifest: Manifest::parse("manifest.toml", &text).unwrap(),
        bytes: text.into_bytes(),
    }
}

fn situation(case: &Case) -> Situation {
    let known = |&(name, _): &(&str, &str)| {
        let known = Known {
            stamp: Some(Stamp::empty()),
            ..Known::default()
        };
        (folder(name), known)
    };
    let mut folders: BTreeMap<_, _> = case.known.iter().chain(case.refused).map(known).collect();
    for &(name, refused) in case.refused {
        let known = folders.get_mut(&folder(name)).unwrap();
        known.refused = Some(id(refused));
    }
    let holders = case.holders.iter();
    let claimed = case.known.iter();
    Situation {
        safe_mode: case.safe_mode,
        folders,
        ids: Ids {
            holders: holders
                .map(|&(plugin, folder)| (id(plugin), folder.to_owned()))
                .collect(),
            claimed: claimed
                .map(|&(name, plugin)| (id(plugin), folder(name)))
                .collect(),
        },
        disabled: case.disabled.iter().map(|name| id(name)).collect(),
    }
}

fn look(found: &Found) -> Look {
    let stamp = Stamp::empty();
    match found {
        Same => Look::Same,
        Touched => Look::Touched(stamp),
        Plugin(name) => Look::Changed(stamp, Box::new(Ok(manifest(name)))),
        Broken => {
            let error = Manifest::parse("manifest.toml", "[plugin]").unwrap_err();
            Look::Changed(stamp, Box::new(Err(error.into())))
        }
    }
}

fn short(id: &PluginId) -> &str {
    id.as_str().rsplit('.').next().unwrap()
}

fn described((folder, step): &(PluginFolder, Step)) -> String {
    let what = match step {
        Step::Unload => "unload".to_owned(),
        Step::Touch(_) => "touch".to_owned(),
        Step::TurnOff { manifest, .. } => format!("turn off {}", short(&manifest.plugin.id)),
        Step::HoldBack { manifest, .. } => format!("hold back {}", short(&manifest.plugin.id)),
        Step::Load { read, .. } => format!("load {}", short(&read.manifest.plugin.id)),
        Step::Refuse { reason, .. } => match reason {
            PluginLoadError::Held { plugin, holder, .. } => {
                format!("refuse {}, held by {holder}", short(plugin))
            }
            PluginLoadError::Left { plugin, holder, .. } => {
                format!("refuse {}, left by {holder}", short(plugin))
            }
            PluginLoadError::InvalidManifest(_) => "refuse, broken".to_owned(),
            other => format!("refuse: {other}"),
        },
    };
    format!("{}: {what}", folder.name())
}

fn check(name: &str, case: &Case) {
    let looks = case.found.iter();
    let looks = looks.map(|(name, found)| (folder(name), look(found)));
    let plan = situation(case).plan(looks.collect());
    let plan: Vec<_> = plan.iter().map(described).collect();
    assert_eq!(plan, case.plan, "{name}");
}

macro_rules! cases {
    ($($name:ident: $case:expr,)*) => {
        $(#[test] fn $name() { check(stringify!($name), &$case); })*
    };
}

cases! {
    a_new_folder_is_loaded: Case {
        found: &[("a", Plugin("x"))],
        plan: &["a: load x"],
        ..Case::default()
    },
    in_safe_mode_nothing_is_loaded: Case {
        safe_mode: true,
        disabled: &["y"],
        found: &[("a", Plugin("x")), ("b", Plugin("y")), ("c", Plugin("x")), ("d", Broken)],
        plan: &["a: hold back x", "b: turn off y", "c: refuse x, held by a", "d: refuse, broken"],
        ..Case::default()
    },
    a_folder_that_is_as_it_was_is_left_alone: Case {
        known: &[("a", "x")],
        holders: &[("x", "a")],
        found: &[("a", Same)],
        plan: &[],
        ..Case::default()
    },
    a_folder_that_was_touched_is_not_loaded: Case {
        known: &[("a", "x")],
        holders: &[("x", "a")],
        found: &[("a", Touched)],
        plan: &["a: touch"],
        ..Case::default()
    },
    a_folder_that_has_changed_is_loaded: Case {
        known: &[("a", "x")],
        holders: &[("x", "a")],
        found: &[("a", Plugin("x"))],
        plan: &["a: load x"],
        ..Case::default()
    },
    a_folder_that_is_gone_is_unloaded_before_anything_else: Case {
        known: &[("a", "x"), ("b", "y")],
        holders: &[("x", "a"), ("y", "b")],
        found: &[("a", Plugin("x"))],
        plan: &["b: unload", "a: load x"],
        ..Case::default()
    },
    a_broken_manifest_is_refused_and_others_are_loaded: Case {
        known: &[("a", "x")],
        holders: &[("x", "a")],
        found: &[("a", Broken), ("b", Plugin("y"))],
        plan: &["a: refuse, broken", "b: load y"],
        ..Case::default()
    },
    of_two_new_folders_with_one_id_the_first_by_name_gets_it: Case {
        found: &[("b", Plugin("x")), ("a", Plugin("x"))],
        plan: &["a: load x", "b: refuse x, held by a"],
        ..Case::default()
    },
    of_two_folders_with_one_id_the_one_that_has_it_by_the_record_keeps_it: Case {
        holders: &[("x", "b")],
        found: &[("a", Plugin("x")), ("b", Plugin("x"))],
        plan: &["a: refuse x, left by b", "b: load x"],
        ..Case::default()
    },
    an_id_that_another_folder_has_is_refused: Case {
        known: &[("b", "x")],
        holders: &[("x", "b")],
        found: &[("a", Plugin("x")), ("b", Same)],
        plan: &["a: refuse x, held by b"],
        ..Case::default()
    },
    an_id_goes_to_no_other_folder_when_its_own_is_gone: Case {
        known: &[("b", "x")],
        holders: &[("x", "b")],
        found: &[("a", Plugin("x"))],
        plan: &["b: unload", "a: refuse x, left by b"],
        ..Case::default()
    },
    an_id_that_nobody_has_by_the_record_is_free_when_its_folder_is_gone: Case {
        known: &[("b", "x")],
        found: &[("a", Plugin("x"))],
        plan: &["b: unload", "a: load x"],
        ..Case::default()
    },
    an_id_that_was_handed_over_is_its_new_folders: Case {
        known: &[("b", "other")],
        refused: &[("a", "x")],
        holders: &[("x", "a"), ("other", "b")],
        found: &[("a", Plugin("x")), ("b", Plugin("x"))],
        plan: &["a: load x", "b: refuse x, held by a"],
        ..Case::default()
    },
    an_id_that_was_handed_over_waits_for_the_folder_that_still_uses_it: Case {
        known: &[("b", "x")],
        holders: &[("x", "a")],
        found: &[("a", Plugin("x")), ("b", Same)],
        plan: &["a: refuse x, held by b"],
        ..Case::default()
    },
    two_folders_that_swap_their_ids_are_both_refused: Case {
        known: &[("a", "x"), ("b", "y")],
        holders: &[("x", "a"), ("y", "b")],
        found: &[("a", Plugin("y")), ("b", Plugin("x"))],
        plan: &["a: refuse y, held by b", "b: refuse x, held by a"],
        ..Case::default()
    },
    a_plugin_that_is_turned_off_is_not_loaded_and_keeps_its_id: Case {
        disabled: &["x"],
        found: &[("a", Plugin("x")), ("b", Plugin("x"))],
        plan: &["a: turn off x", "b: refuse x, held by a"],
        ..Case::default()
    },
    a_plugin_that_is_turned_off_in_another_folder_is_refused_there: Case {
        known: &[("b", "x")],
        holders: &[("x", "b")],
        disabled: &["x"],
        found: &[("a", Plugin("x")), ("b", Same)],
        plan: &["a: refuse x, held by b"],
        ..Case::default()
    },
    a_folder_that_takes_another_id_may_do_so: Case {
        known: &[("a", "x")],
        holders: &[("x", "a")],
        found: &[("a", Plugin("y"))],
        plan: &["a: load y"],
        ..Case::default()
    },
}

/// The names of the folders that are compared with what they were.
fn seen(case: &Case) -> Vec<String> {
    let seen = situation(case).seen();
    seen.keys().map(PluginFolder::name).collect()
}

#[test]
fn a_folder_that_was_refused_an_id_is_looked_at_anew_when_the_id_is_free() {
    let mut case = Case {
        known: &[("b", "x")],
        refused: &[("a", "x")],
        holders: &[("x", "b")],
        ..Case::default()
    };
    assert_eq!(seen(&case), ["a", "b"]);
    // Its folder is gone, and has it still.
    case.known = &[];
    assert_eq!(seen(&case), ["a"]);
    // An administrator has handed it over.
    case.holders = &[("x", "a")];
    assert_eq!(seen(&case), [""; 0]);
    case.holders = &[];
    assert_eq!(seen(&case), [""; 0]);
    case.known = &[("b", "x")];
    assert_eq!(seen(&case), ["a", "b"]);
}

#[test]
fn a_folder_that_is_to_be_loaded_whatever_it_holds_is_not_compared() {
    let mut situation = situation(&Case {
        known: &[("a", "x"), ("b", "y")],
        ..Case::default()
    });
    situation.folders.get_mut(&folder("a")).unwrap().stamp = None;
    situation.folders.get_mut(&folder("b")).unwrap().has_failed = true;
    let seen = situation.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[&folder("b")].has_failed, "a touch is another try");
}

#[test]
fn while_a_version_is_compiled_the_former_serves_or_the_subscriptions_are_reserved() {
    use Occasion::{Change, Start};

    for (runs, is_reserved, occasion, meanwhile) in [
        (true, false, Start, Meanwhile::Former),
        (true, false, Change, Meanwhile::Former),
        (false, false, Start, Meanwhile::Reserved),
        // It is missed since the start, and its files have changed meanwhile.
        (false, true, Change, Meanwhile::Reserved),
        (false, false, Change, Meanwhile::New),
    ] {
        assert_eq!(Meanwhile::of(runs, is_reserved, occasion), meanwhile);
    }
}
