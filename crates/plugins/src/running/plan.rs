//! The decisions that follow a look at the folders. Pure: nothing here reads a file, loads, or
//! touches what runs.
//!
//! A [`Situation`] is all that is known before the look. It says [what was seen](Situation::seen)
//! last, to compare the folders with; a [`plan`](Situation::plan) is the [`Step`] for each folder
//! that differs. The module `reconcile` takes the steps.
//!
//! With a plugin's id goes all that the plugin has stored, and what the operator has set for it. So
//! the folder that was loaded with it first keeps it, over restarts and whatever the folders are
//! called; only an administrator gives it to another (decision 0044).

use std::collections::{BTreeMap, BTreeSet};

use raisfast_contract::PluginId;
use raisfast_manifest::Manifest;

use crate::{
    PluginLoadError,
    files::folder::{Look, PluginFolder, ReadManifest, Seen, Stamp},
};

/// The reason why the folders are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The server starts: what is there belongs to the site, and is missed until it is ready.
    Start,
    /// Something may have changed: what is new was not missed before.
    Change,
}

/// All that is known of the folders before a look at them.
pub(crate) struct Situation {
    pub(crate) folders: BTreeMap<PluginFolder, Known>,
    pub(crate) ids: Ids,
    /// The plugins that an administrator has turned off.
    pub(crate) disabled: BTreeSet<PluginId>,
    /// No plugin is loaded.
    pub(crate) safe_mode: bool,
}

/// The part of what is known of a folder that decides what happens to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The folder as it was last seen; `None` where it is to be loaded whatever it is.
    pub(crate) stamp: Option<Stamp>,
    /// The folder could not be loaded, or its plugin was rolled back: each touch is worth another
    /// try.
    pub(crate) has_failed: bool,
    /// The id that it wants and was refused.
    pub(crate) refused: Option<PluginId>,
}

/// The folders that have ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    /// The name of each id's folder, as it is remembered. Some of them are gone.
    pub(crate) holders: BTreeMap<PluginId, String>,
    /// The folders that are here, by the id that they have or are about to get.
    pub(crate) claimed: BTreeMap<PluginId, PluginFolder>,
}

/// A change of what is known or of what runs.
#[derive(Debug)]
pub(crate) enum Step {
    /// The folder is gone: what runs of it ends.
    Unload,
    /// The files were touched and hold what they held.
    Touch(Stamp),
    /// It cannot be loaded. What runs of it goes on.
    Refuse {
        stamp: Stamp,
        /// The manifest, where that can be read and the reason is another one.
        manifest: Option<Box<Manifest>>,
        reason: PluginLoadError,
    },
    /// It is turned off, whatever its other files are.
    TurnOff {
        stamp: Stamp,
        manifest: Box<Manifest>,
    },
    /// It is not loaded, because no plugin is.
    HoldBack {
        stamp: Stamp,
        manifest: Box<Manifest>,
    },
    /// It is loaded, and takes the place of what runs of it when that has succeeded.
    Load {
        stamp: Stamp,
        read: Box<ReadManifest>,
    },
}

/// The fate of a plugin's calls while its next version is being compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// The version before it answers them.
    Former,
    /// The subscriptions are reserved.
    Reserved,
    /// It was not there before, and is not missed.
    New,
}

impl Situation {
    /// Returns what each folder was at the last look. Left out are those that are to be loaded
    /// whatever they hold, and those that would get an id now that they were refused.
    pub(crate) fn seen(&self) -> BTreeMap<PluginFolder, Seen> {
        let seen = self.folders.iter().filter_map(|(folder, known)| {
            let may_claim = |id| self.ids.refusal(id, folder).is_none();
            if known.refused.as_ref().is_some_and(may_claim) {
                return None;
            }
            let seen = Seen {
                stamp: known.stamp.clone()?,
                has_failed: known.has_failed,
            };
            Some((folder.clone(), seen))
        });
        seen.collect()
    }

    /// Decides what follows a look at all folders. Of two that want an id which nobody has, the
    /// first by name gets it.
    pub(crate) fn plan(self, looks: BTreeMap<PluginFolder, Look>) -> Vec<(PluginFolder, Step)> {
        let Self {
            folders,
            mut ids,
            disabled,
            safe_mode,
        } = self;
        let gone = folders
            .into_keys()
            .filter(|known| !looks.contains_key(known));
        let mut plan: Vec<_> = gone.map(|folder| (folder, Step::Unload)).collect();
        for (folder, _) in &plan {
            ids.leave(folder);
        }
        for (folder, look) in looks {
            let step = match look {
                Look::Same => continue,
                Look::Touched(stamp) => Step::Touch(stamp),
                Look::Changed(stamp, read) => match *read {
                    Err(reason) => Step::Refuse {
                        stamp,
                        manifest: None,
                        reason,
                    },
                    Ok(read) => {
                        let id = &read.manifest.plugin.id;
                        match ids.claim(id, &folder) {
                            Err(reason) => Step::Refuse {
                                stamp,
                                manifest: Some(Box::new(read.manifest)),
                                reason,
                            },
                            Ok(()) if disabled.contains(id) => Step::TurnOff {
                                stamp,
                                manifest: Box::new(read.manifest),
                            },
                            Ok(()) if safe_mode => Step::HoldBack {
                                stamp,
                                manifest: Box::new(read.manifest),
                            },
                            Ok(()) => Step::Load {
                                stamp,
                                read: Box::new(read),
                            },
                        }
                    }
                },
            };
            plan.push((folder, step));
        }
        plan
    }
}

impl Ids {
    /// Lets a folder use an id, unless another one has it or is about to get it.
    pub(crate) fn claim(
        &mut self,
        id: &PluginId,
        folder: &PluginFolder,
    ) -> Result<(), PluginLoadError> {
        if let Some(reason) = self.refusal(id, folder) {
            return Err(reason);
        }
        self.claimed.insert(id.clone(), folder.clone());
        Ok(())
    }

    /// Returns why a folder may not use an id, if it may not.
    fn refusal(&self, id: &PluginId, folder: &PluginFolder) -> Option<PluginLoadError> {
        let wants = folder.name();
        let claimant = self.claimed.get(id).map(PluginFolder::name);
        let holder = self.holders.get(id).or(claimant.as_ref())?;
        if *holder == wants {
            // By the record it is this folder's. Whoever else claims it does so since before that.
            let other = claimant.filter(|claimant| *claimant != wants);
            return other.map(|holder| held(id, holder, wants));
        }
        Some(if claimant.as_ref() == Some(holder) {
            held(id, holder.clone(), wants)
        } else {
            PluginLoadError::Left {
                plugin: id.clone(),
                holder: holder.clone(),
                folder: wants,
            }
        })
    }

    /// Takes note of a folder that is gone: what it claimed is free, where it is not its by record.
    fn leave(&mut self, folder: &PluginFolder) {
        self.claimed.retain(|_, claimant| claimant != folder);
    }
}

fn held(id: &PluginId, holder: String, folder: String) -> PluginLoadError {
    PluginLoadError::Held {
        plugin: id.clone(),
        holder,
        folder,
    }
}

impl Meanwhile {
    /// Decides what becomes of a plugin's calls while a version of it is compiled.
    pub(crate) fn of(runs: bool, is_reserved: bool, occasion: Occasion) -> Self {
        if runs {
            Self::Former
        } else if is_reserved || occasion == Occasion::Start {
            Self::Reserved
        } else {
            Self::New
        }
    }
}

#[cfg(test)]
mod tests;
