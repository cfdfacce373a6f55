//! Rhai.
//!
//! A record crosses as an object map that serde makes, or one that is made by hand. Or it crosses
//! by reference as a registered type. A kept engine runs the script as byte code (Rhai Grain); for
//! one call, walking the tree costs less than making it. A fresh engine is a plain one, or shares
//! the standard package with the others, as Rhai's book advises for many engines.

use std::{cell::RefCell, rc::Rc};

use anyhow::{Context as _, Result, anyhow};
use raisfast_contract::PostInput;
use rhai::{
    AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Scope, Shared,
    grain::{Compiler, Program, Vm},
    packages::{Package as _, StandardPackage},
    serde::{from_dynamic, to_dynamic},
};

use super::{
    NO_MARKDOWN, Peers, SAME_AS_REUSED,
    machine::{Answer, ForARequest, Machine, Question, Reused, data},
};
use crate::Work;

const REUSED: &str = "Rhai, reused";
const REUSED_BY_HAND: &str = "Rhai, reused, by hand";
const REUSED_TYPE: &str = "Rhai, reused, own type";
const FOR_A_REQUEST: &str = "Rhai, a VM per request";
const FOR_A_REQUEST_SHARED: &str = "Rhai, a VM per request, shared packages";

pub(super) fn join(work: &Work, peers: &mut Peers) -> Result<()> {
    let script = match work {
        Work::Login => include_str!("../../scripts/login.rhai"),
        Work::Post(_) => include_str!("../../scripts/post.rhai"),
        Work::Html(_) => include_str!("../../scripts/html.rhai"),
        Work::HostCall => include_str!("../../scripts/host_call.rhai"),
        Work::Digest(_) => include_str!("../../scripts/digest.rhai"),
        Work::Fib(_) => include_str!("../../scripts/fib.rhai"),
        Work::Json(_) => {
            let reason = "not offered: parse_json takes an object, no array, and sorts its keys";
            peers.leave_out(&[REUSED, FOR_A_REQUEST], reason);
            return Ok(());
        }
        Work::Markdown(_) => {
            peers.leave_out(&[REUSED, FOR_A_REQUEST], NO_MARKDOWN);
            return Ok(());
        }
    };
    let reused = |record| -> Result<_> {
        // A VM borrows its engine; the benchmark keeps both to its end.
        let engine = Box::leak(Box::new(with_data(Engine::new())));
        if let Record::Type = record {
            register_post(engine);
        }
        let engine = &*engine;
        let program = Compiler::new().compile(&engine.compile(script)?);
        let vm = Vm::new(engine);
        Ok(Reused::new(
            work,
            Kept {
                vm,
                program,
                record,
            },
        ))
    };
    peers.enter(REUSED, reused(Record::Serde)?);
    if let Work::Post(_) = work {
        peers.enter(REUSED_BY_HAND, reused(Record::Map)?);
        peers.enter(REUSED_TYPE, reused(Record::Type)?);
    }
    if let Work::Digest(_) | Work::Fib(_) = work {
        peers.leave_out(&[FOR_A_REQUEST], SAME_AS_REUSED);
        return Ok(());
    }
    let load = || Fresh::load(Engine::new(), script);
    peers.enter(FOR_A_REQUEST, ForARequest::new(work, load));
    let standard = StandardPackage::new().as_shared_module();
    let load = move || {
        let mut engine = Engine::new_raw();
        engine.register_global_module(Shared::clone(&standard));
        Fresh::load(engine, script)
    };
    peers.enter(FOR_A_REQUEST_SHARED, ForARequest::new(work, load));
    Ok(())
}

const HOOK: &str = "hook";

/// The form in which a record crosses.
#[derive(Clone, Copy)]
enum Record {
    /// As an object map, converted by serde.
    Serde,
    /// As an object map, field by field.
    Map,
    /// By reference.
    Type,
}

fn with_data(mut engine: Engine) -> Engine {
    let data = data();
    engine.register_fn("get_data", move |key: &str| {
        optional(data.get(key).map(String::as_str))
    });
    engine
}

/// An engine that is kept, with its script as byte code.
struct Kept {
    vm: Vm<'static>,
    program: Program<'static>,
    record: Record,
}

impl Machine for Kept {
    fn call(&mut self, question: Question) -> Result<Answer> {
        let record = self.record;
        called(question, record, |argument| {
            let options = CallFnOptions::new().eval_ast(false);
            let scope = &mut Scope::new();
            self.vm
                .call_fn_with_options(options, scope, &self.program, HOOK, (argument,))
        })
    }
}

/// An engine for one call, with its script as a tree.
struct Fresh {
    engine: Engine,
    ast: AST,
}

impl Fresh {
    fn load(engine: Engine, script: &str) -> Result<Self> {
        let engine = with_data(engine);
        let ast = engine.compile(script)?;
        Ok(Self { engine, ast })
    }
}

impl Machine for Fresh {
    fn call(&mut self, question: Question) -> Result<Answer> {
        called(question, Record::Serde, |argument| {
            let options = CallFnOptions::new().eval_ast(false);
            let scope = &mut Scope::new();
            self.engine
                .call_fn_with_options(options, scope, &self.ast, HOOK, (argument,))
        })
    }
}

type Called = Result<Dynamic, Box<EvalAltResult>>;

/// Hands the question over as a Rhai value, and takes the answer back.
fn called(
    question: Question,
    record: Record,
    call: impl FnOnce(Dynamic) -> Called,
) -> Result<Answer> {
    let argument = match (question, record) {
        (Question::Text(text), _) => text.into(),
        (Question::Post(post), Record::Serde) => {
            to_dynamic(post).map_err(|error| anyhow!("{error}"))?
        }
        (Question::Post(post), Record::Map) => map(post).into(),
        (Question::Post(post), Record::Type) => Dynamic::from(Rc::new(RefCell::new(post.clone()))),
    };
    // An error of Rhai's holds what a script can hold, which cannot leave its thread.
    let answer = call(argument).map_err(|error| anyhow!("{error}"))?;
    Ok(if answer.is_unit() {
        Answer::Nothing
    } else if answer.is_string() {
        Answer::Text(text(answer)?)
    } else {
        let post = match record {
            Record::Serde => from_dynamic(&answer).map_err(|error| anyhow!("{error}"))?,
            Record::Map => read(answer.try_cast().context("the hook answers a map")?)?,
            Record::Type => {
                let post: Post = answer.try_cast().context("the hook answers a record")?;
                Rc::unwrap_or_clone(post).into_inner()
            }
        };
        Answer::Post(Box::new(post))
    })
}

fn map(post: &PostInput) -> Map {
    let tags = post.tag_ids.as_ref().map(|tags| {
        let tags = tags.iter().map(|tag| tag.as_str().into());
        Dynamic::from_array(tags.collect())
    });
    Map::from([
        ("title".into(), post.title.as_str().into()),
        ("content".into(), post.content.as_str().into()),
        ("slug".into(), optional(post.slug.as_deref())),
        ("excerpt".into(), optional(post.excerpt.as_deref())),
        ("category_id".into(), optional(post.category_id.as_deref())),
        ("tag_ids".into(), tags.unwrap_or(Dynamic::UNIT)),
        ("status".into(), optional(post.status.as_deref())),
        ("cover_image".into(), optional(post.cover_image.as_deref())),
    ])
}

fn read(mut map: Map) -> Result<PostInput> {
    let mut take = |field: &str| map.remove(field).filter(|value| !value.is_unit());
    let tags = take("tag_ids").map(|tags| -> Result<_> {
        let tags = tags
            .into_array()
            .map_err(|found| anyhow!("tag_ids: {found}"))?;
        tags.into_iter().map(text).collect()
    });
    Ok(PostInput {
        title: text(take("title").context("a post has a title")?)?,
        content: text(take("content").context("a post has content")?)?,
        slug: take("slug").map(text).transpose()?,
        excerpt: take("excerpt").map(text).transpose()?,
        category_id: take("category_id").map(text).transpose()?,
        tag_ids: tags.transpose()?,
        status: take("status").map(text).transpose()?,
        cover_image: take("cover_image").map(text).transpose()?,
    })
}

fn optional(text: Option<&str>) -> Dynamic {
    text.map_or(Dynamic::UNIT, Into::into)
}

fn text(value: Dynamic) -> Result<String> {
    let found = |found| anyhow!("a text was expected and {found} was found");
    value.into_string().map_err(found)
}

/// The record as a type of its own, shared so that passing it on copies nothing.
type Post = Rc<RefCell<PostInput>>;

fn register_post(engine: &mut Engine) {
    engine.register_type_with_name::<Post>("Post");
    macro_rules! texts {
        ($($field:ident),*) => {$(
            engine.register_get_set(
                stringify!($field),
                |post: &mut Post| post.borrow().$field.clone(),
                |post: &mut Post, text: String| post.borrow_mut().$field = text,
            );
        )*};
    }
    macro_rules! optional {
        ($($field:ident),*) => {$(
            engine.register_get_set(
                stringify!($field),
                |post: &mut Post| optional(post.borrow().$field.as_deref()),
                |post: &mut Post, text: Dynamic| {
                    post.borrow_mut().$field = text.into_string().ok();
                },
            );
        )*};
    }
    texts!(title, content);
    optional!(slug, excerpt, category_id, status, cover_image);
    engine.register_get("tag_ids", |post: &mut Post| {
        let post = post.borrow();
        let tags = post.tag_ids.as_ref();
        tags.map_or(Dynamic::UNIT, |tags| tags.clone().into())
    });
}
