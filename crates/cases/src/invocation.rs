//! One call of a hook, with its values: read from data, checked once, made as often as wanted.

use std::{sync::Arc, time::Duration};

use raisfast_contract::{
    CommentInput, ContentEvent, Hook, HookName, PostInput, PostOutput, for_each_hook,
    hook::{self, Action, Filter},
};
use raisfast_runtime::{GuestHook, Plugin};
use raisfast_testkit::{CallError, Delivery, FilterRules, SandboxedPlugin};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The way in which a filter's answer is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answers {
    /// As a server takes it, which refuses what breaks its rules.
    AsTaken,
    /// As it came, for what only concerns the contract.
    AsGiven,
}

/// Makes, from the table of hooks, a call as data, its reader and its caller.
macro_rules! invocations {
    ($(in $interface:literal {
        $($kind:ident $marker:ident $name:literal {
            ($($param:ident: $type:ty),*) $($more:tt)*
        })*
    })*) => {
        /// A hook with its parameters.
        #[derive(Debug, Clone)]
        pub(crate) enum Invocation {
            $($($marker(<hook::$marker as Hook>::Params),)*)*
        }

        impl Invocation {
            /// Reads a hook's input. What a record leaves out is absent, empty or 0.
            pub(crate) fn read(hook: HookName, input: Option<Value>) -> Result<Self, String> {
                match hook {
                    $($(HookName::$marker => {
                        let mut input = Input::of(hook, input, &[$(stringify!($param)),*])?;
                        Ok(Self::$marker(($(input.take(stringify!($param))?,)*)))
                    })*)*
                }
            }

            /// Makes the call. The answer is none where the plugin keeps the value, and of an
            /// action.
            pub(crate) async fn call(
                &self,
                plugin: &SandboxedPlugin,
                delivery: Option<&Delivery>,
                answers: Answers,
            ) -> Result<Option<Value>, CallError> {
                match self {
                    $($(Self::$marker(params) => {
                        call!($kind $marker (params.clone()) plugin delivery answers)
                    })*)*
                }
            }
        }

        impl Invocation {
            /// Makes the call of a plugin that is not in a sandbox of its own, and returns the
            /// output as it came.
            pub(crate) async fn call_as_it_is(
                &self,
                plugin: &Plugin,
                delivery: Option<&Delivery>,
                limit: Duration,
            ) -> Result<Value, raisfast_runtime::CallError> {
                match self {
                    $($(Self::$marker(params) => {
                        let call = plugin.call::<hook::$marker>(params.clone(), delivery, limit);
                        let output = call.output().await?;
                        Ok(serde_json::to_value(output).expect("records are JSON"))
                    })*)*
                }
            }
        }

        /// Returns an answer as it is compared: of a record with every field, absent ones too.
        /// There is none for hooks without an answer.
        pub(crate) fn answer(hook: HookName, written: Value) -> Result<Value, String> {
            match hook {
                $($(HookName::$marker => answer!($kind $marker written),)*)*
            }
        }
    };
}

/// Calls a hook in the way of its kind.
macro_rules! call {
    (filter $marker:ident ($params:expr) $plugin:ident $delivery:ident $answers:ident) => {
        filter::<hook::$marker>($plugin, $params, $answers).await
    };
    (render $marker:ident $($rest:tt)*) => {
        call!(filter $marker $($rest)*)
    };
    (action $marker:ident ($params:expr) $plugin:ident $delivery:ident $answers:ident) => {
        action::<hook::$marker>($plugin, $params, $delivery).await
    };
    (notice $marker:ident ($params:expr) $plugin:ident $delivery:ident $answers:ident) => {
        $plugin.call::<hook::$marker>($params).await.map(|()| None)
    };
}

/// Completes an answer of a hook of this kind.
macro_rules! answer {
    (filter $marker:ident $written:ident) => {
        whole(&*<<hook::$marker as Filter>::Value as Written>::read($written)?)
    };
    (render $marker:ident $written:ident) => {
        answer!(filter $marker $written)
    };
    ($other:ident $marker:ident $written:ident) => {
        Err(format!("{} is an action, which has no answer", HookName::$marker))
    };
}

for_each_hook!(invocations);

async fn filter<H>(
    plugin: &SandboxedPlugin,
    (value,): H::Params,
    answers: Answers,
) -> Result<Option<Value>, CallError>
where
    H: FilterRules + GuestHook,
    H::Answer: Serialize,
{
    let answer = match answers {
        Answers::AsTaken => plugin.filter::<H>(value).await?,
        Answers::AsGiven => plugin.call::<H>((value,)).await?,
    };
    Ok(answer.map(|answer| serde_json::to_value(answer).expect("records are JSON")))
}

async fn action<H: Action + GuestHook>(
    plugin: &SandboxedPlugin,
    parameters: <H as Hook>::Params,
    delivery: Option<&Delivery>,
) -> Result<Option<Value>, CallError> {
    match delivery {
        Some(delivery) => plugin.deliver::<H>(parameters, delivery).await?,
        None => plugin.call::<H>(parameters).await?,
    }
    Ok(None)
}

/// The written form of a hook's parameters: the value itself where there is one parameter, a table
/// of them by name where there are several.
enum Input {
    One(HookName, Option<Value>),
    Several(Value),
}

impl Input {
    fn of(hook: HookName, written: Option<Value>, params: &[&str]) -> Result<Self, String> {
        if let [_] = params {
            return Ok(Self::One(hook, written));
        }
        let written = written.ok_or_else(|| missing(hook))?;
        let absent = params.iter().map(|name| (*name, Value::Null));
        Ok(Self::Several(fields(written, &absent.collect())?))
    }

    /// Takes the parameter of this name.
    fn take<P: Written + ?Sized>(&mut self, name: &str) -> Result<Arc<P>, String> {
        match self {
            Self::One(hook, written) => match written.take() {
                Some(written) => P::read(written),
                None => P::absent().ok_or_else(|| missing(*hook)),
            },
            Self::Several(written) => match written[name].take() {
                Value::Null => P::absent().ok_or_else(|| format!("`{name}` is missing")),
                written => P::read(written).map_err(|reason| format!("`{name}`: {reason}")),
            },
        }
    }
}

fn missing(hook: HookName) -> String {
    format!("{hook} needs an `input`")
}

/// A value of the contract, as it is written in a case.
trait Written {
    fn read(written: Value) -> Result<Arc<Self>, String>;

    /// Returns the value that stands for one that was left out, if it can be.
    fn absent() -> Option<Arc<Self>> {
        None
    }
}

impl Written for str {
    fn read(written: Value) -> Result<Arc<Self>, String> {
        match written {
            Value::String(text) => Ok(text.into()),
            other => Err(format!("a text is expected here, not {other}")),
        }
    }
}

impl Written for Option<String> {
    fn read(written: Value) -> Result<Arc<Self>, String> {
        Ok(Arc::new(Some((*str::read(written)?).to_owned())))
    }

    fn absent() -> Option<Arc<Self>> {
        Some(Arc::new(None))
    }
}

macro_rules! records {
    ($($record:ty)*) => {$(
        impl Written for $record {
            fn read(written: Value) -> Result<Arc<Self>, String> {
                record(written)
            }
        }
    )*};
}

records!(PostInput PostOutput CommentInput ContentEvent);

/// Reads a record; what is left out is what its default has.
pub(crate) fn record<R>(written: Value) -> Result<Arc<R>, String>
where
    R: Default + Serialize + DeserializeOwned,
{
    let complete = fields(written, &whole(&R::default())?)?;
    serde_json::from_value(complete)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

/// Returns an object with the fields of `defaults`, and no others.
fn fields(written: Value, defaults: &Value) -> Result<Value, String> {
    let (Value::Object(written), Value::Object(defaults)) = (written, defaults) else {
        return Err("a table is expected here".into());
    };
    let mut complete = defaults.clone();
    for (name, value) in written {
        if !defaults.contains_key(&name) {
            let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
            return Err(format!(
                "there is no field `{name}`; there are {}",
                known.join(", ")
            ));
        }
        complete.insert(name, value);
    }
    Ok(Value::Object(complete))
}

fn whole<R: Serialize + ?Sized>(record: &R) -> Result<Value, String> {
    serde_json::to_value(record).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;
    use serde_json::{Value, json};

    use super::{Invocation, answer};

    #[test]
    fn every_hook_can_be_read() {
        for hook in HookName::ALL {
            let input = match hook {
                HookName::OnContentDeleted | HookName::OnContentViewed => {
                    json!({"content_type": "product", "id": "7"})
                }
                HookName::RenderMarkdown
                | HookName::FilterHtml
                | HookName::OnPostDeleted
                | HookName::OnLogin
                | HookName::OnCronTick => json!("text"),
                _ => json!({}),
            };
            Invocation::read(hook, Some(input)).unwrap();
        }
    }

    #[test]
    fn a_field_that_is_none_is_named_with_those_that_are() {
        let error = Invocation::read(HookName::OnPostCreating, Some(json!({"titel": "A"})));
        let error = error.unwrap_err();
        assert!(error.contains("no field `titel`"), "{error}");
        assert!(error.contains("title, content, slug"), "{error}");
        let error = Invocation::read(HookName::OnContentDeleted, Some(json!({"ids": "7"})));
        assert!(error.unwrap_err().contains("content_type, id"));
    }

    #[test]
    fn a_hook_with_several_parameters_takes_each_by_its_name() {
        let read = |input| Invocation::read(HookName::OnContentDeleted, Some(input));
        read(json!({"content_type": "product", "id": "7"})).unwrap();
        let error = read(json!({"content_type": "product"})).unwrap_err();
        assert_eq!(error, "`id` is missing");
        let error = read(json!({"content_type": "product", "id": 7})).unwrap_err();
        assert_eq!(error, "`id`: a text is expected here, not 7");
    }

    #[test]
    fn values_of_another_kind_are_refused() {
        let record = Invocation::read(HookName::OnPostCreating, Some(json!("text")));
        assert!(record.unwrap_err().contains("a table is expected"));
        let text = Invocation::read(HookName::FilterHtml, Some(json!({"html": ""})));
        assert!(text.unwrap_err().contains("a text is expected"));
        let number = Invocation::read(HookName::OnPostCreated, Some(json!({"view_count": "1"})));
        assert!(number.unwrap_err().contains("i64"));
        assert!(Invocation::read(HookName::OnLogin, None).is_err());
    }

    #[test]
    fn an_answer_has_every_field_and_actions_have_none() {
        let comment = answer(HookName::OnCommentCreating, json!({"content": "A"})).unwrap();
        assert_eq!(comment["nickname"], Value::Null);
        assert_eq!(comment["content"], "A");
        let error = answer(HookName::OnLogin, json!("")).unwrap_err();
        assert_eq!(error, "on-login is an action, which has no answer");
    }
}
