//! The contract as one plugin needs it.

use std::collections::BTreeSet;

use raisfast_contract::HookName;
use raisfast_manifest::Manifest;
use raisfast_plugin_wit::CONTRACT;
use wit_component::{StringEncoding, WitPrinter, embed_component_metadata};
use wit_parser::{PackageId, Resolve, WorldKey};

use crate::BuildError;

/// The world that a plugin is built for.
pub(crate) const WORLD: &str = "plugin-world";

/// The contract with only those hooks that a plugin has.
///
/// Most languages' tools want every function of an interface that a world exports. With only the
/// subscribed ones in it, an author writes these and no others.
pub(crate) struct Contract {
    text: String,
    hooks: BTreeSet<HookName>,
}

impl Contract {
    /// The contract with the hooks that a manifest subscribes to.
    pub(crate) fn of(manifest: &Manifest) -> Result<Self, BuildError> {
        let mut hooks: BTreeSet<_> = manifest.hooks.keys().copied().collect();
        // One that is not enabled can still be run by hand.
        if !manifest.cron.is_empty() {
            hooks.insert(HookName::OnCronTick);
        }
        if hooks.is_empty() {
            return Err(BuildError::NoHooks);
        }
        Ok(Self::with_hooks(hooks))
    }

    fn with_hooks(hooks: BTreeSet<HookName>) -> Self {
        let (mut resolve, package) = parse(CONTRACT);
        let world = resolve.packages[package].worlds[WORLD];
        for interface in interfaces(&HookName::ALL.into()) {
            let id = resolve.packages[package].interfaces[own_name(interface)];
            let functions = &mut resolve.interfaces[id].functions;
            functions.retain(|name, _| hooks.iter().any(|hook| hook.as_str() == name));
            let is_wanted = !functions.is_empty();
            // The one world of the plugin exports what its hooks are in, whichever world of the
            // contract does so.
            let key = WorldKey::Interface(id);
            let mut worlds = resolve.worlds.iter();
            let export = worlds.find_map(|(_, world)| world.exports.get(&key).cloned());
            let exports = &mut resolve.worlds[world].exports;
            exports.shift_remove(&key);
            exports.extend(export.filter(|_| is_wanted).map(|export| (key, export)));
        }
        let mut printer = WitPrinter::default();
        printer
            .print(&resolve, package, &[])
            .expect("what was parsed can be printed");
        Self {
            text: String::from(printer.output),
            hooks,
        }
    }

    /// Returns the interfaces that have the hooks, each with its hooks.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = (&'static str, Vec<HookName>)> {
        let interfaces = interfaces(&self.hooks).into_iter();
        interfaces.map(|interface| {
            let hooks = HookName::of_interface(interface);
            let hooks = hooks.filter(|hook| self.hooks.contains(hook));
            (interface, hooks.collect())
        })
    }

    /// As a WIT file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Says in a core module, in its last section, which world it was built for.
    pub(crate) fn embed(&self, module: &mut Vec<u8>) {
        let (resolve, package) = parse(&self.text);
        let world = resolve
            .select_world(&[package], Some(WORLD))
            .expect("the contract has this world");
        embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)
            .expect("a world without resources can be encoded");
    }
}

/// Returns the interfaces that have the hooks, by their full names, in the contract's order.
fn interfaces(hooks: &BTreeSet<HookName>) -> Vec<&'static str> {
    let mut interfaces: Vec<_> = hooks.iter().map(|hook| hook.interface()).collect();
    interfaces.dedup();
    interfaces
}

/// Returns an interface's name without that of its package.
pub(crate) fn own_name(interface: &str) -> &str {
    interface.rsplit('/').next().unwrap_or(interface)
}

fn parse(text: &str) -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source("plugin.wit", text)
        .expect("plugin.wit is valid WIT");
    (resolve, package)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use raisfast_contract::HookName;

    use super::{Contract, WORLD, parse};

    /// The functions that the plugin's world exports.
    fn hooks_of(contract: &Contract) -> Vec<String> {
        let (resolve, package) = parse(contract.text());
        let world = &resolve.worlds[resolve.packages[package].worlds[WORLD]];
        let mut functions = Vec::new();
        for export in world.exports.values() {
            let wit_parser::WorldItem::Interface { id, .. } = export else {
                panic!("hooks are in interfaces: {export:?}");
            };
            functions.extend(resolve.interfaces[*id].functions.keys().cloned());
        }
        functions
    }

    #[test]
    fn the_hooks_are_those_that_were_asked_for() {
        let asked = [HookName::OnLogin, HookName::OnPostCreating];
        let contract = Contract::with_hooks(BTreeSet::from(asked));
        assert_eq!(hooks_of(&contract), ["on-post-creating", "on-login"]);
    }

    #[test]
    fn with_every_hook_the_contract_says_what_it_always_said() {
        let contract = Contract::with_hooks(BTreeSet::from(HookName::ALL));
        assert_eq!(hooks_of(&contract).len(), HookName::ALL.len());
        let kept = "/// The time.\ninterface clock {";
        assert!(super::CONTRACT.contains(kept));
        assert!(contract.text().contains(kept), "{}", contract.text());
    }
}
