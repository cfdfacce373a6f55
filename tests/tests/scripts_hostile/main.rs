//! Scripts that mean harm, in each language: loops, recursion, allocation, texts and JSON without
//! bounds, floods, locks, answers that are not values, text that is run, a library that is changed.
//! The worst of them loses its own call: its author is told the reason, its next call finds a fresh
//! instance, and the plugin beside it does not notice.

mod beside;
mod javascript;
mod lua;
mod rhai;
