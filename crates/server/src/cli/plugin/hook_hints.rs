//! The hints of `check` and `build` about hooks: those that are written and those that the manifest
//! names are not always the same.

use std::collections::BTreeSet;

use raisfast_contract::{HookKind, HookName};
use raisfast_plugins::{Manifest, OnError};

pub(super) fn print(
    manifest: &Manifest,
    written_in_vain: &BTreeSet<HookName>,
    left_to_defaults: &BTreeSet<HookName>,
) {
    for hint in hints(manifest, written_in_vain, left_to_defaults) {
        say!("\nhint: {hint}");
    }
}

fn hints(
    manifest: &Manifest,
    written_in_vain: &BTreeSet<HookName>,
    left_to_defaults: &BTreeSet<HookName>,
) -> Vec<String> {
    let mut hints = Vec::new();
    for hook in written_in_vain {
        hints.push(match hook {
            HookName::OnCronTick => {
                "on-cron-tick is written and never called: manifest.toml has no [[cron]] entry"
                    .to_owned()
            }
            hook => {
                format!("{hook} is written and never called: write in manifest.toml [hooks.{hook}]")
            }
        });
    }
    for hook in left_to_defaults {
        let named = match hook {
            HookName::OnCronTick => "[[cron]]".to_owned(),
            hook => format!("[hooks.{hook}]"),
        };
        let method = hook.as_str().replace('-', "_");
        hints.push(format!(
            "manifest.toml has {named}, and the code has no `fn {method}`: the SDK's default is called, which does nothing"
        ));
    }
    for (hook, entry) in manifest.subscriptions() {
        let refuses_nothing = hook.kind() == HookKind::Action || hook == HookName::RenderMarkdown;
        if entry.on_error == OnError::Abort && refuses_nothing {
            hints.push(format!(
                "`on_error = \"abort\"` of [hooks.{hook}] has no effect: {}",
                if hook.kind() == HookKind::Action {
                    "an action runs after its change, and nothing is left to refuse"
                } else {
                    "a page is rendered by the next plugin, or by the server"
                }
            ));
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;
    use raisfast_plugins::Manifest;

    use super::hints;

    fn manifest(hooks: &str) -> Manifest {
        let plugin = "[plugin]\nid = 'com.example.x'\nname = 'X'\nversion = '1.0.0'\n";
        Manifest::parse("manifest.toml", &format!("{plugin}{hooks}")).unwrap()
    }

    #[test]
    fn hooks_that_fit_are_not_spoken_of() {
        let manifest =
            manifest("[hooks.on-post-creating]\non_error = 'abort'\n[hooks.filter-html]");
        assert_eq!(hints(&manifest, &[].into(), &[].into()), [""; 0]);
    }

    #[test]
    fn each_of_the_three_is_said_with_what_to_write() {
        let manifest = manifest(
            "[hooks.on-post-created]\non_error = 'abort'\n[hooks.render-markdown]\non_error = 'abort'",
        );
        let said = hints(
            &manifest,
            &[HookName::OnLogin, HookName::OnCronTick].into(),
            &[HookName::OnPostCreated].into(),
        );
        for part in [
            "on-login is written and never called: write in manifest.toml [hooks.on-login]",
            "on-cron-tick is written and never called: manifest.toml has no [[cron]] entry",
            "has [hooks.on-post-created], and the code has no `fn on_post_created`",
            "`on_error = \"abort\"` of [hooks.on-post-created] has no effect",
            "`on_error = \"abort\"` of [hooks.render-markdown] has no effect",
        ] {
            assert_eq!(
                said.iter().filter(|hint| hint.contains(part)).count(),
                1,
                "{said:?}"
            );
        }
        assert_eq!(said.len(), 5);
    }
}
