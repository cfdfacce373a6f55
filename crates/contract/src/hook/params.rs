//! A hook's parameters as they are kept until it is called.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::{CommentInput, ContentEvent, PostOutput};

/// Parameters that can be written down and read again: a list with one item per parameter.
pub trait StoredParams: Sized {
    /// Writes them.
    ///
    /// # Errors
    ///
    /// The format's.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads what [`serialize`](Self::serialize) has written.
    ///
    /// # Errors
    ///
    /// Where the text holds other parameters than these.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// One parameter.
trait Stored: Serialize {
    /// The type that is read.
    type Owned: DeserializeOwned + Into<Arc<Self>>;
}

impl Stored for str {
    type Owned = String;
}

macro_rules! stored {
    ($($record:ty)*) => {$(
        impl Stored for $record {
            type Owned = Self;
        }
    )*};
}

stored!(PostOutput CommentInput ContentEvent);

impl<A: Stored + ?Sized> StoredParams for (Arc<A>,) {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&*self.0,).serialize(serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (first,) = <(A::Owned,)>::deserialize(deserializer)?;
        Ok((first.into(),))
    }
}

impl<A: Stored + ?Sized, B: Stored + ?Sized> StoredParams for (Arc<A>, Arc<B>) {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&*self.0, &*self.1).serialize(serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (first, second) = <(A::Owned, B::Owned)>::deserialize(deserializer)?;
        Ok((first.into(), second.into()))
    }
}
