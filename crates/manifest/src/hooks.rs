//! The `[hooks.<name>]` tables.

use std::collections::BTreeMap;

use raisfast_contract::{HookKind, HookName};
use serde_json::{Map, Value as Json, json};

use crate::{
    error::{Problem, Problems, quoted},
    manifest::HookEntry,
    shape::{Node, Shape},
    suggestion::{did_you_mean, listed, nearest},
    table::{Table, table_of},
};

/// Returns the names of the hooks that are about a content type.
fn content_hooks() -> impl Iterator<Item = &'static str> {
    let hooks = HookName::ALL.into_iter();
    hooks
        .filter(|hook| hook.has_content_type())
        .map(HookName::as_str)
}

/// A table of hooks by name.
pub(crate) struct HookEntries;

impl Shape for HookEntries {
    type Value = BTreeMap<HookName, HookEntry>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        let mut hooks = BTreeMap::new();
        for (name, value) in node.table(problems)? {
            let found = name.get_ref().as_ref();
            let Ok(hook) = found.parse::<HookName>() else {
                problems.report(Problem {
                    span: name.span(),
                    message: format!("unknown hook {}", quoted(found)),
                    expected: Some(listed(HookName::ALL.map(HookName::as_str), "or")),
                    help: nearest(found, HookName::ALL.map(HookName::as_str)).map(did_you_mean),
                });
                continue;
            };
            let types = value
                .get_ref()
                .as_table()
                .and_then(|table| table.get_key_value("content_types"));
            if let Some((key, _)) = types.filter(|_| !hook.has_content_type()) {
                problems.report(Problem {
                    span: key.span(),
                    message: format!(
                        "`content_types` has no meaning for `{hook}`, which is not about a content type"
                    ),
                    expected: Some(format!(
                        "`content_types` only in {}",
                        listed(content_hooks(), "or")
                    )),
                    help: Some("remove this line".to_owned()),
                });
            }
            if let Some(entry) = table_of().read(&node.child(found, name.span(), value), problems) {
                hooks.insert(hook, entry);
            }
        }
        Some(hooks)
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(BTreeMap::new())
    }

    fn expected(&self) -> String {
        "a table of hooks".to_owned()
    }

    fn schema(&self) -> Json {
        let properties: Map<String, Json> = HookName::ALL
            .into_iter()
            .map(|hook| {
                let mut schema = HookEntry::schema();
                schema["description"] = json!(match hook.kind() {
                    HookKind::Filter => "Filter: runs before the change and may replace the value.",
                    HookKind::Render => "Render: makes or changes HTML while a page is read.",
                    HookKind::Action => "Action: is notified of what has happened.",
                });
                if !hook.has_content_type()
                    && let Some(properties) = schema["properties"].as_object_mut()
                {
                    properties.remove("content_types");
                }
                (hook.to_string(), schema)
            })
            .collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}
