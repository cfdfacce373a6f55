//! Users, their rights, passwords, tokens and sessions.
//!
//! [`Users`] makes accounts, logs in and tells whose a token is. [`Right`] has the table of who may
//! do what. A password is kept as a hash that
//! is slow to make, a token as one that is quick to find. A login fires `on-login`, through the
//! outbox.
//!
//! This crate does not know what users write, nor HTTP: an error is an [`AccountError`] and not a
//! status.

mod administration;
mod error;
mod password;
mod recovery;
mod rights;
mod token;
mod user;
mod users;

pub use administration::{Account, AccountPage, generate_password};
pub use error::{AccountError, InvalidField};
pub use recovery::{Recovered, reset_admin, reset_password};
pub use rights::{Extent, Right};
pub use user::{Role, User};
pub use users::{Login, Users};
