//! The memory of Lua.

#![allow(unsafe_code, reason = "Lua asks for memory as C does")]

use std::alloc::{self, Layout};

/// Lua's values are aligned so; C's `malloc` does no less here.
const ALIGNMENT: usize = 8;

/// As `realloc`, with the old size, which Lua knows.
#[unsafe(no_mangle)]
extern "C" fn raisfast_allocate(block: *mut u8, old: usize, size: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(old, ALIGNMENT) else {
        return std::ptr::null_mut();
    };
    // SAFETY: Lua hands back blocks that it has got here, each with its own size, and none twice;
    // a block of no size is null. A size that no layout has is refused before.
    unsafe {
        match (block.is_null() || old == 0, size) {
            (true, 0) => std::ptr::null_mut(),
            (true, _) => match Layout::from_size_align(size, ALIGNMENT) {
                Ok(layout) => alloc::alloc(layout),
                Err(_) => std::ptr::null_mut(),
            },
            (false, 0) => {
                alloc::dealloc(block, layout);
                std::ptr::null_mut()
            }
            (false, _) if Layout::from_size_align(size, ALIGNMENT).is_err() => std::ptr::null_mut(),
            (false, _) => alloc::realloc(block, layout, size),
        }
    }
}
