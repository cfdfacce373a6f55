//! Reasons for which a plugin refuses a request.

/// A reason for which a filter refuses a request, in the plugin's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A JSON pointer (RFC 6901) to the field that is wrong; none for the whole of the request.
    pub pointer: Option<String>,
    /// The words for whoever sent the request.
    pub message: String,
    /// The status of the answer, from 400 to 499. The first reason's is the answer's.
    pub status: u16,
}

impl Refusal {
    /// The status of a refusal that asks for none.
    pub const STATUS: u16 = 422;
    /// The most reasons of one call.
    pub const MOST: usize = 16;
    /// The most bytes of a message; the rest is cut off.
    pub const MAX_MESSAGE_BYTES: usize = 2 << 10;
    /// The most bytes of a pointer; a longer one is left out.
    pub const MAX_POINTER_BYTES: usize = 512;

    /// Returns the messages of several reasons as one text.
    pub fn messages(refusals: &[Self]) -> String {
        let messages: Vec<_> = refusals.iter().map(|it| it.message.as_str()).collect();
        messages.join("; ")
    }
}
