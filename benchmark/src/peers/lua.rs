//! Lua 5.4 by mlua.
//!
//! A record crosses as a table that serde makes, or one that is made by hand. Or it crosses by
//! reference as userdata: the script then reads and writes fields of the Rust value, and what it
//! does not touch is not copied.

use anyhow::Result;
use mlua::{
    AnyUserData, Function, LuaOptions, LuaSerdeExt as _, LuaString, StdLib, Table, UserData,
    UserDataFields, Value, serde::SerializeOptions,
};
use raisfast_contract::PostInput;

use super::{
    NO_MARKDOWN, Peers, SAME_AS_REUSED,
    machine::{Answer, ForARequest, Machine, Question, Reused, data},
};
use crate::Work;

const REUSED: &str = "Lua 5.4, reused";
const REUSED_BY_HAND: &str = "Lua 5.4, reused, by hand";
const REUSED_USERDATA: &str = "Lua 5.4, reused, userdata";
const FOR_A_REQUEST: &str = "Lua 5.4, a VM per request";

pub(super) fn join(work: &Work, peers: &mut Peers) -> Result<()> {
    let script = match work {
        Work::Login => include_str!("../../scripts/login.lua"),
        Work::Post(_) => include_str!("../../scripts/post.lua"),
        Work::Html(_) => include_str!("../../scripts/html.lua"),
        Work::HostCall => include_str!("../../scripts/host_call.lua"),
        Work::Digest(_) => include_str!("../../scripts/digest.lua"),
        Work::Fib(_) => include_str!("../../scripts/fib.lua"),
        Work::Markdown(_) => {
            peers.leave_out(&[REUSED, FOR_A_REQUEST], NO_MARKDOWN);
            return Ok(());
        }
        Work::Json(_) => {
            let reason = "not offered: Lua has no JSON";
            peers.leave_out(&[REUSED, FOR_A_REQUEST], reason);
            return Ok(());
        }
    };
    let reused = |record| -> Result<_> { Ok(Reused::new(work, Lua::load(script, record)?)) };
    peers.enter(REUSED, reused(Record::Serde)?);
    if let Work::Post(_) = work {
        peers.enter(REUSED_BY_HAND, reused(Record::Table)?);
        peers.enter(REUSED_USERDATA, reused(Record::Userdata)?);
    }
    if let Work::Digest(_) | Work::Fib(_) = work {
        peers.leave_out(&[FOR_A_REQUEST], SAME_AS_REUSED);
    } else {
        let load = || Lua::load(script, Record::Serde);
        peers.enter(FOR_A_REQUEST, ForARequest::new(work, load));
    }
    Ok(())
}

/// The form in which a record crosses.
#[derive(Clone, Copy)]
enum Record {
    /// As a table, converted by serde.
    Serde,
    /// As a table, field by field.
    Table,
    /// By reference.
    Userdata,
}

/// Makes a missing field `nil` to a script, rather than a value that stands for null.
const NOTHING_IS_NIL: SerializeOptions = SerializeOptions::new().serialize_none_to_null(false);

struct Lua {
    vm: mlua::Lua,
    hook: Function,
    record: Record,
}

impl Lua {
    fn load(script: &'static str, record: Record) -> Result<Self> {
        let libraries =
            StdLib::COROUTINE | StdLib::MATH | StdLib::STRING | StdLib::TABLE | StdLib::UTF8;
        let lua = mlua::Lua::new_with(libraries, LuaOptions::default())?;
        let data = data();
        let get_data = lua.create_function(move |lua, key: LuaString| {
            let value = data.get(key.to_str()?.as_ref());
            value.map(|value| lua.create_string(value)).transpose()
        })?;
        lua.globals().set("get_data", get_data)?;
        let hook = lua.load(script).eval()?;
        Ok(Self {
            vm: lua,
            hook,
            record,
        })
    }
}

impl Machine for Lua {
    fn call(&mut self, question: Question) -> Result<Answer> {
        Ok(match (question, self.record) {
            (Question::Text(text), _) => match self.hook.call::<Option<String>>(text)? {
                Some(text) => Answer::Text(text),
                None => Answer::Nothing,
            },
            (Question::Post(post), Record::Serde) => {
                let post = self.vm.to_value_with(post, NOTHING_IS_NIL)?;
                let answer: Value = self.hook.call(post)?;
                Answer::Post(Box::new(self.vm.from_value(answer)?))
            }
            (Question::Post(post), Record::Table) => {
                let answer: Table = self.hook.call(table(&self.vm, post)?)?;
                Answer::Post(Box::new(read(&answer)?))
            }
            (Question::Post(post), Record::Userdata) => {
                let post = self.vm.create_userdata(Post(post.clone()))?;
                let answer: AnyUserData = self.hook.call(post)?;
                Answer::Post(Box::new(answer.take::<Post>()?.0))
            }
        })
    }
}

fn table(lua: &mlua::Lua, post: &PostInput) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, 8)?;
    table.raw_set("title", post.title.as_str())?;
    table.raw_set("content", post.content.as_str())?;
    table.raw_set("slug", post.slug.as_deref())?;
    table.raw_set("excerpt", post.excerpt.as_deref())?;
    table.raw_set("category_id", post.category_id.as_deref())?;
    if let Some(tags) = &post.tag_ids {
        let tags = lua.create_sequence_from(tags.iter().map(String::as_str))?;
        table.raw_set("tag_ids", tags)?;
    }
    table.raw_set("status", post.status.as_deref())?;
    table.raw_set("cover_image", post.cover_image.as_deref())?;
    Ok(table)
}

fn read(table: &Table) -> mlua::Result<PostInput> {
    Ok(PostInput {
        title: table.raw_get("title")?,
        content: table.raw_get("content")?,
        slug: table.raw_get("slug")?,
        excerpt: table.raw_get("excerpt")?,
        category_id: table.raw_get("category_id")?,
        tag_ids: table.raw_get("tag_ids")?,
        status: table.raw_get("status")?,
        cover_image: table.raw_get("cover_image")?,
    })
}

/// The record as userdata.
struct Post(PostInput);

impl UserData for Post {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        macro_rules! texts {
            ($($field:ident),*) => {$(
                fields.add_field_method_get(stringify!($field), |lua, post| {
                    lua.create_string(&post.0.$field)
                });
                fields.add_field_method_set(stringify!($field), |_, post, text| {
                    post.0.$field = text;
                    Ok(())
                });
            )*};
        }
        macro_rules! optional {
            ($($field:ident),*) => {$(
                fields.add_field_method_get(stringify!($field), |lua, post| {
                    let text = post.0.$field.as_deref();
                    text.map(|text| lua.create_string(text)).transpose()
                });
                fields.add_field_method_set(stringify!($field), |_, post, text| {
                    post.0.$field = text;
                    Ok(())
                });
            )*};
        }
        texts!(title, content);
        optional!(slug, excerpt, category_id, status, cover_image);
        fields.add_field_method_get("tag_ids", |_, post| Ok(post.0.tag_ids.clone()));
        fields.add_field_method_set("tag_ids", |_, post, tags| {
            post.0.tag_ids = tags;
            Ok(())
        });
    }
}
