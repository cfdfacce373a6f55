//! The interfaces that a plugin may import from the host.

mod function;

pub use function::HostFunction;

/// The package of the contract. It has no version, and never will: new abilities are new
/// interfaces.
pub const PACKAGE: &str = "raisfast:plugin-wit";

/// The interface that a core module imports which was built for WASI preview 1, once the runtime's
/// adapter is inside it. It is not part of the contract.
pub const PREVIEW1: &str = "raisfast:preview1/host";

/// The interface through which an interpreter takes the script that it runs. It is part of the
/// contract's text, and not for plugins: only the host's own interpreters import it.
pub const SCRIPT: &str = "raisfast:plugin-wit/script";

/// An interface of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostInterface {
    /// The full name.
    pub name: &'static str,
    /// The functions that return at once: they are linked as synchronous.
    pub at_once: &'static [&'static str],
    /// The functions that wait for a database, a disk or a network.
    pub waits: &'static [&'static str],
}

/// The moment at which a function of the host returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// Before anything else can happen to the guest.
    AtOnce,
    /// Later, perhaps: the guest has to be prepared to be suspended.
    Later,
}

/// The interfaces of the host with their functions. The only list of them: `plugin.wit` is compared
/// with it by a test, and the links of functions by the compiler; see [`returns`].
pub const HOST_INTERFACES: &[HostInterface] = &[
    HostInterface {
        name: "raisfast:plugin-wit/host-api",
        at_once: &["log", "get-config", "emit-event"],
        waits: &[
            "http-get",
            "http-post",
            "get-data",
            "set-data",
            "get-post",
            "db-query",
            "db-execute",
            "db-begin",
            "db-commit",
            "db-rollback",
            "vfs-read",
            "vfs-write",
            "vfs-delete",
            "vfs-exists",
            "vfs-list",
            "vfs-stat",
        ],
    },
    HostInterface {
        name: "raisfast:plugin-wit/database",
        at_once: &["placeholder"],
        waits: &[
            "insert",
            "fetch-one",
            "fetch-all",
            "update",
            "delete",
            "count",
            "increment",
            "sum",
            "group-by",
        ],
    },
    HostInterface {
        name: "raisfast:plugin-wit/identifiers",
        at_once: &["new-id"],
        waits: &[],
    },
    HostInterface {
        name: "raisfast:plugin-wit/clock",
        at_once: &["now", "unix-milliseconds"],
        waits: &[],
    },
    HostInterface {
        name: "raisfast:plugin-wit/deliveries",
        at_once: &["current"],
        waits: &[],
    },
    HostInterface {
        name: "raisfast:plugin-wit/refusals",
        at_once: &["refuse"],
        waits: &[],
    },
    HostInterface {
        name: "raisfast:plugin-wit/http",
        at_once: &[],
        waits: &["send"],
    },
    HostInterface {
        name: SCRIPT,
        at_once: &["entry", "files", "fail", "refuse"],
        waits: &[],
    },
    HostInterface {
        name: PREVIEW1,
        at_once: &["write", "wall-clock", "monotonic-clock", "random", "exit"],
        waits: &["sleep"],
    },
];

impl HostInterface {
    /// Returns the name without that of its package.
    pub fn own_name(&self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    /// Returns all functions.
    pub fn functions(&self) -> impl Iterator<Item = &'static str> {
        self.at_once.iter().chain(self.waits).copied()
    }
}

/// Returns the interfaces of the contract that plugins may import, in its order.
pub fn of_the_contract() -> impl Iterator<Item = &'static HostInterface> {
    HOST_INTERFACES
        .iter()
        .filter(|interface| interface.name.starts_with(PACKAGE) && interface.name != SCRIPT)
}

/// Returns when a function of the host returns; none where there is no such function.
///
/// ```
/// use raisfast_contract::interface::{Returns, returns};
///
/// const { assert!(matches!(returns("raisfast:plugin-wit/clock", "now"), Some(Returns::AtOnce))) };
/// assert_eq!(returns("raisfast:plugin-wit/http", "send"), Some(Returns::Later));
/// assert_eq!(returns("raisfast:plugin-wit/clock", "send"), None);
/// ```
pub const fn returns(interface: &str, function: &str) -> Option<Returns> {
    let mut rest = HOST_INTERFACES;
    while let [known, more @ ..] = rest {
        if is_same(known.name, interface) {
            return if holds(known.at_once, function) {
                Some(Returns::AtOnce)
            } else if holds(known.waits, function) {
                Some(Returns::Later)
            } else {
                None
            };
        }
        rest = more;
    }
    None
}

const fn holds(functions: &[&str], function: &str) -> bool {
    let mut rest = functions;
    while let [name, more @ ..] = rest {
        if is_same(name, function) {
            return true;
        }
        rest = more;
    }
    false
}

/// Compares texts where `==` cannot be used yet: in constants.
const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([a, more @ ..], [b, others @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (more, others);
    }
    one.is_empty() && other.is_empty()
}
