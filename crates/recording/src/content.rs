//! A value in a recording: its size, and itself where contents are recorded.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, Value, to_raw_value};

use crate::Mask;

/// A value, or its size alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// About the number of its bytes.
    pub bytes: u64,
    /// The value as JSON; absent where contents are not recorded.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub value: Option<Box<RawValue>>,
}

/// Reads a value that is there: `null` is one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Content {
    /// The size of a value, which is cheap to find: no text is written.
    pub(crate) fn size_of(value: &(impl Serialize + ?Sized)) -> Self {
        let size = postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default());
        Self {
            bytes: size.map_or(0, |bytes| bytes as u64),
            value: None,
        }
    }

    /// The value, without its secrets.
    pub(crate) fn of(value: &(impl Serialize + ?Sized), mask: &Mask) -> Self {
        let masked = serde_json::to_value(value).map(|value| mask.value(value));
        Self::written(&masked.unwrap_or_default())
    }

    pub(crate) fn written(value: &Value) -> Self {
        let raw = to_raw_value(value).ok();
        Self {
            bytes: raw.as_ref().map_or(0, |raw| raw.get().len() as u64),
            value: raw,
        }
    }

    /// Leaves the value out, and keeps its size.
    pub(crate) fn without_value(mut self) -> Self {
        self.value = None;
        self
    }

    /// Parses the value; `None` where it was left out.
    ///
    /// # Errors
    ///
    /// `serde_json`'s, for a value that is nested too deeply.
    pub fn parsed(&self) -> Result<Option<Value>, serde_json::Error> {
        let value = self.value.as_ref();
        value.map(|raw| serde_json::from_str(raw.get())).transpose()
    }

    /// The bytes that it takes.
    pub(crate) fn held(&self) -> usize {
        self.value.as_ref().map_or(0, |raw| raw.get().len())
    }
}
