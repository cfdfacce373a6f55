//! The interfaces that a plugin may import from the host.

/// The package of the contract. It has no version, and never will: new abilities are new
/// interfaces.
pub const PACKAGE: &str = "raisfast:plugin-wit";

/// The interface that a core module imports which was built for WASI preview 1, once the runtime's
/// adapter is inside it. It is not part of the contract.
pub const PREVIEW1: &str = "raisfast:preview1/host";

/// The functions that return at once, by their interface: they are linked as synchronous. All
/// others wait for a database, a disk or a network.
///
/// Where functions are linked, the compiler compares: see [`returns_at_once`].
pub const AT_ONCE: &[(&str, &[&str])] = &[
    (
        "raisfast:plugin-wit/host-api",
        &["log", "get-config", "emit-event"],
    ),
    ("raisfast:plugin-wit/database", &["placeholder"]),
    ("raisfast:plugin-wit/identifiers", &["new-id"]),
    ("raisfast:plugin-wit/clock", &["now", "unix-milliseconds"]),
    ("raisfast:plugin-wit/deliveries", &["current"]),
    (
        PREVIEW1,
        &["write", "wall-clock", "monotonic-clock", "random", "exit"],
    ),
];

/// Returns whether a function of the host returns at once.
///
/// ```
/// use raisfast_contract::interface::returns_at_once;
///
/// const { assert!(returns_at_once("raisfast:plugin-wit/clock", "now")) };
/// assert!(!returns_at_once("raisfast:plugin-wit/http", "send"));
/// ```
pub const fn returns_at_once(interface: &str, function: &str) -> bool {
    let mut rest = AT_ONCE;
    while let [(name, functions), more @ ..] = rest {
        if is_same(name, interface) {
            return holds(functions, function);
        }
        rest = more;
    }
    false
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
