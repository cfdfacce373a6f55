//! The server's configuration, as plugins may see it.

/// Named settings of the server.
pub trait Config: Send + Sync {
    /// The setting, or `None` where there is none. A provider never gives out a secret: for this
    /// trait secrets do not exist.
    fn get(&self, key: &str) -> Option<String>;
}
