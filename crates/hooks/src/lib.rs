//! The hook bus: who is called when something happens, in which order, and what the answer means.
//!
//! A [`Bus`] holds the subscriptions of all plugins. A request takes one [`Hooks`] snapshot and
//! uses it throughout, so that a plugin reloaded meanwhile is seen as either old or new, never as a
//! mix. The hooks themselves, with their signatures, are the marker types of
//! [`raisfast_contract::hook`]; the bus has no others.
//!
//! The bus does not know wasm: a [`Handler`] is anything that can be called, a plugin's instance
//! pool or a closure. It sets no deadlines, keeps no instances and remembers nothing between calls.
//! A [`Gate`] decides before each call if it is made; a [`CallObserver`] is notified of each that
//! ended.
//!
//! ```
//! use std::sync::Arc;
//!
//! use raisfast_hooks::{Bus, Subscription, SubscriptionOptions};
//! use raisfast_contract::{PluginId, hook::FilterHtml};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plugin: PluginId = "com.example.shout".parse()?;
//! let shout = |(html,): (Arc<str>,)| async move { Ok(Some(html.to_uppercase())) };
//!
//! let bus = Bus::new();
//! let options = SubscriptionOptions { priority: 10, ..SubscriptionOptions::default() };
//! let shouting = Subscription::new::<FilterHtml>(plugin.clone(), options, Arc::new(shout));
//! bus.replace(&plugin, vec![shouting]);
//!
//! let html = bus.snapshot().filter::<FilterHtml>("hello".into(), |_| Ok(())).await?;
//! assert_eq!(&*html, "HELLO");
//! # Ok(())
//! # }
//! ```

mod bus;
mod dispatch;
mod gate;
mod handler;
mod observer;
mod provenance;
mod registry;
mod subscription;

pub use bus::Bus;
pub use dispatch::{Aborted, Called, Hooks};
pub use gate::{Admission, Gate, Gatekeeper, PauseCause, Paused, Probe};
pub use handler::{Handler, HandlerCall, HandlerError};
pub use observer::{CallObserver, Observer};
pub use provenance::{Filtered, Step, StepOutcome};
pub use subscription::{OnError, Subscription, SubscriptionOptions};
