//! QuickJS by rquickjs.
//!
//! A record crosses as JSON, which the engine parses and writes, or as an object that is made field
//! by field: by hand, and quicker.

use anyhow::{Result, anyhow};
use raisfast_contract::PostInput;
use rquickjs::{
    CatchResultExt as _, Context, Ctx, Function, Null, Object, Persistent, Runtime, Value,
    function::Func,
};

use super::{
    NO_MARKDOWN, Peers, SAME_AS_REUSED,
    machine::{Answer, ForARequest, Machine, Question, Reused, data},
};
use crate::Work;

const REUSED: &str = "QuickJS, reused";
const REUSED_BY_HAND: &str = "QuickJS, reused, by hand";
const FOR_A_REQUEST: &str = "QuickJS, a VM per request";

pub(super) fn join(work: &Work, peers: &mut Peers) -> Result<()> {
    let script = match work {
        Work::Login => include_str!("../../scripts/login.js"),
        Work::Post(_) => include_str!("../../scripts/post.js"),
        Work::Html(_) => include_str!("../../scripts/html.js"),
        Work::HostCall => include_str!("../../scripts/host_call.js"),
        Work::Digest(_) => include_str!("../../scripts/digest.js"),
        Work::Fib(_) => include_str!("../../scripts/fib.js"),
        Work::Json(_) => include_str!("../../scripts/json.js"),
        Work::Markdown(_) => {
            peers.leave_out(&[REUSED, FOR_A_REQUEST], NO_MARKDOWN);
            return Ok(());
        }
    };
    let reused = |record| -> Result<_> { Ok(Reused::new(work, QuickJs::load(script, record)?)) };
    peers.enter(REUSED, reused(Record::Json)?);
    if let Work::Post(_) = work {
        peers.enter(REUSED_BY_HAND, reused(Record::Object)?);
    }
    if let Work::Digest(_) | Work::Fib(_) | Work::Json(_) = work {
        peers.leave_out(&[FOR_A_REQUEST], SAME_AS_REUSED);
    } else {
        let load = || QuickJs::load(script, Record::Json);
        peers.enter(FOR_A_REQUEST, ForARequest::new(work, load));
    }
    Ok(())
}

/// The form in which a record crosses.
#[derive(Clone, Copy)]
enum Record {
    Json,
    /// As an object, field by field.
    Object,
}

struct QuickJs {
    // It goes before the context that it belongs to.
    hook: Persistent<Function<'static>>,
    context: Context,
    record: Record,
}

impl QuickJs {
    fn load(script: &'static str, record: Record) -> Result<Self> {
        let context = Context::full(&Runtime::new()?)?;
        let data = data();
        let hook = context.with(|ctx| -> Result<_> {
            let get_data = Func::new(move |key: String| data.get(&key).cloned());
            ctx.globals().set("get_data", get_data)?;
            let hook = ctx.eval(script).catch(&ctx);
            let hook: Function = hook.map_err(|error| anyhow!("{error}"))?;
            Ok(Persistent::save(&ctx, hook))
        })?;
        Ok(Self {
            hook,
            context,
            record,
        })
    }
}

impl Machine for QuickJs {
    fn call(&mut self, question: Question) -> Result<Answer> {
        self.context.with(|ctx| {
            let hook = self.hook.clone().restore(&ctx)?;
            let answer = match (question, self.record) {
                (Question::Text(text), _) => hook.call((text,)).map(|text| match text {
                    Some(text) => Answer::Text(text),
                    None => Answer::Nothing,
                }),
                (Question::Post(post), Record::Json) => {
                    let answer = through_json(&ctx, &hook, &serde_json::to_string(post)?);
                    let json = answer.catch(&ctx).map_err(|error| anyhow!("{error}"))?;
                    return Ok(Answer::Post(serde_json::from_str(&json)?));
                }
                (Question::Post(post), Record::Object) => object(&ctx, post)
                    .and_then(|post| hook.call((post,)))
                    .and_then(|answer| Ok(Answer::Post(Box::new(read(&answer)?)))),
            };
            answer.catch(&ctx).map_err(|error| anyhow!("{error}"))
        })
    }
}

/// Calls the hook with a record as JSON and gives its answer as JSON.
fn through_json<'js>(
    ctx: &Ctx<'js>,
    hook: &Function<'js>,
    record: &str,
) -> rquickjs::Result<String> {
    let answer: Value = hook.call((ctx.json_parse(record)?,))?;
    let json = ctx.json_stringify(answer)?;
    json.map_or_else(|| Ok("null".into()), |json| json.to_string())
}

fn object<'js>(ctx: &Ctx<'js>, post: &PostInput) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let set = |field: &str, text: Option<&str>| match text {
        Some(text) => object.set(field, text),
        None => object.set(field, Null),
    };
    set("title", Some(&post.title))?;
    set("content", Some(&post.content))?;
    set("slug", post.slug.as_deref())?;
    set("excerpt", post.excerpt.as_deref())?;
    set("category_id", post.category_id.as_deref())?;
    match &post.tag_ids {
        Some(tags) => object.set(
            "tag_ids",
            tags.iter().map(String::as_str).collect::<Vec<_>>(),
        )?,
        None => object.set("tag_ids", Null)?,
    }
    set("status", post.status.as_deref())?;
    set("cover_image", post.cover_image.as_deref())?;
    Ok(object)
}

fn read(object: &Object) -> rquickjs::Result<PostInput> {
    Ok(PostInput {
        title: object.get("title")?,
        content: object.get("content")?,
        slug: object.get("slug")?,
        excerpt: object.get("excerpt")?,
        category_id: object.get("category_id")?,
        tag_ids: object.get("tag_ids")?,
        status: object.get("status")?,
        cover_image: object.get("cover_image")?,
    })
}
