//! Tests of the README and the book beyond their Rust examples.

mod completeness;
mod examples;
mod layers;
mod links;
mod names_of_the_server;
mod page;
mod public_reports;
mod reliability;
