//! The hooks: their names, kinds and signatures.
//!
//! A hook exists twice: as a value ([`HookName`]), for manifests, logs and counters, and as a type
//! ([`OnPostCreating`] and its siblings), which carries the signature, so that a call with the
//! wrong record does not compile. Both come from one table,
//! [`for_each_hook!`](crate::for_each_hook).

mod params;
mod table;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

pub use params::StoredParams;

use crate::{CommentInput, ContentEvent, PostInput, PostOutput};

/// The meaning of a hook's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookKind {
    /// Runs before the change, in order; may replace the value.
    Filter,
    /// Makes or changes HTML while a page is read.
    Render,
    /// Runs after the change; has no answer.
    Action,
}

/// A hook as a type. wasmtime lowers `Params` into the guest: shared, so that a chain of plugins
/// reads one record without copying it.
pub trait Hook: sealed::Sealed + Send + Sync + 'static {
    /// The hook's name.
    const NAME: HookName;
    /// The parameters' names, in their order.
    const PARAMETERS: &'static [&'static str];
    /// The parameters, as a tuple.
    type Params: Clone + Send + Sync + 'static;
    /// The answer.
    type Output: Send + Sync + 'static;

    /// Returns the content type that a call is about; none for hooks that are not about one.
    fn content_type(params: &Self::Params) -> Option<&str>;
}

/// Keeps [`Hook`] to the markers of this file: each name has exactly one type.
mod sealed {
    pub trait Sealed {}
}

/// A hook whose `Some` replaces the value it was given.
pub trait Filter: Hook<Params = (Arc<Self::Value>,), Output = Option<Self::Answer>> {
    /// The value that goes in.
    type Value: ?Sized + Send + Sync + 'static;
    /// The value that comes out, owned.
    type Answer: Into<Arc<Self::Value>> + Send + Sync + 'static;
}

/// A hook that is notified of a change that has been made. Its parameters are kept until it was
/// called. A notice, which only concerns the moment, is not one of these.
pub trait Action: Hook<Output = (), Params: StoredParams> {
    /// The kind of record whose change it reports: `post`, `comment`, `content` or `user`.
    const ABOUT: &'static str;
}

/// A text that does not name a hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a hook; the hooks are {}", HookName::ALL.map(HookName::as_str).join(", "))]
pub struct UnknownHook {
    /// The text that was found.
    pub found: String,
}

/// Makes the names and the types of the hooks.
macro_rules! hooks {
    ($(in $interface:literal {
        $($kind:ident $marker:ident $name:literal {
            ($($param:ident: $type:ty),*) $(-> $answer:ty)?
            $(, of: $content_type:expr)?
            $(, replaces: $replaces:literal)?
            $(, about: $about:literal)?
        })*
    })*) => {
        /// A hook's name, as in the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum HookName {
            $($(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $marker,
            )*)*
        }

        impl HookName {
            /// Every hook, in the contract's order.
            pub const ALL: [Self; [$($($name),*),*].len()] = [$($(Self::$marker),*),*];

            /// Returns the name as the contract and the manifest write it.
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$marker => $name),*),* }
            }

            /// Returns the meaning of the hook's answer.
            pub const fn kind(self) -> HookKind {
                match self { $($(Self::$marker => kind!($kind)),*),* }
            }

            /// Returns the full name of the interface of the contract that has the hook.
            pub const fn interface(self) -> &'static str {
                match self { $($(Self::$marker => $interface),*),* }
            }

            /// Returns whether a call is kept until it is delivered: of all hooks, the actions that
            /// are not notices.
            pub const fn is_kept(self) -> bool {
                match self { $($(Self::$marker => is_kept!($kind)),*),* }
            }

            /// Returns whether a call is about a content type.
            pub const fn has_content_type(self) -> bool {
                match self { $($(Self::$marker => is_there!($($content_type)?)),*),* }
            }

            /// Returns whether the filtered value takes the place of a stored record.
            pub const fn replaces(self) -> bool {
                match self { $($(Self::$marker => false $(|| $replaces)?),*),* }
            }
        }

        $($(
            #[doc = concat!("The hook `", $name, "`.")]
            #[derive(Debug, Clone, Copy)]
            pub struct $marker;

            impl sealed::Sealed for $marker {}

            impl Hook for $marker {
                const NAME: HookName = HookName::$marker;
                const PARAMETERS: &'static [&'static str] = &[$(stringify!($param)),*];
                type Params = ($(Arc<$type>,)*);
                type Output = output!($($answer)?);

                #[allow(unused_variables, reason = "not each parameter says the content type")]
                fn content_type(($($param,)*): &Self::Params) -> Option<&str> {
                    optional!($($content_type)?)
                }
            }

            marker!($kind $marker ($($type),*) $($answer)? $(, $about)?);
        )*)*
    };
}

macro_rules! kind {
    (filter) => {
        HookKind::Filter
    };
    (render) => {
        HookKind::Render
    };
    (action) => {
        HookKind::Action
    };
    (notice) => {
        HookKind::Action
    };
}

macro_rules! is_kept {
    (action) => {
        true
    };
    ($other:ident) => {
        false
    };
}

macro_rules! output {
    () => {
        ()
    };
    ($answer:ty) => {
        Option<$answer>
    };
}

macro_rules! optional {
    () => {
        None
    };
    ($there:expr) => {
        Some($there)
    };
}

macro_rules! is_there {
    () => {
        false
    };
    ($there:expr) => {
        true
    };
}

/// Makes the hook what it is beyond a [`Hook`].
macro_rules! marker {
    (filter $marker:ident ($value:ty) $answer:ty) => {
        impl Filter for $marker {
            type Value = $value;
            type Answer = $answer;
        }
    };
    (render $marker:ident ($value:ty) $answer:ty) => {
        marker!(filter $marker ($value) $answer);
    };
    (action $marker:ident ($($type:ty),*), $about:literal) => {
        impl Action for $marker {
            const ABOUT: &'static str = $about;
        }
    };
    (notice $marker:ident ($($type:ty),*)) => {};
}

crate::for_each_hook!(hooks);

impl HookName {
    /// Returns the hooks of one interface of the contract, by its full name.
    pub fn of_interface(interface: &str) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |hook| hook.interface() == interface)
    }
}

impl FromStr for HookName {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|hook| hook.as_str() == text)
            .ok_or_else(|| UnknownHook {
                found: text.to_owned(),
            })
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
