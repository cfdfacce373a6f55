//! The memory limit of one instance.

use wasmtime::ResourceLimiter;

/// Bytes of one table element on the host.
const ELEMENT: usize = size_of::<usize>();

/// Counts all memories and tables of an instance together; growth beyond the limit fails in the
/// guest, as `memory.grow` answering -1, and the guest may cope.
pub(crate) struct MemoryLimit {
    limit: usize,
    used: usize,
    refused: Option<Refusal>,
}

/// A guest's request for memory that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// More bytes than this limit.
    Memory(usize),
    /// A table larger than any may be.
    Table,
}

impl MemoryLimit {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: 0,
            refused: None,
        }
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let after = self.used.saturating_sub(current).saturating_add(desired);
        if after > self.limit {
            self.refused = Some(Refusal::Memory(self.limit));
            return false;
        }
        self.used = after;
        true
    }

    /// Returns the last refusal since the last question: the likely reason of a trap.
    pub(crate) fn take_refusal(&mut self) -> Option<Refusal> {
        self.refused.take()
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(
            current.saturating_mul(ELEMENT),
            desired.saturating_mul(ELEMENT),
        ))
    }

    /// Notes that a table could not grow: the limit may allow more than the engine has set aside
    /// for it.
    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused.get_or_insert(Refusal::Table);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_memories_and_tables_together() {
        let mut limit = MemoryLimit::new(100 * ELEMENT);
        assert!(limit.memory_growing(0, 60 * ELEMENT, None).unwrap());
        assert!(limit.table_growing(0, 40, None).unwrap());
        assert!(
            !limit
                .memory_growing(60 * ELEMENT, 61 * ELEMENT, None)
                .unwrap()
        );
        assert!(!limit.table_growing(40, usize::MAX, None).unwrap());
        let refusal = Some(Refusal::Memory(100 * ELEMENT));
        assert_eq!(limit.take_refusal(), refusal);
        assert_eq!(limit.take_refusal(), None);
        // A refused growth is not counted.
        assert!(
            limit
                .memory_growing(60 * ELEMENT, 60 * ELEMENT, None)
                .unwrap()
        );
    }
}
