//! One call of a hook, with its values: read from data, checked once, made as often as wanted.

use std::sync::Arc;

use raisfast_contract::{
    CommentInput, ContentEvent, Hook, HookName, PostInput, PostOutput,
    hook::{
        Action, FilterHtml, OnCommentCreated, OnCommentCreating, OnContentCreated,
        OnContentCreating, OnContentDeleted, OnContentUpdated, OnContentUpdating, OnCronTick,
        OnLogin, OnPostCreated, OnPostCreating, OnPostDeleted, OnPostUpdated, OnPostUpdating,
        RenderMarkdown,
    },
};
use raisfast_runtime::GuestHook;
use raisfast_testkit::{CallError, Delivery, FilterRules, SandboxedPlugin};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// How a filter's answer is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answers {
    /// As a server takes it, which refuses what breaks its rules.
    AsTaken,
    /// As it came, for what only concerns the contract.
    AsGiven,
}

/// A hook with its parameters.
#[derive(Debug, Clone)]
pub(crate) enum Invocation {
    OnPostCreating(Arc<PostInput>),
    OnPostUpdating(Arc<PostInput>),
    OnCommentCreating(Arc<CommentInput>),
    OnContentCreating(Arc<ContentEvent>),
    OnContentUpdating(Arc<ContentEvent>),
    RenderMarkdown(Arc<str>),
    FilterHtml(Arc<str>),
    OnPostCreated(Arc<PostOutput>),
    OnPostUpdated(Arc<PostOutput>),
    OnPostDeleted(Arc<str>),
    OnCommentCreated(Arc<CommentInput>),
    OnContentCreated(Arc<ContentEvent>),
    OnContentUpdated(Arc<ContentEvent>),
    OnContentDeleted {
        content_type: Arc<str>,
        id: Arc<str>,
    },
    OnLogin(Arc<str>),
    OnCronTick(Arc<Option<String>>),
}

impl Invocation {
    /// Reads a hook's input. What a record leaves out is absent, empty or 0.
    pub(crate) fn read(hook: HookName, input: Option<Value>) -> Result<Self, String> {
        if hook == HookName::OnCronTick {
            let payload = input.map(text).transpose()?.map(|text| (*text).to_owned());
            return Ok(Self::OnCronTick(Arc::new(payload)));
        }
        let input = input.ok_or_else(|| format!("{hook} needs an `input`"))?;
        Ok(match hook {
            HookName::OnPostCreating => Self::OnPostCreating(record(input)?),
            HookName::OnPostUpdating => Self::OnPostUpdating(record(input)?),
            HookName::OnCommentCreating => Self::OnCommentCreating(record(input)?),
            HookName::OnContentCreating => Self::OnContentCreating(record(input)?),
            HookName::OnContentUpdating => Self::OnContentUpdating(record(input)?),
            HookName::RenderMarkdown => Self::RenderMarkdown(text(input)?),
            HookName::FilterHtml => Self::FilterHtml(text(input)?),
            HookName::OnPostCreated => Self::OnPostCreated(record(input)?),
            HookName::OnPostUpdated => Self::OnPostUpdated(record(input)?),
            HookName::OnPostDeleted => Self::OnPostDeleted(text(input)?),
            HookName::OnCommentCreated => Self::OnCommentCreated(record(input)?),
            HookName::OnContentCreated => Self::OnContentCreated(record(input)?),
            HookName::OnContentUpdated => Self::OnContentUpdated(record(input)?),
            HookName::OnContentDeleted => {
                let names = fields(input, &Value::from_iter([("content_type", ""), ("id", "")]))?;
                let of = |name: &str| names.get(name).and_then(Value::as_str);
                let (Some(content_type), Some(id)) = (of("content_type"), of("id")) else {
                    return Err("`content_type` and `id` are texts".into());
                };
                Self::OnContentDeleted {
                    content_type: content_type.into(),
                    id: id.into(),
                }
            }
            HookName::OnLogin => Self::OnLogin(text(input)?),
            HookName::OnCronTick => Self::OnCronTick(Arc::new(None)),
        })
    }

    /// Makes the call. The answer is none where the plugin keeps the value, and of an action.
    pub(crate) async fn call(
        &self,
        plugin: &SandboxedPlugin,
        delivery: Option<&Delivery>,
        answers: Answers,
    ) -> Result<Option<Value>, CallError> {
        match self {
            Self::OnPostCreating(post) => filter::<OnPostCreating>(plugin, post, answers).await,
            Self::OnPostUpdating(post) => filter::<OnPostUpdating>(plugin, post, answers).await,
            Self::OnCommentCreating(comment) => {
                filter::<OnCommentCreating>(plugin, comment, answers).await
            }
            Self::OnContentCreating(event) => {
                filter::<OnContentCreating>(plugin, event, answers).await
            }
            Self::OnContentUpdating(event) => {
                filter::<OnContentUpdating>(plugin, event, answers).await
            }
            Self::RenderMarkdown(text) => filter::<RenderMarkdown>(plugin, text, answers).await,
            Self::FilterHtml(text) => filter::<FilterHtml>(plugin, text, answers).await,
            Self::OnPostCreated(post) => {
                action::<OnPostCreated>(plugin, (post.clone(),), delivery).await
            }
            Self::OnPostUpdated(post) => {
                action::<OnPostUpdated>(plugin, (post.clone(),), delivery).await
            }
            Self::OnPostDeleted(id) => {
                action::<OnPostDeleted>(plugin, (id.clone(),), delivery).await
            }
            Self::OnCommentCreated(comment) => {
                action::<OnCommentCreated>(plugin, (comment.clone(),), delivery).await
            }
            Self::OnContentCreated(event) => {
                action::<OnContentCreated>(plugin, (event.clone(),), delivery).await
            }
            Self::OnContentUpdated(event) => {
                action::<OnContentUpdated>(plugin, (event.clone(),), delivery).await
            }
            Self::OnContentDeleted { content_type, id } => {
                let parameters = (content_type.clone(), id.clone());
                action::<OnContentDeleted>(plugin, parameters, delivery).await
            }
            Self::OnLogin(user) => action::<OnLogin>(plugin, (user.clone(),), delivery).await,
            Self::OnCronTick(payload) => {
                plugin.call::<OnCronTick>((payload.clone(),)).await?;
                Ok(None)
            }
        }
    }
}

/// An answer as it is compared: of a record with every field, absent ones too. None for hooks without answer.
pub(crate) fn answer(hook: HookName, written: Value) -> Result<Value, String> {
    match hook {
        HookName::OnPostCreating | HookName::OnPostUpdating => {
            whole(&*record::<PostInput>(written)?)
        }
        HookName::OnCommentCreating => whole(&*record::<CommentInput>(written)?),
        HookName::OnContentCreating | HookName::OnContentUpdating => {
            whole(&*record::<ContentEvent>(written)?)
        }
        HookName::RenderMarkdown | HookName::FilterHtml => Ok((&*text(written)?).into()),
        _ => Err(format!("{hook} is an action, and answers nothing")),
    }
}

async fn filter<H>(
    plugin: &SandboxedPlugin,
    value: &Arc<H::Value>,
    answers: Answers,
) -> Result<Option<Value>, CallError>
where
    H: FilterRules + GuestHook,
    H::Answer: Serialize,
{
    let value = Arc::clone(value);
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

/// A record; what is left out is what its default has.
pub(crate) fn record<R>(written: Value) -> Result<Arc<R>, String>
where
    R: Default + Serialize + DeserializeOwned,
{
    let complete = fields(written, &whole(&R::default())?)?;
    serde_json::from_value(complete)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

/// An object with the fields of `defaults`, and no others.
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

fn whole(record: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(record).map_err(|error| error.to_string())
}

fn text(written: Value) -> Result<Arc<str>, String> {
    match written {
        Value::String(text) => Ok(text.into()),
        other => Err(format!("a text is expected here, not {other}")),
    }
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
                HookName::OnContentDeleted => json!({"content_type": "product", "id": "7"}),
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
        assert_eq!(error, "on-login is an action, and answers nothing");
    }
}
