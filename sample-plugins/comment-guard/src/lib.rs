//! Remove the text of spam comments, calm those that shout, and remember what was seen.

mod memory;
mod rules;

use std::sync::Mutex;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

use crate::{
    memory::Memory,
    rules::{Rules, Verdict},
};

/// The memory of this instance. Every instance of the plugin has one of its own.
static MEMORY: Mutex<Memory> = Mutex::new(Memory::new());

struct Plugin;

impl Guest for Plugin {
    fn on_comment_creating(mut comment: CommentInput) -> Option<CommentInput> {
        let rules = Rules::read(host_api::get_config);
        let mut memory = MEMORY.lock().expect("an instance runs one call at a time");
        let verdict = memory.judge(&rules, &comment.content);

        match &verdict {
            Verdict::Fine => return None,
            Verdict::Shouting => comment.content = comment.content.to_lowercase(),
            Verdict::Spam(reason) => comment.content = format!("[removed: {reason}]"),
        }
        host_api::log("info", &format!("{verdict}; this instance: {memory}"));
        Some(comment)
    }
}

export_plugin_hooks!(Plugin);
