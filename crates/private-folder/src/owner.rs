//! The user of this process, and what others may do to a file.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use nix::unistd::{Gid, Group, Uid, User};

/// The bit that keeps users from touching each other's files in one folder.
const STICKY: u32 = 0o1000;

/// Owner and permission bits of a file, folder or link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rights {
    pub(crate) owner: u32,
    pub(crate) group: u32,
    pub(crate) mode: u32,
}

/// This process's user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Myself {
    pub(crate) user: u32,
    /// The group that the user is alone in, where there is one.
    pub(crate) own_group: Option<u32>,
}

impl From<&Metadata> for Rights {
    fn from(metadata: &Metadata) -> Self {
        Self {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        }
    }
}

impl Rights {
    /// Returns whether the owner is neither this user nor root.
    pub(crate) fn is_foreign_to(self, me: Myself) -> bool {
        self.owner != me.user && self.owner != 0
    }

    /// Returns the part of `go-w` that would have to be taken away, if any.
    pub(crate) fn too_much_for(self, me: Myself) -> Option<&'static str> {
        let by_group = self.mode & 0o020 != 0 && me.own_group != Some(self.group);
        let by_others = self.mode & 0o002 != 0;
        match (by_group, by_others) {
            (true, true) => Some("go-w"),
            (true, false) => Some("g-w"),
            (false, true) => Some("o-w"),
            (false, false) => None,
        }
    }

    pub(crate) fn lets_others_read(self, me: Myself) -> bool {
        let by_group = self.mode & 0o040 != 0 && me.own_group != Some(self.group);
        by_group || self.mode & 0o004 != 0
    }

    pub(crate) fn is_sticky(self) -> bool {
        self.mode & STICKY != 0
    }
}

impl Myself {
    pub(crate) fn now() -> Self {
        let user = Uid::effective();
        Self {
            user: user.as_raw(),
            own_group: own_group(user),
        }
    }
}

fn own_group(user: Uid) -> Option<u32> {
    let account = User::from_uid(user).ok().flatten()?;
    let group = Group::from_gid(account.gid).ok().flatten()?;
    is_own(&account, &group).then(|| Gid::as_raw(group.gid))
}

/// Returns whether nobody else is in the group, as far as the system's lists say.
fn is_own(account: &User, group: &Group) -> bool {
    group.name == account.name && group.mem.iter().all(|member| *member == account.name)
}

#[cfg(test)]
mod tests {
    use super::{Myself, Rights};

    const ANN: Myself = Myself {
        user: 1_000,
        own_group: Some(1_000),
    };

    fn rights(owner: u32, group: u32, mode: u32) -> Rights {
        Rights { owner, group, mode }
    }

    #[test]
    fn ones_own_and_roots_are_not_foreign() {
        assert!(!rights(1_000, 1_000, 0o700).is_foreign_to(ANN));
        assert!(!rights(0, 0, 0o755).is_foreign_to(ANN));
        assert!(rights(1_001, 1_000, 0o700).is_foreign_to(ANN));
        let root = Myself {
            user: 0,
            own_group: Some(0),
        };
        assert!(rights(1_001, 0, 0o700).is_foreign_to(root));
    }

    #[test]
    fn a_file_is_read_by_its_group_and_by_everybody() {
        for (group, mode, expected) in [
            (1_000, 0o600, false),
            (1_000, 0o640, false),
            (100, 0o640, true),
            (1_000, 0o644, true),
            (1_000, 0o622, false),
        ] {
            let found = rights(1_000, group, mode).lets_others_read(ANN);
            assert_eq!(found, expected, "{group} {mode:o}");
        }
    }

    #[test]
    fn what_others_may_write_to_says_what_to_take_away() {
        for (group, mode, expected) in [
            (1_000, 0o755, None),
            (1_000, 0o775, None),
            (1_000, 0o777, Some("o-w")),
            (100, 0o755, None),
            (100, 0o775, Some("g-w")),
            (100, 0o777, Some("go-w")),
            (100, 0o1777, Some("go-w")),
        ] {
            let found = rights(1_000, group, mode).too_much_for(ANN);
            assert_eq!(found, expected, "{group} {mode:o}");
        }
        let shares = Myself {
            own_group: None,
            ..ANN
        };
        assert_eq!(
            rights(1_000, 1_000, 0o775).too_much_for(shares),
            Some("g-w")
        );
    }
}
