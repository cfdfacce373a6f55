//! The names of the tables that belong to one plugin.
//!
//! All of them begin with `own_`, the plugin's id in the letters that a table may have, and `__`.
//! In the id `.` becomes `_` and `-` becomes `___`, so `com.example.my-shop` owns
//! `own_com_example_my___shop__orders`.
//!
//! No two plugins share a prefix, and none begins with another's: an id has neither empty parts nor
//! hyphens beside a dot, so its own underscores come one at a time or in threes, and the first two
//! that stand alone are the end of the prefix. An id that is too long for a table's name is
//! represented by its SHA-256.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::PluginId;

/// The start of the name of every plugin's own table.
const OWN: &str = "own_";
/// The end of a prefix.
const END: &str = "__";
/// Bytes of the longest prefix, so that at least 24 of the 63 bytes that a name may have are the
/// table's.
const MAX_BYTES: usize = 39;

/// The start of the names of one plugin's own tables, indexes and constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePrefix(String);

impl TablePrefix {
    /// The prefix of a plugin: always the same, and no other plugin's.
    ///
    /// ```
    /// use raisfast_contract::{PluginId, TablePrefix};
    ///
    /// let plugin: PluginId = "com.example.my-shop".parse()?;
    /// let prefix = TablePrefix::of(&plugin);
    /// assert_eq!(prefix.as_str(), "own_com_example_my___shop__");
    /// assert!(prefix.owns("own_com_example_my___shop__orders"));
    /// assert!(!prefix.owns("own_com_example_my__orders"));
    /// # Ok::<(), raisfast_contract::InvalidPluginId>(())
    /// ```
    pub fn of(plugin: &PluginId) -> Self {
        let readable = plugin.as_str().replace('-', "___").replace('.', "_");
        let prefix = format!("{OWN}{readable}{END}");
        if prefix.len() <= MAX_BYTES {
            return Self(prefix);
        }
        // An id begins with a letter, so a digit cannot be the beginning of a readable one.
        Self(format!("{OWN}0{}{END}", digest(plugin)))
    }

    /// The prefix as text, `__` at its end included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a name is this plugin's: the prefix, and behind it a letter or digit before
    /// anything else. Names compare without regard to ASCII case, as grants do.
    pub fn owns(&self, name: &str) -> bool {
        name.to_ascii_lowercase()
            .strip_prefix(self.as_str())
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    }

    /// Returns whether a name can be a plugin's own, whichever the plugin is. No grant reaches such
    /// a table.
    pub fn is_of_any_plugin(name: &str) -> bool {
        name.get(..OWN.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(OWN))
    }
}

impl fmt::Display for TablePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first 160 bits of the id's SHA-256: 32 letters and digits, five bits each.
fn digest(plugin: &PluginId) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = Sha256::digest(plugin.as_str());
    let groups = digest[..20].chunks_exact(5);
    groups
        .flat_map(|group| {
            let bits = group
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |digit| bits >> (5 * digit) & 31)
        })
        .map(|digit| char::from(DIGITS[usize::try_from(digit).expect("it is below 32")]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(id: &str) -> TablePrefix {
        TablePrefix::of(&id.parse().unwrap())
    }

    #[test]
    fn ids_that_look_alike_own_different_tables() {
        let ids = [
            "com.a",
            "com.a-b",
            "com.a--b",
            "com.a---b",
            "com.a.b",
            "com.a.b.c",
            "com.a-b.c",
            "com.a.b-c",
            "com.a0b",
            "com.a.0",
            "com.a-0",
            "com.example.the-same-beginning-of-a-long-id",
            "com.example.the-same-beginning-of-a-long-ie",
        ];
        for one in ids {
            let table = format!("{}orders", prefix(one));
            for other in ids {
                assert_eq!(prefix(other).owns(&table), one == other, "{other} {table}");
            }
        }
    }

    #[test]
    fn what_stands_behind_the_prefix_cannot_make_it_another_plugins() {
        // `com.a--b` has the tables `own_com_a______b__…`.
        for name in ["own_com_a__", "own_com_a___x", "own_com_a______b__orders"] {
            assert!(!prefix("com.a").owns(name), "{name}");
        }
        assert!(prefix("com.a").owns("OWN_com_a__Orders"));
        assert!(prefix("com.a").owns("own_com_a__1"));
    }

    #[test]
    fn every_prefix_leaves_room_for_a_name() {
        let longest = format!("a.{}", "b-".repeat(62) + "bb");
        assert_eq!(longest.len(), PluginId::MAX_LEN);
        for id in [longest.as_str(), "com.example.of-some-length", "a.b"] {
            let prefix = prefix(id);
            assert!(prefix.as_str().len() <= MAX_BYTES, "{prefix}");
            assert!(
                prefix
                    .as_str()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
            assert!(TablePrefix::is_of_any_plugin(prefix.as_str()));
        }
        assert!(!TablePrefix::is_of_any_plugin("owners"));
        assert!(!TablePrefix::is_of_any_plugin("own"));
    }

    #[test]
    fn a_long_id_has_the_same_prefix_for_ever() {
        // From `printf %s ID | sha256sum | xxd -r -p | head -c 20 | base32`, in lower case.
        assert_eq!(
            prefix("com.example.the-same-beginning-of-a-long-id").as_str(),
            "own_0ydnk5zoz4m3h3jas7je4ifg22ihoc4ll__"
        );
    }
}
