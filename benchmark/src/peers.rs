//! The engines that a user could pick instead, each set up as its own documentation advises.
//!
//! Each takes part twice: **reused**, a virtual machine that is kept with its script compiled, and
//! **a VM per request**, a fresh one that loads its script and is thrown away. A script may use its
//! whole language, but for files and processes. None has what the host does around a call: a
//! deadline, limits of memory and quantities, a log, discarding after a failure. Their `get_data`
//! is a look into a map.

mod extism;
mod lua;
mod machine;
mod quickjs;
mod rhai;

use anyhow::Result;

use crate::{Entry, Work};

/// A contender that is left out of a work, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Absent {
    /// The contender's name.
    pub(crate) name: &'static str,
    /// The table's text instead of a figure.
    pub(crate) reason: &'static str,
}

/// The peers that can do a work, ready for it, and those that cannot.
#[derive(Default)]
pub(crate) struct Peers {
    /// Those who can.
    pub(crate) entries: Vec<Entry>,
    /// Those who cannot.
    pub(crate) absent: Vec<Absent>,
}

impl Peers {
    /// Sets all peers up for a work.
    ///
    /// # Errors
    ///
    /// When one of them does not load its script, or the Extism guest is not built.
    pub(crate) fn of(work: &Work) -> Result<Self> {
        let mut peers = Self::default();
        lua::join(work, &mut peers)?;
        rhai::join(work, &mut peers)?;
        quickjs::join(work, &mut peers)?;
        extism::join(work, &mut peers)?;
        Ok(peers)
    }

    fn enter(&mut self, name: &'static str, contender: impl crate::Contender + 'static) {
        let contender = Box::new(contender);
        self.entries.push(Entry { name, contender });
    }

    fn leave_out(&mut self, names: &[&'static str], reason: &'static str) {
        let absent = names.iter().map(|&name| Absent { name, reason });
        self.absent.extend(absent);
    }
}

/// The reason why an engine without Markdown does not render it.
const NO_MARKDOWN: &str = "not offered: the language has no Markdown";
/// The reason why long works are not measured with a fresh virtual machine.
const SAME_AS_REUSED: &str = "as reused: the work takes far longer than making a VM";

#[cfg(test)]
mod tests;
