//! The contract as one plugin needs it.

use std::collections::BTreeSet;

use raisfast_contract::HookName;
use raisfast_manifest::Manifest;
use raisfast_plugin_wit::CONTRACT;
use wit_component::{StringEncoding, WitPrinter, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

use crate::BuildError;

/// The interface whose functions are the hooks.
const HOOKS: &str = "plugin-hooks";

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
        let interface = resolve.packages[package].interfaces[HOOKS];
        resolve.interfaces[interface]
            .functions
            .retain(|name, _| hooks.iter().any(|hook| hook.as_str() == name));
        let mut printer = WitPrinter::default();
        printer
            .print(&resolve, package, &[])
            .expect("what was parsed can be printed");
        Self {
            text: String::from(printer.output),
            hooks,
        }
    }

    /// The names of the hooks, as the contract writes them.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = &'static str> {
        self.hooks.iter().map(|hook| hook.as_str())
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

    use super::{Contract, HOOKS, parse};

    fn hooks_of(contract: &Contract) -> Vec<String> {
        let (resolve, package) = parse(contract.text());
        let interface = resolve.packages[package].interfaces[HOOKS];
        let functions = &resolve.interfaces[interface].functions;
        functions.keys().cloned().collect()
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
