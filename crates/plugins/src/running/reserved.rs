//! The subscriptions of a plugin that is not called: nothing that it guards passes unseen, and no
//! change is kept from it.

use std::sync::Arc;

use raisfast_contract::{HookKind, HookName};
use raisfast_hooks::{OnError, Subscription};
use raisfast_manifest::{HookEntry, Manifest};

use crate::{SafeMode, running::generation::subscription_options};

/// The message of a plugin that is on its way. Visitors are among its readers.
const COMPILING: &str =
    "it is being compiled, which takes some seconds, once for a version; try again in a moment";

/// The message of a plugin in safe mode.
pub(crate) const SAFE_MODE: &str =
    "the server runs in safe mode, in which no plugin is called; it ends with the next start";

/// The message of a guard that could not be loaded.
const NOT_LOADED: &str =
    "it could not be loaded; an admin can read why, and repair it, turn it off or remove it";

/// The message of a plugin that waits for its settings. Visitors are among its readers.
const NEEDS_SETTINGS: &str =
    "it needs settings that its operator has not given it; an administrator sees which ones";

/// Returns the subscriptions of a plugin that is being compiled.
pub(crate) fn compiling(manifest: &Manifest) -> Vec<Subscription> {
    reserve_all(manifest, COMPILING, |_| {})
}

/// Returns the subscriptions of a plugin that needs settings.
pub(crate) fn needs_settings(manifest: &Manifest) -> Vec<Subscription> {
    reserve_all(manifest, NEEDS_SETTINGS, |_| {})
}

/// Returns the subscriptions of a plugin in safe mode.
pub(crate) fn in_safe_mode(manifest: &Manifest, safe_mode: SafeMode) -> Vec<Subscription> {
    reserve_all(manifest, SAFE_MODE, |on_error| {
        if safe_mode == SafeMode::Unguarded {
            *on_error = OnError::Continue;
        }
    })
}

fn reserve_all(
    manifest: &Manifest,
    reason: &str,
    change: impl Fn(&mut OnError),
) -> Vec<Subscription> {
    let reason: Arc<str> = reason.into();
    let subscriptions = manifest.subscriptions().into_iter();
    subscriptions
        .map(|(hook, entry)| {
            let mut options = subscription_options(&entry);
            change(&mut options.on_error);
            let plugin = manifest.plugin.id.clone();
            Subscription::reserve(plugin, hook, options, Arc::clone(&reason))
        })
        .collect()
}

/// Returns the entries of a manifest whose failure refuses a request.
pub(super) fn guards(manifest: &Manifest) -> impl Iterator<Item = (HookName, HookEntry)> {
    let subscriptions = manifest.subscriptions().into_iter();
    subscriptions.filter(|(hook, entry)| {
        hook.kind() == HookKind::Filter && subscription_options(entry).on_error == OnError::Abort
    })
}

/// Returns subscriptions that refuse what the guards of a plugin guard, because the plugin could
/// not be loaded. Its other hooks are left out, as those of any plugin that is not loaded.
pub(crate) fn not_loaded(manifest: &Manifest) -> Vec<Subscription> {
    let reason: Arc<str> = NOT_LOADED.into();
    guards(manifest)
        .map(|(hook, entry)| {
            let plugin = manifest.plugin.id.clone();
            let options = subscription_options(&entry);
            Subscription::stand_in(plugin, hook, options, Arc::clone(&reason))
        })
        .collect()
}
