//! How much memory one instance may have.

use wasmtime::ResourceLimiter;

/// Bytes of one table element on the host.
const ELEMENT: usize = size_of::<usize>();

/// Counts all memories and tables of an instance together; growth beyond the limit fails in the guest,
/// as `memory.grow` answering -1, and the guest may cope.
pub(crate) struct MemoryLimit {
    limit: usize,
    used: usize,
}

impl MemoryLimit {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let after = self.used.saturating_sub(current).saturating_add(desired);
        if after > self.limit {
            return false;
        }
        self.used = after;
        true
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
        // A refused growth is not counted.
        assert!(
            limit
                .memory_growing(60 * ELEMENT, 60 * ELEMENT, None)
                .unwrap()
        );
    }
}
