//! The README and the book, as far as Rust compiles them: each page with Rust examples is the
//! documentation of a module here, so `cargo test` runs them. Only then do the modules exist: as
//! this crate's own documentation the pages would be out of place.
//!
//! Everything else in them (manifests, JSON, WIT, links, tables) is tested in `tests/book`.

/// Declares one module per page.
macro_rules! pages {
    ($($page:ident: $path:literal;)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../../", $path))]
            pub mod $page {}
        )*

        /// The pages with Rust examples that are compiled here, from the repository's root.
        pub const COMPILED: &[&str] = &[$($path),*];
    };
}

pages! {
    readme: "README.md";
    crates: "docs/src/downstream/crates.md";
    hooks: "docs/src/authors/hooks.md";
    host_api: "docs/src/authors/host-api.md";
    instances: "docs/src/authors/instances.md";
    own_tables: "docs/src/authors/own-tables.md";
    quick_start: "docs/src/authors/quick-start.md";
}
