//! The benchmark's work as Extism's documentation has it: the macro, records as JSON, texts as they
//! are.
#![cfg(target_arch = "wasm32")]
// Extism's macros export and import symbols; this is a peer's plugin, and no part of the host.
#![allow(unsafe_code, missing_docs)]

use extism_pdk::{FnResult, Json, host_fn, plugin_fn};
use raisfast_benchmark_work as work;
use raisfast_contract::PostInput;

#[host_fn]
extern "ExtismHost" {
    fn get_data(key: String) -> String;
}

#[plugin_fn]
pub fn on_login(_user: String) -> FnResult<()> {
    Ok(())
}

#[plugin_fn]
pub fn on_post_creating(Json(mut post): Json<PostInput>) -> FnResult<Json<PostInput>> {
    if post.slug.is_none() {
        post.slug = Some(work::slug(&post.title));
    }
    Ok(Json(post))
}

#[plugin_fn]
pub fn filter_html(html: String) -> FnResult<String> {
    Ok(work::marked(&html))
}

#[plugin_fn]
pub fn host_call(key: String) -> FnResult<String> {
    // SAFETY: the macro's wrapper passes the key by Extism's own memory; the host function is
    // linked by name and type before the plugin runs.
    Ok(unsafe { get_data(key) }?)
}

#[plugin_fn]
pub fn render_markdown(markdown: String) -> FnResult<String> {
    Ok(work::rendered(&markdown))
}

#[plugin_fn]
pub fn digest(text: String) -> FnResult<String> {
    Ok(work::digest(&text))
}

#[plugin_fn]
pub fn transform(json: String) -> FnResult<String> {
    Ok(work::transformed(&json))
}
