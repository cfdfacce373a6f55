//! The hook bus: who is called when something happens, in which order, and what becomes of the answer.
//!
//! A [`Bus`] holds the subscriptions of all plugins. A request takes one [`Hooks`] snapshot and uses it
//! throughout, so that a plugin reloaded meanwhile is seen as either old or new, never as a mix.
//! The hooks themselves, with their signatures, are the marker types of [`raisfast_contract::hook`].
//!
//! The bus does not know wasm: a [`Handler`] is anything that can be called, a plugin's instance pool
//! or a closure. It sets no deadlines, keeps no instances and remembers nothing between calls; what it
//! sees, it tells its [`Observer`], which it asks before each call whether to make it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use raisfast_hooks::{Bus, OnError, Subscription};
//! use raisfast_contract::hook::FilterHtml;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = "com.example.shout".parse()?;
//! let shout = |(html,): (Arc<str>,)| async move { Ok(Some(html.to_uppercase())) };
//!
//! let bus = Bus::new();
//! bus.replace(
//!     &plugin,
//!     vec![Subscription::new::<FilterHtml>(
//!         plugin.clone(),
//!         100,
//!         OnError::Continue,
//!         vec![],
//!         Arc::new(shout),
//!     )],
//! );
//!
//! let html = bus.snapshot().filter::<FilterHtml>("hello".into(), |_| Ok(())).await?;
//! assert_eq!(&*html, "HELLO");
//! # Ok(())
//! # }
//! ```

mod bus;
mod dispatch;
mod handler;
mod observer;
mod provenance;
mod registry;
mod subscription;

pub use bus::Bus;
pub use dispatch::{Aborted, Called, Hooks};
pub use handler::{Handler, HandlerError};
pub use observer::{Admission, CallObserver, Observer, PauseCause, Paused, Probe};
pub use provenance::{Filtered, Step, StepOutcome};
pub use subscription::{OnError, Subscription};
