//! The sandbox, seen by a plugin's test, with the guests of `tests/guests/`.

mod calls;
mod guests;
mod left_behind;
mod refusals;
mod world;
