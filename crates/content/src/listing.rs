//! Lists, one page at a time.

use raisfast_db::Connection;
use sea_orm::{FromQueryResult, SelectModel};
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

/// A page that is asked for.
#[derive(Debug)]
pub(crate) struct PageRequest {
    after: Option<Cursor>,
    limit: u64,
}

impl PageRequest {
    /// Checks the cursor, and how many things the page shall hold.
    pub(crate) fn new(cursor: Option<&str>, limit: u64) -> Result<Self, ContentError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ContentError::invalid(
                "/limit",
                format!("a page holds 1 to {MAX_LIMIT} things, not {limit}"),
            ));
        }
        let after = cursor.map(Cursor::parse).transpose()?;
        Ok(Self { after, limit })
    }

    /// Reads the page, in an order by time and id.
    pub(crate) async fn read<R, T>(
        self,
        mut rows: sea_orm::Cursor<SelectModel<R>>,
        connection: &Connection,
        cursor: impl Fn(&R) -> Cursor,
        item: impl Fn(R) -> T,
    ) -> Result<Listing<T>, ContentError>
    where
        R: FromQueryResult + Send + Sync,
    {
        if let Some(Cursor { time, id }) = self.after {
            rows.after((time, id));
        }
        // The one more says that a next page exists.
        let mut rows = rows.first(self.limit + 1).all(connection).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let is_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| is_more);
        Ok(Listing {
            next: last.map(|last| cursor(last).text()),
            items: rows.into_iter().map(item).collect(),
        })
    }
}
