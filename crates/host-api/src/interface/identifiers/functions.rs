//! The functions of `interface identifiers`.

use uuid::Uuid;

use crate::Session;

impl Session {
    /// `new-id`
    pub fn new_id(&self) -> String {
        Uuid::now_v7().to_string()
    }
}
