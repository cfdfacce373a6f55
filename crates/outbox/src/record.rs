//! The record that a change is about.

/// The record that a change is about. A plugin receives the changes of one record in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record<'a> {
    /// A post, by its id.
    Post(&'a str),
    /// A comment, by its id.
    Comment(&'a str),
    /// Typed content, by its id.
    Content(&'a str),
    /// A user, by the id.
    User(&'a str),
}

impl<'a> Record<'a> {
    /// Returns the word for the kind of record.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Post(_) => "post",
            Self::Comment(_) => "comment",
            Self::Content(_) => "content",
            Self::User(_) => "user",
        }
    }

    /// Returns the id, a UUID: no two records of any kind have the same.
    pub const fn id(self) -> &'a str {
        match self {
            Self::Post(id) | Self::Comment(id) | Self::Content(id) | Self::User(id) => id,
        }
    }
}
