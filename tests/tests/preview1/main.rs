//! WASI preview 1 as core modules meet it: modules that were written for the test, in the real
//! sandbox.

mod calls;
mod descriptors;
mod module;
mod output;
mod waiting;
