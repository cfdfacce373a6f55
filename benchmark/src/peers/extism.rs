//! Extism, with the wasmtime that it brings.
//!
//! Records cross as JSON, texts as they are. WASI is off, because the guest does not need it. A
//! plugin for a request is made from the compiled one.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context as _, Result};
use extism::{
    CompiledPlugin, Function, Plugin, PluginBuilder, UserData, ValType, convert::Json, host_fn,
};
use raisfast_contract::PostInput;

use super::{
    Peers, SAME_AS_REUSED,
    machine::{Answer, ForARequest, Machine, Question, Reused, data},
};
use crate::Work;

const REUSED: &str = "Extism, reused";
const FOR_A_REQUEST: &str = "Extism, a plugin per request";

pub(super) fn join(work: &Work, peers: &mut Peers) -> Result<()> {
    let hook = match work {
        Work::Login => "on_login",
        Work::Post(_) => "on_post_creating",
        Work::Html(_) => "filter_html",
        Work::HostCall => "host_call",
        Work::Markdown(_) => "render_markdown",
        Work::Digest(_) => "digest",
        Work::Json(_) => "transform",
        Work::Fib(_) => {
            let reason = "its guest does not do it: scripts are compared with their engines";
            peers.leave_out(&[REUSED, FOR_A_REQUEST], reason);
            return Ok(());
        }
    };
    let compiled = compiled(&guest())?;
    let load = move || -> Result<_> {
        let plugin = Plugin::new_from_compiled(&compiled)?;
        Ok(Extism { plugin, hook })
    };
    peers.enter(REUSED, Reused::new(work, load()?));
    if let Work::Markdown(_) | Work::Digest(_) | Work::Json(_) = work {
        peers.leave_out(&[FOR_A_REQUEST], SAME_AS_REUSED);
    } else {
        peers.enter(FOR_A_REQUEST, ForARequest::new(work, load));
    }
    Ok(())
}

fn guest() -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        Into::into,
    );
    target.join("benchmark-guests/extism/plugin.wasm")
}

fn compiled(guest: &Path) -> Result<CompiledPlugin> {
    let wasm = fs::read(guest).with_context(|| {
        format!(
            "{} cannot be read; `cargo xtask bench` builds it",
            guest.display()
        )
    })?;
    let get_data = Function::new(
        "get_data",
        [ValType::I64],
        [ValType::I64],
        UserData::new(data()),
        get_data,
    );
    let builder = PluginBuilder::new(wasm).with_wasi(false);
    builder.with_functions([get_data]).compile()
}

host_fn!(get_data(data: HashMap<String, String>; key: String) -> String {
    let data = data.get()?;
    let data = data.lock().expect("no call panics");
    Ok(data.get(&key).cloned().unwrap_or_default())
});

struct Extism {
    plugin: Plugin,
    hook: &'static str,
}

impl Machine for Extism {
    fn call(&mut self, question: Question) -> Result<Answer> {
        Ok(match question {
            Question::Text(text) => {
                let text: String = self.plugin.call(self.hook, text)?;
                if text.is_empty() {
                    Answer::Nothing
                } else {
                    Answer::Text(text)
                }
            }
            Question::Post(post) => {
                let Json(post) = self
                    .plugin
                    .call::<_, Json<PostInput>>(self.hook, Json(post))?;
                Answer::Post(Box::new(post))
            }
        })
    }
}
