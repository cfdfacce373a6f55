//! The imports of a raisfast plugin written in Rust: the contract's records, the host's functions,
//! and one trait with a method per hook.
//!
//! A plugin implements [`Guest`](exports::raisfast::plugin_wit::plugin_hooks::Guest), writes only
//! the hooks that it wants, and names its type in [`export_plugin_hooks!`]:
//!
//! ```
//! use raisfast_plugin::*;
//!
//! use exports::raisfast::plugin_wit::plugin_hooks::*;
//!
//! struct Plugin;
//!
//! impl Guest for Plugin {
//!     fn on_post_creating(mut post: PostInput) -> Option<PostInput> {
//!         if post.excerpt.is_some() {
//!             return None;
//!         }
//!         post.excerpt = Some(post.content.chars().take(160).collect());
//!         host_api::log("debug", &format!("made an excerpt for {}", post.title));
//!         Some(post)
//!     }
//! }
//!
//! export_plugin_hooks!(Plugin);
//! # fn main() {}
//! ```
//!
//! The crate is a `cdylib`, built with `cargo build --target wasm32-unknown-unknown --release`; the
//! `.wasm` file that comes out is the plugin.
//!
//! A panic is logged with its message and place before it ends the call. Statics keep their value
//! from call to call, but each instance of the plugin has its own.
//!
//! This crate does not know the host. Built for another target than wasm it compiles, so that a
//! plugin's own logic can have unit tests, but [`host_api`]'s functions are there only inside the
//! host.

pub mod database;
mod hooks;
pub mod http;
pub mod lifecycle;
mod panic;

#[doc(hidden)]
#[allow(
    missing_docs,
    unsafe_code,
    clippy::pedantic,
    reason = "generated from plugin.wit"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin-world-with-views",
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "raisfast_plugin::bindings",
    });
}

#[doc(hidden)]
#[allow(
    missing_docs,
    unsafe_code,
    clippy::pedantic,
    reason = "generated from plugin.wit"
)]
pub mod lifecycle_bindings {
    wit_bindgen::generate!({
        path: "wit",
        // Alone, so that a plugin without it exports none of it.
        inline: "
            package raisfast:plugin;
            world lifecycle {
                export raisfast:plugin-wit/lifecycle;
            }
        ",
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
        default_bindings_module: "raisfast_plugin::lifecycle_bindings",
    });
}

#[doc(inline)]
pub use bindings::raisfast::plugin_wit::{clock, deliveries, host_api, identifiers, refusals};

/// The paths that `wit_bindgen::generate!` gives a plugin, so that a plugin written against it
/// compiles here unchanged.
pub mod exports {
    /// The namespace of the contract's package.
    pub mod raisfast {
        /// The contract's package.
        pub mod plugin_wit {
            /// The hooks and the records that they receive and return.
            pub mod plugin_hooks {
                #[doc(inline)]
                pub use crate::{
                    bindings::raisfast::plugin_wit::types::{
                        CommentInput, ContentEvent, PostInput, PostOutput,
                    },
                    hooks::Guest,
                };
            }
        }
    }
}

/// Make a type's [`Guest`](exports::raisfast::plugin_wit::plugin_hooks::Guest) implementation the
/// plugin.
///
/// Used once, at the top level of the plugin's crate.
// The contract's export names are not symbols that a native linker takes in a dynamic library.
// Elsewhere than on wasm the macro therefore only checks the type, so that `cargo test` links.
#[macro_export]
macro_rules! export_plugin_hooks {
    ($plugin:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export!($plugin with_types_in $crate::bindings);

        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            const fn check<T: $crate::exports::raisfast::plugin_wit::plugin_hooks::Guest>() {}
            check::<$plugin>();
        };
    };
}

/// Make a type's [`Lifecycle`](lifecycle::Lifecycle) implementation the plugin's.
///
/// Used once, at the top level of the plugin's crate, beside [`export_plugin_hooks!`].
#[macro_export]
macro_rules! export_plugin_lifecycle {
    ($plugin:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::lifecycle_bindings::export_lifecycle!($plugin with_types_in $crate::lifecycle_bindings);

        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            const fn check<T: $crate::lifecycle::Lifecycle>() {}
            check::<$plugin>();
        };
    };
}
