//! Reasons why a configuration cannot be used.

use std::path::PathBuf;

/// The configuration cannot be used; the message says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("cannot read {}: {source}; name another file with --config or RAISFAST_CONFIG", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not a configuration of this server.
    #[error("{} does not fit: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column, the text that is wrong and what would be right.
        message: String,
    },
    /// The folder of plugins is not there.
    #[error(
        "there is no folder {} for plugins: make it, or name another with --plugin-dir, PLUGIN_DIR or [plugins] dir",
        path.display()
    )]
    PluginDir {
        /// The folder.
        path: PathBuf,
    },
    /// The log filter cannot be used.
    #[error(
        "`{found}` is not a valid log filter: {source}; write RUST_LOG like `info` or `warn,plugin=debug`"
    )]
    LogFilter {
        /// The text of `RUST_LOG`.
        found: String,
        /// The part that is wrong.
        source: tracing_subscriber::filter::ParseError,
    },
    /// A variable about traces cannot be used.
    #[error("traces cannot be sent as {variable} says: {reason}; without that variable none are")]
    Traces {
        /// The variable. Its value may hold a password.
        variable: &'static str,
        /// The way to write it.
        reason: String,
    },
}
