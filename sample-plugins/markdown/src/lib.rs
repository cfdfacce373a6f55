//! Render Markdown, and give headings anchors.

mod anchors;
mod render;

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

struct Plugin;

impl Guest for Plugin {
    fn render_markdown(text: String) -> Option<String> {
        Some(render::to_html(&text))
    }

    fn filter_html(html: String) -> Option<String> {
        anchors::add(&html)
    }
}

export_plugin_hooks!(Plugin);
