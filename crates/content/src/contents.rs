//! Typed content: JSON objects of types that are declared by use.

use raisfast_db::Database;
use raisfast_hooks::Bus;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{ContentError, Listing, User};

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Content {
    /// A UUID.
    pub id: String,
    /// The type's name.
    pub content_type: String,
    /// The record itself.
    pub data: Map<String, Value>,
    /// When it was created, RFC 3339.
    pub created_at: String,
    /// When it was changed last, RFC 3339.
    pub updated_at: String,
}

/// The typed content of a site.
#[derive(Clone)]
pub struct Contents {
    database: Database,
    bus: Bus,
}

impl Contents {
    pub(crate) fn new(database: Database, bus: Bus) -> Self {
        Self { database, bus }
    }

    /// Stores a record. Fires `on-content-creating`, then `on-content-created`.
    pub async fn create(
        &self,
        user: &User,
        content_type: &str,
        data: Map<String, Value>,
    ) -> Result<Content, ContentError> {
        unimplemented!("{user:?} {content_type} {data:?}")
    }

    /// One record of a type.
    pub async fn get(&self, content_type: &str, id: &str) -> Result<Content, ContentError> {
        unimplemented!("{content_type} {id}")
    }

    /// The records of a type, the newest first; `limit` is 1 to 100.
    pub async fn list(
        &self,
        content_type: &str,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Listing<Content>, ContentError> {
        unimplemented!("{content_type} {cursor:?} {limit}")
    }

    /// Replaces a record's data. Fires `on-content-updating`, then `on-content-updated`.
    pub async fn update(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
        data: Map<String, Value>,
    ) -> Result<Content, ContentError> {
        unimplemented!("{user:?} {content_type} {id} {data:?}")
    }

    /// Deletes a record. Fires `on-content-deleted`.
    pub async fn delete(
        &self,
        user: &User,
        content_type: &str,
        id: &str,
    ) -> Result<(), ContentError> {
        unimplemented!("{user:?} {content_type} {id}")
    }
}
