//! A manifest that anybody wrote.

use std::{path::Component, sync::LazyLock};

use jsonschema::Validator;
use raisfast_manifest::{Manifest, ManifestErrors, json_schema};

/// Checks that accepted input obeys the schema and names nothing outside of its folder, and that a
/// refusal shows the place in few words.
pub(crate) fn manifest(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match Manifest::parse("manifest.toml", text) {
        Ok(manifest) => {
            accepted(text, &manifest);
            let again = Manifest::parse("manifest.toml", text).expect("it was accepted before");
            assert_eq!(again, manifest, "the same text is the same manifest");
        }
        Err(errors) => refused(text, &errors),
    }
}

fn accepted(text: &str, manifest: &Manifest) {
    static SCHEMA: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::validator_for(&json_schema()).expect("the schema is one"));

    let entry: &std::path::Path = manifest.plugin.entry.as_ref();
    assert!(
        entry
            .components()
            .all(|part| matches!(part, Component::Normal(_))),
        "the entry {} leads out of the folder",
        entry.display()
    );
    let id = manifest.plugin.id.as_str();
    assert!(!id.contains(['/', '\\', '\0']) && id.contains('.'), "{id}");
    let value: toml::Value = toml::from_str(text).expect("a manifest is TOML");
    let value = serde_json::to_value(value).expect("TOML is JSON, but for its times");
    let errors: Vec<String> = SCHEMA
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "the schema refuses it: {errors:?}");
}

fn refused(text: &str, errors: &ManifestErrors) {
    assert!(!errors.errors().is_empty(), "a refusal has a reason");
    let lines = text.lines().count() + 1;
    for error in errors.errors() {
        assert!(
            (1..=lines).contains(&error.line),
            "line {} of {lines}",
            error.line
        );
        assert!(error.column >= 1);
        assert!(!error.message.is_empty());
        let shown = error.to_string();
        assert!(shown.len() <= 8 << 10, "an error of {} bytes", shown.len());
        assert!(
            !shown.contains(|c: char| c.is_control() && c != '\n'),
            "a control character reaches the terminal: {shown:?}"
        );
    }
}
