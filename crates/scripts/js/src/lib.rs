//! The JavaScript interpreter that runs script plugins: QuickJS, as a component on wasm.
//!
//! [`Engine`] runs a script on any target, against any [`Host`](raisfast_script_interface::Host):
//! that is how it is tested. On wasm the crate is the component whose hooks call the handlers of
//! the script that the server gives it.
//!
//! ```
//! use std::rc::Rc;
//!
//! use raisfast_script_interface::{script::Script, stand_in::StandIn};
//! use raisfast_script_js::{Argument, Engine};
//!
//! let script = Script {
//!     entry: "main.js".into(),
//!     files: vec![(
//!         "main.js".into(),
//!         "export function filter_html(html) { return html + '<!-- seen -->' }".into(),
//!     )],
//! };
//! let mut engine = Engine::load(script, Rc::new(StandIn::default()))?;
//! let html = engine.call("filter-html", Some(Argument::Text("<p>".into())))?;
//! assert_eq!(html.as_text(), Some("<p><!-- seen -->"));
//! # Ok::<(), raisfast_script_interface::script::Failure>(())
//! ```

mod convert;
mod engine;
mod failure;
mod foreign;
mod globals;
mod loader;
mod rejections;
mod sdk;
mod started;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod seed;

pub use engine::{Argument, Engine};
