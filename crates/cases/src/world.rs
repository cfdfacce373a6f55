//! The surroundings of the plugin when a case begins.

use std::{collections::BTreeMap, num::NonZeroUsize};

use raisfast_contract::PostOutput;
use raisfast_testkit::{HttpResponse, Sandbox};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::invocation;

/// A world; the default is an empty one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct World {
    /// The plugin's own settings, in place of the manifest's defaults. Numbers and booleans stand
    /// for their text, as in the manifest.
    #[serde(deserialize_with = "settings")]
    config: BTreeMap<String, String>,
    /// The server's settings.
    server_config: BTreeMap<String, String>,
    /// The plugin's key-value store.
    data: BTreeMap<String, String>,
    /// The plugin's files: path and text.
    files: BTreeMap<String, String>,
    #[serde(deserialize_with = "posts")]
    posts: Vec<PostOutput>,
    /// Recorded answers.
    http: Vec<Answer>,
}

/// The answer to requests for one URL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    url: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

fn ok() -> u16 {
    200
}

fn settings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let settings = written.into_iter().map(|(key, value)| match value {
        Value::String(text) => Ok((key, text)),
        Value::Number(_) | Value::Bool(_) => Ok((key, value.to_string())),
        _ => Err(D::Error::custom(format!(
            "the setting `{key}` is a string, a number or a boolean"
        ))),
    });
    settings.collect()
}

fn posts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PostOutput>, D::Error> {
    let written = Vec::<Value>::deserialize(deserializer)?;
    written
        .into_iter()
        .map(|post| {
            let post = invocation::record::<PostOutput>(post).map_err(D::Error::custom)?;
            Ok((*post).clone())
        })
        .collect()
}

impl World {
    /// The sandbox in which a case runs. It has one instance, so that a step sees what the one
    /// before has left in the plugin's memory.
    pub(crate) fn sandbox(&self) -> Sandbox {
        let mut sandbox = Sandbox::new().with_instances(NonZeroUsize::MIN);
        for (key, value) in &self.config {
            sandbox = sandbox.with_config(key, value);
        }
        for (key, value) in &self.server_config {
            sandbox = sandbox.with_server_config(key, value);
        }
        for (key, value) in &self.data {
            sandbox = sandbox.with_data(key, value);
        }
        for (path, text) in &self.files {
            sandbox = sandbox.with_file(path, text);
        }
        for post in &self.posts {
            sandbox = sandbox.with_post(post.clone());
        }
        for answer in &self.http {
            let response = HttpResponse {
                status: answer.status,
                headers: answer.headers.clone().into_iter().collect(),
                body: answer.body.clone().into_bytes(),
            };
            sandbox = sandbox.with_http_response(&answer.url, response);
        }
        sandbox
    }
}
