//! The state of a plugin, as the server's answer has it, and what its reader can do next.

use serde_json::Value;

/// Returns the state in a few words.
pub(super) fn in_words(plugin: &Value) -> String {
    let state = plugin["state"].as_str().unwrap_or("-");
    let paused = paused_hooks(plugin).count();
    let needs = plugin["needs_settings"].as_array().map_or(0, Vec::len);
    match (state, paused) {
        ("safe_mode", 0) => "not called (safe mode)".to_owned(),
        ("needs_settings", _) => match needs {
            1 => "needs 1 setting".to_owned(),
            needs => format!("needs {needs} settings"),
        },
        (state, 0) => state.to_owned(),
        (state, 1) => format!("{state}, paused in 1 hook"),
        (state, hooks) => format!("{state}, paused in {hooks} hooks"),
    }
}

/// Returns what to do about a plugin that needs somebody.
pub(super) fn next_step(plugin: &Value) -> Option<String> {
    let folder = plugin["folder"].as_str().unwrap_or("FOLDER");
    if let Some(wanted) = plugin["contested"]["plugin"].as_str() {
        return Some(format!(
            "give it another id, or let it have that one: `raisfast plugin adopt {wanted} {folder}`"
        ));
    }
    let Some(id) = plugin["id"].as_str() else {
        return Some(format!(
            "repair the folder `{folder}` in the server's directory of plugins; it is read again when it changes"
        ));
    };
    let paused = paused_hooks(plugin).next().is_some();
    let needs = plugin["needs_settings"].as_array().into_iter().flatten();
    let needs: Vec<_> = needs
        .filter_map(|setting| setting["key"].as_str())
        .collect();
    if let Some(first) = needs.first() {
        return Some(format!(
            "set {}: `raisfast plugin settings {id} {first}=VALUE`, and a secret from a file, `{first}=@FILE`",
            needs.join(", ")
        ));
    }
    match plugin["state"].as_str() {
        Some("failed" | "outdated") => Some(format!(
            "repair it, then `raisfast plugin install FOLDER`; `raisfast plugin reload {id}` tries the same files again"
        )),
        Some("safe_mode") => Some(format!(
            "remove it, or turn it off: `raisfast plugin disable {id}`; then start the server without `--safe-mode`"
        )),
        Some("disabled") => Some(format!("`raisfast plugin enable {id}` turns it on")),
        Some("compiling") => Some(format!(
            "wait: `raisfast plugin show {id}` says when it is ready"
        )),
        _ if paused => Some(format!(
            "`raisfast plugin logs {id} --level warn` says why it fails; when that is repaired, \
             `raisfast plugin reset {id}` ends the pause"
        )),
        _ if !plugin["last_error"].is_null() => Some(format!(
            "`raisfast plugin logs {id} --level error` shows its latest failures"
        )),
        _ => None,
    }
}

fn paused_hooks(plugin: &Value) -> impl Iterator<Item = &Value> {
    let hooks = plugin["hooks"].as_array().into_iter().flatten();
    hooks.filter(|hook| hook["breaker"]["state"] != "closed")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{in_words, next_step};

    fn plugin(state: &str, breakers: &[&str], more: Value) -> Value {
        let hooks: Vec<_> = breakers
            .iter()
            .map(|state| json!({ "breaker": { "state": state } }))
            .collect();
        let mut plugin = json!({
            "id": "com.example.x",
            "folder": "x",
            "state": state,
            "hooks": hooks,
            "last_error": null,
        });
        if let (Some(plugin), Value::Object(more)) = (plugin.as_object_mut(), more) {
            plugin.extend(more);
        }
        plugin
    }

    #[test]
    fn each_state_has_words_and_a_next_step_where_somebody_is_needed() {
        let nothing = || json!({});
        for (plugin, words, step) in [
            (plugin("running", &["closed"], nothing()), "running", None),
            (
                plugin("running", &["closed", "open"], nothing()),
                "running, paused in 1 hook",
                Some("plugin reset com.example.x"),
            ),
            (
                plugin("running", &["half-open", "open"], nothing()),
                "running, paused in 2 hooks",
                Some("plugin reset com.example.x"),
            ),
            (
                plugin("running", &["closed"], json!({ "last_error": "it broke" })),
                "running",
                Some("--level error"),
            ),
            (
                plugin("failed", &[], nothing()),
                "failed",
                Some("plugin install"),
            ),
            (
                plugin("outdated", &["closed"], nothing()),
                "outdated",
                Some("plugin reload com.example.x"),
            ),
            (
                plugin("disabled", &[], nothing()),
                "disabled",
                Some("plugin enable com.example.x"),
            ),
            (
                plugin("safe_mode", &[], nothing()),
                "not called (safe mode)",
                Some("plugin disable com.example.x"),
            ),
            (
                plugin("compiling", &[], nothing()),
                "compiling",
                Some("wait"),
            ),
            (
                plugin(
                    "needs_settings",
                    &[],
                    json!({ "needs_settings": [{ "key": "api_key" }, { "key": "tone" }] }),
                ),
                "needs 2 settings",
                Some("plugin settings com.example.x api_key="),
            ),
            (
                plugin(
                    "outdated",
                    &["closed"],
                    json!({ "needs_settings": [{ "key": "api_key" }] }),
                ),
                "outdated",
                Some("set api_key: "),
            ),
            (
                plugin("failed", &[], json!({ "id": null })),
                "failed",
                Some("the folder `x`"),
            ),
            (
                plugin(
                    "failed",
                    &[],
                    json!({ "id": null, "contested": { "plugin": "com.example.y" } }),
                ),
                "failed",
                Some("plugin adopt com.example.y x"),
            ),
        ] {
            assert_eq!(in_words(&plugin), words);
            let found = next_step(&plugin);
            match step {
                None => assert_eq!(found, None),
                Some(part) => assert!(
                    found.as_ref().is_some_and(|it| it.contains(part)),
                    "{found:?}"
                ),
            }
        }
    }
}
