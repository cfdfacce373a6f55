//! Guests that mean harm. The worst of them loses its own call: its author is told what happened
//! and what to do, its next call finds a fresh instance, its pool is whole, and the plugin beside
//! it does not notice.

mod arguments;
mod around;
mod beside;
mod bombs;
mod crowd;
mod deadlines;
mod failures;
mod floods;
mod locks;
mod memory;
mod queue;
mod results;
mod stacks;
mod starts;
