//! The ends to which a plugin is built.

/// The end to which a plugin is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Fast and small. Functions may be gone into those that call them; the line table says so.
    #[default]
    Release,
    /// As it is written, with the checks that the language leaves out of fast code: each line and
    /// function is there.
    Debug,
}

impl Profile {
    /// Returns what fits, of one for each profile.
    pub(crate) fn choose<T>(self, release: T, debug: T) -> T {
        match self {
            Self::Release => release,
            Self::Debug => debug,
        }
    }
}
