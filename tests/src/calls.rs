//! Host functions, called from outside: the guest `all-functions` as a plugin, content as its
//! scripts.

use serde_json::{Value, json};

use crate::{Answer, Manifest, Settings, TestServer, guest};

impl Settings {
    /// With the guest `all-functions` as the plugin of this id, and more TOML in its manifest. A
    /// call that fails refuses the request, so that a test sees it.
    #[must_use]
    pub fn caller(self, id: &str, toml: &str) -> Self {
        let hook = format!(
            "[hooks.on-content-creating]\non_error = \"abort\"\ncontent_types = [\"{}\"]",
            content_type(id)
        );
        let manifest = Manifest::new(id, &[]).with(&hook).with(toml);
        self.plugin(id, guest("all-functions"), manifest.text())
    }
}

impl TestServer {
    /// Calls one host function in a [`Settings::caller`]; `none` and no answer are null.
    pub async fn call(&self, plugin: &str, function: &str, args: Value) -> Value {
        let mut results = self.calls(plugin, &[(function, args)]).await;
        results.pop().expect("one call, one result")
    }

    /// Calls host functions one after the other, in one hook call.
    pub async fn calls(&self, plugin: &str, calls: &[(&str, Value)]) -> Vec<Value> {
        let answer = self.script(plugin, &script(calls)).await.expect(201);
        let results = answer["data"]["results"].as_array();
        let results = results.unwrap_or_else(|| panic!("{plugin} has not run: {answer}"));
        assert_eq!(results.len(), calls.len());
        results.clone()
    }

    /// Runs a script of the guest's own form, for calls that do not return.
    pub async fn script(&self, plugin: &str, script: &Value) -> Answer {
        let path = format!("/api/v1/content/{}", content_type(plugin));
        self.admin.post(&path, script).await
    }

    /// A plugin's log as an admin sees it, the oldest record first.
    pub async fn records(&self, plugin: &str) -> Vec<Value> {
        let path = format!("/api/v1/admin/plugins/{plugin}/logs");
        let answer = self.admin.get(&path).await.expect(200);
        answer["items"].as_array().expect("records").clone()
    }

    /// The record of a plugin's log whose message contains a text, which is there already.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn record(&self, plugin: &str, text: &str) -> Value {
        let records = self.records(plugin).await;
        let found = records
            .iter()
            .find(|record| record["message"].as_str().is_some_and(|m| m.contains(text)));
        found
            .unwrap_or_else(|| panic!("no record says {text:?}: {records:#?}"))
            .clone()
    }
}

/// A script that calls these functions, to which a test may add how the call ends.
pub fn script(calls: &[(&str, Value)]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(function, args)| json!({"function": function, "args": args}))
        .collect();
    json!({ "calls": calls })
}

/// The JSON in an answer that is text.
///
/// # Panics
///
/// When it is not text, or the text is not JSON.
#[track_caller]
pub fn parsed(text: &Value) -> Value {
    let text = text.as_str().expect("an answer that is text");
    serde_json::from_str(text).expect("an answer that is JSON")
}

/// The fields of a post that the contract's `post-output` has, of an answer that has more.
///
/// # Panics
///
/// When it is not an object.
#[track_caller]
pub fn post_output(mut post: Value) -> Value {
    let fields = post.as_object_mut().expect("a post");
    for of_the_api_alone in ["tag_ids", "cover_image"] {
        fields.shift_remove(of_the_api_alone);
    }
    post
}

/// The type of content that the scripts of a [`Settings::caller`] are in: each plugin has one of
/// its own.
pub fn content_type(plugin: &str) -> String {
    format!("call-{}", plugin.replace('.', "-"))
}
