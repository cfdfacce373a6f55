//! Lists, one page at a time.

use serde::Serialize;

use crate::ContentError;

/// The most that one page of a list holds.
pub const MAX_LIMIT: u64 = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing<T> {
    /// The things on this page.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// The start of a page: after the item with this time and id. The id decides between items of the
/// same millisecond, so that none is skipped or shown twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) time: String,
    pub(crate) id: String,
}

impl Cursor {
    pub(crate) fn parse(text: &str) -> Result<Self, ContentError> {
        match text.split_once('_') {
            Some((time, id)) if is_part(time) && is_part(id) => Ok(Self {
                time: time.to_owned(),
                id: id.to_owned(),
            }),
            _ => Err(ContentError::invalid(
                "/cursor",
                format!(
                    "`{text}` is not a valid cursor; take the one in `next` of the page before"
                ),
            )),
        }
    }

    fn text(&self) -> String {
        format!("{}_{}", self.time, self.id)
    }
}

/// Returns whether this could be a time or an id: a short word of the characters that either has.
fn is_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-:.".contains(&b))
}

/// Checks how many things a page shall hold.
pub(crate) fn checked_limit(limit: u64) -> Result<u64, ContentError> {
    if (1..=MAX_LIMIT).contains(&limit) {
        Ok(limit)
    } else {
        Err(ContentError::invalid(
            "/limit",
            format!("a page holds 1 to {MAX_LIMIT} things, not {limit}"),
        ))
    }
}

/// Makes a page of rows that were asked for with one more than `limit`: that one says that a next
/// page is there.
pub(crate) fn page<R, T>(
    mut rows: Vec<R>,
    limit: u64,
    cursor: impl Fn(&R) -> Cursor,
    item: impl Fn(R) -> T,
) -> Listing<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| cursor(last).text());
    Listing {
        items: rows.into_iter().map(item).collect(),
        next,
    }
}
