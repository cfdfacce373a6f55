//! The contract's functions for the length of one hook call.
//!
//! A session begins with the call and ends with it, by [`Session::end`] or by being dropped. An open
//! transaction is the only thing that it holds, and does not survive it. Guests are not trusted: what
//! they pass is cut, counted or refused here before a provider sees it.

mod database;
mod files;
mod identity;
mod outgoing;
mod parameters;
mod tables;

use std::{fmt::Display, sync::Arc};

use raisfast_contract::{Delivery, HookName};

use crate::{
    ApiError, ErrorCode, HostedPlugin,
    capability::{KvLimits, Level, LogRecord, Transaction},
    plugin::REPORTS_PER_MINUTE,
    rate::{Allowance, Rate},
};

/// Bytes of one log record's text; the rest is cut off with a mark.
const LOG_BYTES: usize = 8 << 10;
/// Bytes of a key, an event's type and the like.
const NAME_BYTES: usize = 512;
/// Bytes of an event's data.
const EVENT_BYTES: usize = 64 << 10;

/// What is said beside each line of a manifest that could raise a limit.
const CEILING: &str = "the operator's ceiling is under [plugins.limits] in raisfast.toml";

/// One instance's view of the host, for one hook call after the other.
pub struct Session {
    plugin: Arc<HostedPlugin>,
    /// The call in progress, if there is one.
    hook: Option<HookName>,
    /// What the call in progress delivers, if it delivers an action.
    delivery: Option<Delivery>,
    transaction: Option<Box<dyn Transaction>>,
}

impl Session {
    pub(crate) fn new(plugin: Arc<HostedPlugin>, hook: Option<HookName>) -> Self {
        Self {
            plugin,
            hook,
            delivery: None,
            transaction: None,
        }
    }

    /// Begins a call, after the one before it has ended; one that delivers an action says which.
    pub fn begin_call(&mut self, hook: HookName, delivery: Option<&Delivery>) {
        self.hook = Some(hook);
        self.delivery = delivery.cloned();
    }

    /// Ends the call: a transaction that is still open is rolled back, and the log says so. When this
    /// returns, its locks are free, and nothing of the call is left for the next one.
    pub async fn end_call(&mut self) {
        if let Some(open) = self.transaction.take() {
            self.report_open_transaction();
            if let Err(error) = open.rollback().await {
                self.report(Level::Error, &format!("the rollback failed: {error}"));
            }
        }
        self.hook = None;
        self.delivery = None;
    }

    /// The same for a call that could not wait, and so could not begin a transaction: one that is open
    /// all the same is rolled back by being dropped.
    pub fn end_call_at_once(&mut self) {
        if self.transaction.take().is_some() {
            self.report_open_transaction();
        }
        self.hook = None;
        self.delivery = None;
    }

    /// The hook whose call is in progress, if one is.
    pub fn hook(&self) -> Option<HookName> {
        self.hook
    }

    /// `current` of `interface deliveries`
    pub fn delivery(&self) -> Option<Delivery> {
        self.delivery.clone()
    }

    /// `log`
    pub fn log(&self, level: &str, message: &str) {
        match self.plugin.rates.log_records.take() {
            Allowance::Granted => {}
            Allowance::FirstRefusal => {
                self.report_limit(
                    "log records a minute",
                    "log_records_per_minute",
                    self.plugin.quotas.log_records_per_minute,
                );
                return;
            }
            Allowance::Refused => return,
        }
        let level = Level::from_contract(level);
        if message.len() <= LOG_BYTES {
            self.record(level, message);
        } else {
            let cut = &message[..message.floor_char_boundary(LOG_BYTES)];
            self.record(
                level,
                &format!("{cut}… [cut: {} bytes in all]", message.len()),
            );
        }
    }

    /// `get-config`
    pub fn get_config(&self, key: &str) -> Option<String> {
        if let Some(own) = self.plugin.config.get(key) {
            return Some(own.clone());
        }
        if !self.plugin.grants.allows_config(key) {
            // A key that the server does not have is no secret and no denial.
            if self.plugin.capabilities.config.get(key).is_some() {
                self.report_denial(
                    &format!("get-config of the server's `{key}`"),
                    &format!("[permissions]: config = [{key:?}]"),
                );
            }
            return None;
        }
        self.plugin.capabilities.config.get(key)
    }

    /// `get-data`
    pub async fn get_data(&self, key: &str) -> Option<String> {
        if key.len() > NAME_BYTES {
            return None;
        }
        let value = self.plugin.capabilities.kv.get(&self.plugin.id, key).await;
        self.logged("get-data", value).flatten()
    }

    /// `set-data`; refused while the session's own transaction is open.
    pub async fn set_data(&self, key: &str, value: &str) -> bool {
        if key.len() > NAME_BYTES {
            self.report(
                Level::Warn,
                &format!(
                    "set-data: the key is {} bytes long; the limit is {NAME_BYTES}",
                    key.len()
                ),
            );
            return false;
        }
        if self.transaction.is_some() {
            // The store writes on a connection of its own, which would wait for this very transaction.
            self.report(
                Level::Warn,
                "set-data while a transaction is open would wait for it in vain; call db-commit or db-rollback first",
            );
            return false;
        }
        let limits = KvLimits {
            keys: self.plugin.quotas.kv_keys,
            bytes: self.plugin.quotas.kv_bytes,
        };
        let set = self
            .plugin
            .capabilities
            .kv
            .set(&self.plugin.id, key, value, limits)
            .await;
        self.stored(
            "set-data",
            ["kv_keys", "kv_bytes"],
            &self.plugin.rates.kv_full,
            set,
        )
    }

    /// `get-post`
    pub async fn get_post(&self, slug: &str) -> Option<String> {
        let post = self.plugin.capabilities.content.post_by_slug(slug).await;
        let post = self.logged("get-post", post).flatten()?;
        let readable = post.status == "published"
            || self
                .plugin
                .grants
                .allows_table(raisfast_contract::grant::Access::Read, "posts");
        if !readable {
            self.report_denial(
                "get-post of an unpublished post",
                "[permissions]: database = [\"read:posts\"]",
            );
            return None;
        }
        serde_json::to_string(&post).ok()
    }

    /// `emit-event`
    pub fn emit_event(&self, event_type: &str, data: &str) -> String {
        answer(
            self.emit(event_type, data)
                .map(|()| serde_json::json!({"ok": true})),
        )
    }

    fn emit(&self, event_type: &str, data: &str) -> Result<(), ApiError> {
        let invalid = |message: String| ApiError::new(ErrorCode::InvalidArgument, message);
        if event_type.is_empty()
            || event_type.len() > NAME_BYTES
            || event_type.chars().any(char::is_control)
        {
            return Err(invalid(format!(
                "an event's type is 1 to {NAME_BYTES} bytes without control characters"
            )));
        }
        if data.len() > EVENT_BYTES {
            return Err(invalid(format!(
                "an event's data is at most {EVENT_BYTES} bytes; this is {}",
                data.len()
            )));
        }
        let allowance = self.plugin.rates.events.take();
        let limit = self.plugin.quotas.events_per_minute;
        self.within(allowance, "events a minute", "events_per_minute", limit)?;
        self.plugin
            .capabilities
            .events
            .emit(&self.plugin.id, event_type, data);
        Ok(())
    }

    /// The host's own record of what the guest did. A guest could ask for what is denied in a loop, so
    /// these have a limit too.
    fn report(&self, level: Level, message: &str) {
        match self.plugin.rates.reports.take() {
            Allowance::Granted => self.record(level, message),
            Allowance::FirstRefusal => self.record(
                Level::Warn,
                &format!(
                    "the host has written {REPORTS_PER_MINUTE} records about what this plugin asked for; the rest of this minute's are left out"
                ),
            ),
            Allowance::Refused => {}
        }
    }

    fn record(&self, level: Level, message: &str) {
        self.plugin.capabilities.log.record(LogRecord {
            plugin: &self.plugin.id,
            hook: self.hook,
            level,
            message,
        });
    }

    /// Says what was asked and the manifest line that would allow it.
    fn report_denial(&self, asked: &str, manifest_line: &str) {
        self.report(
            Level::Warn,
            &format!("denied: {asked}; to allow it, write in manifest.toml, under {manifest_line}"),
        );
    }

    /// Refuses what is not allowed any more in this minute, and tells the log so once.
    fn within(
        &self,
        allowance: Allowance,
        what: &str,
        key: &str,
        limit: u64,
    ) -> Result<(), ApiError> {
        if allowance == Allowance::FirstRefusal {
            self.report_limit(what, key, limit);
        }
        if allowance == Allowance::Granted {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Quota,
            format!("the limit of {limit} {what} is reached"),
        ))
    }

    /// Whether something was stored. Where a limit is reached, which `told` counts, the log is told once a
    /// minute, with the keys that may raise it.
    fn stored(
        &self,
        function: &str,
        keys: [&str; 2],
        told: &Rate,
        result: Result<(), ApiError>,
    ) -> bool {
        match result {
            Err(error) if error.code == ErrorCode::Quota => {
                if told.take() == Allowance::Granted {
                    self.record(
                        Level::Warn,
                        &format!(
                            "{function} failed: {error}; to raise the limit, write in manifest.toml, under \
                             [limits], {} or {}; {CEILING}",
                            keys[0], keys[1]
                        ),
                    );
                }
                false
            }
            result => self.logged(function, result).is_some(),
        }
    }

    /// Once in each limit's minute, so it counts against none itself.
    fn report_limit(&self, what: &str, key: &str, limit: u64) {
        self.record(
            Level::Warn,
            &format!("the limit of {limit} {what} is reached; to raise it, write in manifest.toml, under [limits]: {key} = {}; {CEILING}", limit.saturating_mul(2).max(1)),
        );
    }

    fn report_open_transaction(&self) {
        self.report(
            Level::Warn,
            "the call ended with an open transaction, which is rolled back; call db-commit before the hook returns",
        );
    }

    /// For functions whose failure value has no room for a reason: the log has.
    fn logged<T>(&self, function: &str, result: Result<T, impl Display>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(Level::Warn, &format!("{function} failed: {error}"));
                None
            }
        }
    }
}

impl Drop for Session {
    /// The call was cut off; the transaction's own drop rolls it back.
    fn drop(&mut self) {
        if self.transaction.is_some() {
            self.report_open_transaction();
        }
    }
}

/// A result as the contract's JSON text.
fn answer(result: Result<serde_json::Value, ApiError>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => serde_json::json!({"error": error.message, "code": error.code}).to_string(),
    }
}
