//! The JSON Schema and the parser agree.

use std::{collections::BTreeSet, fs, path::Path};

use raisfast_manifest::json_schema;
use serde_json::{Value, json};

/// Mistakes that only the parser sees, because no schema can say the rule.
const BEYOND_A_SCHEMA: [&str; 9] = [
    "cron-duplicate-job-type",
    "cron-expression",
    "cron-timezone",
    "grant-http",
    "interpreter-without-script",
    "long-line",
    "settings-bounds",
    "settings-defaults",
    "settings-twice",
];

fn folder(name: &str) -> Vec<(String, String)> {
    fs::read_dir(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(name),
    )
    .unwrap()
    .map(|file| {
        let path = file.unwrap().path();
        (
            path.file_stem().unwrap().to_str().unwrap().to_owned(),
            fs::read_to_string(&path).unwrap(),
        )
    })
    .collect()
}

#[test]
fn the_schema_is_one_of_draft_2020_12() {
    let schema = json_schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for (name, text) in folder("good") {
        let manifest: Value = toml::from_str(&text).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&manifest)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn the_schema_refuses_what_the_parser_refuses() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for (name, text) in folder("bad") {
        // Broken TOML never reaches a schema.
        let Ok(manifest) = toml::from_str::<Value>(&text) else {
            continue;
        };
        assert_eq!(
            validator.is_valid(&manifest),
            BEYOND_A_SCHEMA.contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn every_key_of_the_schema_is_described_and_shown_in_the_full_manifest() {
    let shown: Value = toml::from_str(include_str!("good/every-key.toml")).unwrap();
    let mut missing = BTreeSet::new();
    visit("", &json_schema(), &[&shown], &mut missing);
    missing.retain(|path| !path.starts_with("/hooks/"));
    assert_eq!(missing, BTreeSet::new());
}

/// Collects the keys that no value shows.
fn visit(path: &str, schema: &Value, shown: &[&Value], missing: &mut BTreeSet<String>) {
    if schema["type"] == "array" {
        let items: Vec<&Value> = shown
            .iter()
            .filter_map(|value| value.as_array())
            .flatten()
            .collect();
        return visit(path, &schema["items"], &items, missing);
    }
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        assert!(
            schema["description"]
                .as_str()
                .is_some_and(|text| text.len() > 10),
            "{path} has no description"
        );
        let values: Vec<&Value> = shown.iter().filter_map(|value| value.get(key)).collect();
        if values.is_empty() {
            missing.insert(path.clone());
        }
        visit(&path, schema, &values, missing);
    }
}

#[test]
fn the_schema_names_the_hooks_and_the_bounds() {
    let schema = json_schema();
    let hooks = &schema["properties"]["hooks"];
    assert_eq!(hooks["properties"].as_object().unwrap().len(), 17);
    assert_eq!(hooks["additionalProperties"], false);
    assert!(hooks["properties"]["on-content-created"]["properties"]["content_types"].is_object());
    assert!(hooks["properties"]["on-post-created"]["properties"]["content_types"].is_null());
    let priority = &hooks["properties"]["on-login"]["properties"]["priority"];
    assert_eq!(
        (&priority["default"], &priority["maximum"]),
        (&json!(100), &json!(1_000_000))
    );
    let size = &schema["properties"]["pool"]["properties"]["size"];
    assert_eq!(
        (&size["minimum"], &size["maximum"]),
        (&json!(1), &json!(64))
    );
    assert_eq!(
        schema["properties"]["plugin"]["required"],
        json!(["id", "name", "version"])
    );
}
