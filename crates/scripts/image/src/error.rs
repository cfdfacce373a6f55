//! The reasons why a module is not written.

use wasmparser::BinaryReaderError;

use crate::INITIALIZE;

/// The reason why a module cannot be written as it is after its initialisation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a module, or one that is cut off.
    #[error("the module cannot be read: {0}")]
    Read(#[from] BinaryReaderError),
    /// The function is not there.
    #[error(
        "the module has no function `{INITIALIZE}` among its exports; export one that initialises \
         it, or do not ask for its image"
    )]
    Missing,
    /// The function takes or returns something.
    #[error("the export `{INITIALIZE}` has to take nothing and return nothing")]
    Signature,
    /// A part of the module that could not be written as it is then.
    #[error("the module has {0}, which no image can hold; build it without")]
    Unsupported(String),
    /// The initialisation asked for something that is not part of the module.
    #[error(
        "the initialisation calls `{module}` `{name}`, which is not there yet; call it when the \
         script is loaded"
    )]
    Import {
        /// The module of the import.
        module: String,
        /// The function.
        name: String,
    },
    /// The module does not start, or its initialisation traps.
    #[error("the initialisation fails: {0}")]
    Run(String),
    /// Something that the encoder does not write.
    #[error("the module cannot be written: {0}")]
    Encode(String),
    /// The result is wrong, which is a bug here.
    #[error("the module that was written is not valid, which is a fault of this crate: {0}")]
    Invalid(BinaryReaderError),
}
