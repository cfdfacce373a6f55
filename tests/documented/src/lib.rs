//! The server's answers, held to its OpenAPI document.
//!
//! An exchange fits if the route, the status, the media type and each member of the JSON are in the
//! document, and so is what was sent, if the server has taken it. Members that the document does
//! not have are errors here, although clients have to bear them. Each error names the file and line
//! to change.

mod place;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::Validator;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

pub use self::place::missing_route;
use self::place::{place_of_route, place_of_schema};

/// One request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path. A query behind it does not count.
    pub path: &'a str,
    /// The body of the request; none where it is a stream.
    pub sent: Option<&'a [u8]>,
    /// The status of the answer.
    pub status: u16,
    /// The media type of the answer, where it has one.
    pub media_type: Option<&'a str>,
    /// The body of the answer; none where it is a stream.
    pub body: Option<&'a [u8]>,
}

/// The document, and what has been made of it.
pub struct Document {
    /// The document itself.
    pub json: Value,
    /// The schemas, each of which takes the members that it names and no others.
    closed: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Panics
    ///
    /// When it is not one.
    pub fn new(json: Value) -> Self {
        let mut schemas = json["components"]["schemas"].clone();
        for schema in schemas.as_object_mut().expect("schemas").values_mut() {
            close(schema);
        }
        Self {
            closed: json!({ "schemas": schemas }),
            json,
            validators: Mutex::default(),
        }
    }

    /// The operations, each with its method and path.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn operations(&self) -> impl Iterator<Item = (String, &str, &Value)> {
        let paths = self.json["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods
                .iter()
                .map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        })
    }

    /// The operation that serves a request. A segment that is named wins over one that is not.
    pub fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        let serving = self.operations().filter(|(of, template, _)| {
            let template: Vec<&str> = template.split('/').collect();
            of == method
                && template.len() == segments.len()
                && template.iter().zip(&segments).all(|(name, segment)| {
                    name == segment || (name.starts_with('{') && !segment.is_empty())
                })
        });
        serving
            .min_by_key(|(_, template, _)| template.matches('{').count())
            .map(|(_, template, operation)| (template, operation))
    }

    /// Returns where the document and the exchange differ.
    pub fn check(&self, exchange: &Exchange) -> Result<(), String> {
        let &Exchange {
            method,
            path,
            status,
            media_type,
            ..
        } = exchange;
        let about = format!("{method} {path} -> {status}");
        // The console's page is not a part of the API.
        if path == "/admin" || path.starts_with("/admin/") {
            return Ok(());
        }
        let Some((template, operation)) = self.operation(method, path) else {
            return if status >= 400 {
                self.check_body(&about, "Problem", exchange.body)
            } else {
                Err(format!("{about}: {}", missing_route(method, path)))
            };
        };
        let place = place_of_route(operation);
        let Some(answer) = answer(&operation["responses"], exchange) else {
            return Err(format!(
                "{about}: `{method} {template}` has no status {status}: \
                 add it to `.refuses(…)` or `.returns(…)` at {place}"
            ));
        };
        let content = self.resolved(answer).get("content");
        let Some(content) = content.and_then(Value::as_object) else {
            return match exchange.body {
                Some([]) => Ok(()),
                _ => Err(format!("{about}: there is a body, and none at {place}")),
            };
        };
        let essence = media_type.and_then(|found| found.split(';').next());
        let Some(content) = essence.and_then(|essence| content.get(essence)) else {
            return Err(format!(
                "{about}: is {media_type:?}, unlike {content:?} at {place}"
            ));
        };
        if let Some(schema) = schema_name(content) {
            self.check_body(&about, schema, exchange.body)?;
        }
        let taken = operation["requestBody"]["content"].get("application/json");
        match taken.and_then(schema_name) {
            Some(schema) if status < 400 => {
                self.check_body(&format!("the body of {about}"), schema, exchange.sent)
            }
            _ => Ok(()),
        }
    }

    /// The response itself, where this is a reference to one.
    fn resolved<'a>(&'a self, answer: &'a Value) -> &'a Value {
        let reference = answer["$ref"].as_str();
        let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
        pointer.map_or(answer, |pointer| {
            self.json.pointer(pointer).unwrap_or(&Value::Null)
        })
    }

    fn check_body(&self, about: &str, schema: &str, body: Option<&[u8]>) -> Result<(), String> {
        let Some(body) = body else {
            return Ok(());
        };
        let json: Value = match serde_json::from_slice(body) {
            Ok(json) => json,
            // Typed content may have numbers that are larger than any that we could hold.
            Err(_) if serde_json::from_slice::<IgnoredAny>(body).is_ok() => return Ok(()),
            Err(error) => return Err(format!("{about}: the body is not JSON: {error}")),
        };
        let validator = self.validator(schema);
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("\n  {:?}: {error}", error.instance_path().as_str()))
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{about}: is not a `{schema}` as it stands at {}:{}\n{json:#}",
            place_of_schema(schema),
            errors.concat()
        ))
    }

    fn validator(&self, name: &str) -> Arc<Validator> {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            let schema = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$ref": format!("#/components/schemas/{name}"),
                "components": self.closed,
            });
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&schema).expect("a schema"))
        });
        Arc::clone(validator)
    }
}

/// The answer of this status; for a plugin's refusal, which has the status of its choice, that of
/// its hundred.
fn answer<'a>(responses: &'a Value, exchange: &Exchange) -> Option<&'a Value> {
    let status = exchange.status;
    let by_plugin = || {
        let problem: Value = serde_json::from_slice(exchange.body?).ok()?;
        let is_refusal = problem["type"] == "urn:raisfast:refused-by-plugin";
        is_refusal.then(|| responses.get(format!("{}XX", status / 100)))?
    };
    responses.get(status.to_string()).or_else(by_plugin)
}

/// Lets a schema, and each of its alternatives, take the members that it names and no others.
fn close(schema: &mut Value) {
    let schema = schema.as_object_mut().expect("a schema");
    if schema.contains_key("properties") {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    let alternatives = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    alternatives.into_iter().flatten().for_each(close);
}

/// The name of the schema that a body refers to.
fn schema_name(content: &Value) -> Option<&str> {
    let reference = content["schema"]["$ref"].as_str()?;
    reference.strip_prefix("#/components/schemas/")
}
