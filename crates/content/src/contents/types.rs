//! The types that have records. A type is declared by use, so its records are all that there is of
//! it.

use raisfast_db::{Connection, entity::contents};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use super::{Contents, checked::type_name};
use crate::{ContentError, Listing, MAX_LIMIT};

/// The most records of a type that are counted.
const MOST_COUNTED: u64 = 1_000;

/// A type that has records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContentType {
    /// The name.
    pub content_type: String,
    /// Records, counted up to 1,000.
    pub records: u64,
    /// True if there are more than were counted.
    pub more_records: bool,
    /// The time at which the newest record was created, RFC 3339.
    pub newest: String,
}

impl Contents {
    /// The types that have records, in the order of their names. The cursor is the last type of the
    /// page before; `limit` is 1 to 100. Its cost grows with the types of the page, not with their
    /// records.
    pub async fn types(
        &self,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<ContentType>, ContentError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ContentError::invalid(
                "/limit",
                format!("a page holds 1 to {MAX_LIMIT} things, not {limit}"),
            ));
        }
        let mut last = cursor.unwrap_or_default().to_owned();
        if cursor.is_some() {
            type_name(&last).map_err(|message| ContentError::invalid("/cursor", message))?;
        }
        let connection = self.changes.database().connection();
        let mut items = Vec::new();
        while let Some(name) = next(connection, &last).await? {
            if items.len() as u64 == limit {
                let next = Some(last);
                return Ok(Listing { items, next });
            }
            last.clone_from(&name);
            items.extend(of(connection, name).await?);
        }
        Ok(Listing { items, next: None })
    }
}

/// Returns the first type behind this name.
async fn next(connection: &Connection, name: &str) -> Result<Option<String>, DbErr> {
    contents::Entity::find()
        .select_only()
        .column(contents::Column::ContentType)
        .filter(contents::Column::ContentType.gt(name))
        .order_by_asc(contents::Column::ContentType)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await
}

/// Looks at a type; none if its last record was deleted meanwhile.
async fn of(connection: &Connection, name: String) -> Result<Option<ContentType>, DbErr> {
    let records = || {
        contents::Entity::find()
            .select_only()
            .filter(contents::Column::ContentType.eq(&name))
    };
    let newest: Option<String> = records()
        .column(contents::Column::CreatedAt)
        .order_by_desc(contents::Column::CreatedAt)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let Some(newest) = newest else {
        return Ok(None);
    };
    let counted = records()
        .column(contents::Column::Id)
        .limit(MOST_COUNTED + 1)
        .count(connection)
        .await?;
    Ok(Some(ContentType {
        content_type: name,
        records: counted.min(MOST_COUNTED),
        more_records: counted > MOST_COUNTED,
        newest,
    }))
}
