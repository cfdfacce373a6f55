//! The reasons why a module is not written.

use wasmparser::BinaryReaderError;

/// The reason why errors cannot be written into a module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a module, or one that is cut off.
    #[error("the module cannot be read: {0}")]
    Read(#[from] BinaryReaderError),
    /// One of the two functions is not there.
    #[error(
        "the module has no export `{0}`; link it with the C file that defines it, and keep the \
         export"
    )]
    Missing(&'static str),
    /// One of the two functions takes or returns something else.
    #[error("the export `{name}` has to take {expected} and return nothing")]
    Signature {
        /// The export.
        name: &'static str,
        /// The parameters that it has to take.
        expected: &'static str,
    },
    /// The pointer of C's stack is not the module's first global.
    #[error(
        "the module's first global is not a mutable i32, as the stack pointer of C is where the \
         linker puts it"
    )]
    StackPointer,
    /// Something that the encoder does not write.
    #[error("the module cannot be written: {0}")]
    Encode(String),
    /// The result is wrong, which is a bug here.
    #[error("the module that was written is not valid, which is a fault of this crate: {0}")]
    Invalid(BinaryReaderError),
}
