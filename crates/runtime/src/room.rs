//! The room that the engine has set aside for the instances, memories and tables of all plugins.
//!
//! It is counted by plugin, when a version of it begins. A plugin takes part in the room with twice
//! what its largest version needs, so that a version that follows another always finds its place
//! beside it; and with what its versions have, where those are more than two. So what others take
//! may keep a plugin from being installed, but never a plugin that runs from being replaced. No
//! plugin takes more than an eighth of the memories and tables.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_contract::PluginId;
use wasmtime::component::Component;

use crate::LoadError;

/// The versions of a plugin that always have room.
const VERSIONS: u32 = 2;
/// The part of the memories and tables that one plugin may take.
const PART_OF_ONE: u32 = 8;

/// Counts of what instances need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    pub(crate) instances: u32,
    pub(crate) memories: u32,
    pub(crate) tables: u32,
}

impl Needs {
    /// Returns the needs of this many instances of a component.
    pub(crate) fn of(component: &Component, instances: usize) -> Self {
        let instances = u32::try_from(instances).unwrap_or(u32::MAX);
        // A component that imports modules does not fit the contract.
        let (memories, tables) = component
            .resources_required()
            .map_or((0, 0), |needs| (needs.num_memories, needs.num_tables));
        Self {
            instances,
            memories: instances.saturating_mul(memories),
            tables: instances.saturating_mul(tables),
        }
    }

    /// Returns the room that the engine sets aside where plugins are promised this many instances.
    pub(crate) fn of_all(max_instances: u32) -> Self {
        let instances = max_instances.saturating_mul(VERSIONS);
        Self {
            instances,
            // One each: a memory is 4 GiB of address space, and few components have more than one.
            memories: instances,
            tables: instances.saturating_mul(8),
        }
    }

    fn each(self, other: Self, of: impl Fn(u32, u32) -> u32) -> Self {
        Self {
            instances: of(self.instances, other.instances),
            memories: of(self.memories, other.memories),
            tables: of(self.tables, other.tables),
        }
    }

    fn plus(self, other: Self) -> Self {
        self.each(other, u32::saturating_add)
    }

    fn by_name(self) -> [(&'static str, u32); 3] {
        [
            ("instances", self.instances),
            ("memories", self.memories),
            ("tables", self.tables),
        ]
    }

    /// The first count that is beyond that of `limit`: its name, the count, and the limit.
    fn beyond(self, limit: Self) -> Option<(&'static str, u32, u32)> {
        self.by_name()
            .into_iter()
            .zip(limit.by_name())
            .map(|((name, count), (_, limit))| (name, count, limit))
            .find(|(_, count, limit)| count > limit)
    }
}

/// The versions of all plugins, by what they need. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Room(Arc<Shared>);

struct Shared {
    all: Needs,
    versions: Mutex<BTreeMap<PluginId, Vec<Needs>>>,
}

/// The room of one version, until this is dropped.
pub(crate) struct Reserved {
    room: Room,
    plugin: PluginId,
    needs: Needs,
}

impl Room {
    /// The room of an engine that has set `all` aside.
    pub(crate) fn new(all: Needs) -> Self {
        Self(Arc::new(Shared {
            all,
            versions: Mutex::default(),
        }))
    }

    /// Takes room for a version of a plugin.
    pub(crate) fn reserve(&self, plugin: &PluginId, needs: Needs) -> Result<Reserved, LoadError> {
        let all = self.0.all;
        let most = Needs {
            instances: all.instances / VERSIONS,
            // What one instance may have, in any case.
            memories: (all.memories / PART_OF_ONE).max(16),
            tables: (all.tables / PART_OF_ONE).max(100),
        };
        if let Some((what, found, limit)) = needs.beyond(most) {
            return Err(LoadError::TooMuchRoom {
                what,
                found,
                instances: needs.instances,
                limit,
            });
        }
        let mut versions = self.versions();
        let own = versions.entry(plugin.clone()).or_default();
        own.push(needs);
        let taken = versions
            .values()
            .fold(Needs::default(), |sum, versions| sum.plus(share(versions)));
        let reserved = Reserved {
            room: self.clone(),
            plugin: plugin.clone(),
            needs,
        };
        drop(versions);
        match taken.beyond(all) {
            None => Ok(reserved),
            Some((what, taken, limit)) => Err(LoadError::NoRoom {
                reason: format!(
                    "with this one they would take {taken} {what} for two versions of each, and there are {limit}"
                ),
            }),
        }
    }

    fn versions(&self) -> MutexGuard<'_, BTreeMap<PluginId, Vec<Needs>>> {
        let versions = self.0.versions.lock();
        versions.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the share of the room of a plugin with these versions.
fn share(versions: &[Needs]) -> Needs {
    let largest = versions
        .iter()
        .fold(Needs::default(), |most, needs| most.each(*needs, u32::max));
    let promised = largest.each(largest, |count, _| count.saturating_mul(VERSIONS));
    let taken = versions
        .iter()
        .fold(Needs::default(), |sum, needs| sum.plus(*needs));
    promised.each(taken, u32::max)
}

impl fmt::Debug for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reserved").field(&self.needs).finish()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut versions = self.room.versions();
        let Some(own) = versions.get_mut(&self.plugin) else {
            return;
        };
        if let Some(place) = own.iter().position(|needs| *needs == self.needs) {
            own.swap_remove(place);
        }
        if own.is_empty() {
            versions.remove(&self.plugin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(instances: u32, memories: u32) -> Needs {
        Needs {
            instances,
            memories: instances * memories,
            tables: instances,
        }
    }

    fn plugin(number: u32) -> PluginId {
        format!("com.example.p{number}").parse().unwrap()
    }

    #[test]
    fn a_plugin_that_runs_can_always_be_replaced() {
        let room = Room::new(Needs::of_all(1_000));
        let healthy = room.reserve(&plugin(0), needs(4, 1)).unwrap();
        // Others take all they can get.
        let mut others = Vec::new();
        for number in 1.. {
            match room.reserve(&plugin(number), needs(64, 2)) {
                Ok(reserved) => others.push(reserved),
                Err(error) => {
                    assert!(matches!(error, LoadError::NoRoom { .. }), "{error}");
                    break;
                }
            }
        }
        assert!(others.len() > 5);
        let next = room.reserve(&plugin(0), needs(4, 1)).unwrap();
        drop(healthy);
        let after = room.reserve(&plugin(0), needs(4, 1)).unwrap();
        for (number, other) in (1..).zip(&others) {
            room.reserve(&plugin(number), other.needs).unwrap();
        }
        drop((next, after));
    }

    #[test]
    fn what_is_refused_or_gone_takes_nothing() {
        let room = Room::new(Needs::of_all(100));
        for _ in 0..3 {
            let all = room.reserve(&plugin(1), needs(100, 0)).unwrap();
            let refused = room.reserve(&plugin(2), needs(1, 0)).unwrap_err();
            assert!(
                refused
                    .to_string()
                    .contains("202 instances for two versions of each, and there are 200"),
                "{refused}"
            );
            drop(all);
            drop(room.reserve(&plugin(2), needs(100, 0)).unwrap());
        }
        assert!(room.versions().is_empty());
    }

    #[test]
    fn more_versions_than_two_take_what_is_left() {
        let room = Room::new(Needs::of_all(10));
        let versions: Vec<_> = (0..3)
            .map(|_| room.reserve(&plugin(1), needs(4, 0)).unwrap())
            .collect();
        let _other = room.reserve(&plugin(2), needs(4, 0)).unwrap();
        assert!(room.reserve(&plugin(1), needs(4, 0)).is_err());
        drop(versions);
        assert!(room.reserve(&plugin(1), needs(4, 0)).is_ok());
    }

    #[test]
    fn one_plugin_takes_no_more_than_its_part() {
        let room = Room::new(Needs::of_all(1_000));
        let error = room.reserve(&plugin(1), needs(64, 15)).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("its 64 instances need 960 memories, and a plugin may have 250"),
            "{told}"
        );
        assert!(room.versions().is_empty());
    }
}
