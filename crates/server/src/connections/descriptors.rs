//! The number of files that the system lets this process open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The files that the server keeps for itself: the database, plugins' files, requests of plugins,
/// compiled code.
const OWN: u64 = 512;

/// Returns the number of files that the server needs for `wanted` connections.
pub(crate) fn needed(wanted: usize) -> u64 {
    OWN + wanted as u64
}

/// Asks the system for room for `wanted` connections beside the server's own files, and returns for
/// how many there is room.
pub(super) fn room_for(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let needed = needed(wanted);
    let most = limit.maximum.map_or(needed, |most| most.min(needed));
    let mut current = limit.current.unwrap_or(u64::MAX);
    // The usual soft limit is from times when `select` could take no more.
    if current < most {
        let raised = Rlimit {
            current: Some(most),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            current = most;
        }
    }
    usize::try_from(beside_own(current)).map_or(wanted, |room| room.min(wanted))
}

/// Returns the number that is left beside the server's own files; at least half of a small limit,
/// and one in any case.
fn beside_own(files: u64) -> u64 {
    (files - (files / 2).min(OWN)).max(1)
}

#[cfg(test)]
mod tests {
    use super::beside_own;

    #[test]
    fn the_server_keeps_files_for_itself_and_leaves_some_to_connections() {
        for (files, connections) in [
            (0, 1),
            (1, 1),
            (256, 128),
            (1024, 512),
            (1536, 1024),
            (u64::MAX, u64::MAX - 512),
        ] {
            assert_eq!(beside_own(files), connections, "{files}");
        }
    }
}
