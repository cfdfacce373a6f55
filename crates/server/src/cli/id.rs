//! Ids on the command line.

use uuid::Uuid;

/// Reads an id as a list shows it.
pub(super) fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| {
        "not an id; `list` shows ids, such as 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162".to_owned()
    })
}
