//! The plugins that run: their generations, and how these follow what lies in the folders.

pub(crate) mod compiling;
pub(crate) mod generation;
pub(crate) mod installed;
pub(crate) mod probation;
pub(crate) mod succession;
