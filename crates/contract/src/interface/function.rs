//! One function of the host, as a number: what is counted by function needs no names.

use super::{HOST_INTERFACES, HostInterface, Returns, is_same, returns};

/// A function of the host, by its position in [`HOST_INTERFACES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostFunction(usize);

impl HostFunction {
    /// The number of functions of all interfaces.
    pub const COUNT: usize = {
        let (mut count, mut interface) = (0, 0);
        while interface < HOST_INTERFACES.len() {
            let HostInterface { at_once, waits, .. } = HOST_INTERFACES[interface];
            count += at_once.len() + waits.len();
            interface += 1;
        }
        count
    };

    /// Returns a function of an interface with this full name; none where there is no such
    /// function.
    ///
    /// ```
    /// use raisfast_contract::interface::HostFunction;
    ///
    /// const NOW: HostFunction = HostFunction::find("raisfast:plugin-wit/clock", "now").unwrap();
    /// assert_eq!(NOW.to_string(), "clock/now");
    /// assert_eq!(HostFunction::find("raisfast:plugin-wit/clock", "send"), None);
    /// ```
    #[must_use]
    pub const fn find(interface: &str, function: &str) -> Option<Self> {
        let (mut before, mut index) = (0, 0);
        while index < HOST_INTERFACES.len() {
            let HostInterface {
                name,
                at_once,
                waits,
            } = HOST_INTERFACES[index];
            if is_same(name, interface) {
                if let Some(position) = position(at_once, function) {
                    return Some(Self(before + position));
                }
                if let Some(position) = position(waits, function) {
                    return Some(Self(before + at_once.len() + position));
                }
            }
            before += at_once.len() + waits.len();
            index += 1;
        }
        None
    }

    /// Returns every function, in the list's order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Returns the position among all functions, below [`COUNT`](Self::COUNT).
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }

    /// Returns true if the function may wait for a database, a disk or a network.
    #[must_use]
    pub fn waits(self) -> bool {
        let (interface, function) = self.names();
        returns(interface.name, function) == Some(Returns::Later)
    }

    fn names(self) -> (&'static HostInterface, &'static str) {
        let mut all = HOST_INTERFACES.iter().flat_map(|interface| {
            let functions = interface.functions();
            functions.map(move |function| (interface, function))
        });
        all.nth(self.0)
            .expect("a position comes from the same list")
    }
}

/// As logs and traces have it: the interface without its package, and the function.
impl std::fmt::Display for HostFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (interface, function) = self.names();
        write!(f, "{}/{function}", interface.own_name())
    }
}

const fn position(functions: &[&str], function: &str) -> Option<usize> {
    let mut index = 0;
    while index < functions.len() {
        if is_same(functions[index], function) {
            return Some(index);
        }
        index += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_is_found_by_its_names_and_has_a_number_of_its_own() {
        let mut numbers = Vec::new();
        for interface in HOST_INTERFACES {
            for function in interface.functions() {
                let found = HostFunction::find(interface.name, function).expect(function);
                assert_eq!(
                    found.to_string(),
                    format!("{}/{function}", interface.own_name())
                );
                assert_eq!(found.waits(), interface.waits.contains(&function));
                numbers.push(found.index());
            }
        }
        assert_eq!(numbers, (0..HostFunction::COUNT).collect::<Vec<_>>());
        assert_eq!(HostFunction::all().count(), HostFunction::COUNT);
    }
}
