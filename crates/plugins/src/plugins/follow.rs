//! Changes that an administrator has made on another server of the site, applied here.

use std::io;

use raisfast_contract::PluginId;

use super::Plugins;
use crate::{IdentityError, SettingsError, SwitchError, running::plan::Occasion};

/// A reason why a change that was made elsewhere does not apply here yet.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The plugins that are off are not known.
    #[error(transparent)]
    Switches(#[from] SwitchError),
    /// The folder that a plugin's id belongs to is not known.
    #[error(transparent)]
    Identities(#[from] IdentityError),
    /// The settings are not known.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The directory of plugins cannot be read.
    #[error("the directory of plugins cannot be read: {0}")]
    Folder(#[from] io::Error),
}

impl Plugins {
    /// Makes what runs of a plugin follow its switch, its folder and its settings as they are kept
    /// now, and ends its pauses if they were `reset`. Nothing is written: another server has. What
    /// has to be compiled has only begun when this returns.
    pub async fn follow(&self, id: &PluginId, reset: bool) -> Result<(), FollowError> {
        let off = self.switches.disabled().await?.contains(id);
        let turned_on = self.installed.is_disabled(id) && !off;
        if off {
            self.installed.disable(id).await;
        } else if turned_on {
            self.installed.enable(id);
            self.installed.forget_stamp(id);
        }
        let moved = self.installed.follow_holder(id).await?;
        if turned_on || moved {
            drop(self.installed.reconcile(Occasion::Change).await?);
        }
        let begun = self.installed.settings_changed(id, &self.settings).await?;
        drop(begun);
        if reset {
            self.end_pauses(id);
        }
        Ok(())
    }
}
