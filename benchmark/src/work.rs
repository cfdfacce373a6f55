//! The works that every contender is asked to do.

use raisfast_contract::PostInput;

/// A piece of work: one hook call, with its input.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// `on-login`: nothing but the call. Answer: the empty text.
    Login,
    /// `on-post-creating`: the Quick Start's slug, on a record with content of some size. Answer:
    /// the post that comes out, as JSON.
    Post(PostInput),
    /// `filter-html`: the page with a mark at its end. Answer: the page.
    Html(String),
    /// `filter-html`, after a [`get-data`](raisfast_host_api) of [`KEY`](Self::KEY): the host call.
    /// Answer: [`VALUE`](Self::VALUE), which lies in the host's memory.
    HostCall,
    /// `render-markdown` of a document. Answer: the page.
    Markdown(String),
    /// SHA-256 of a text. Answer: the digest in hexadecimal.
    Digest(String),
    /// `filter-html` of a number: Fibonacci's number at that place, by recursion. Scripts do it,
    /// and their engines. Answer: that number.
    Fib(String),
    /// A JSON document, taken apart, changed and written again. Answer: the new document.
    Json(String),
}

impl Work {
    /// The key that [`Work::HostCall`] asks for.
    pub const KEY: &'static str = "greeting";

    /// The value that the host has for it.
    pub const VALUE: &'static str = "Hello from the host, kept under a key";
}
