//! Environment variables that look like settings and are none.

use crate::config::nearest;

/// Returns those of `found` that are not `known`, each with the one that was probably meant. One
/// that begins with another word than all that are known, or is near none of them, may be somebody
/// else's.
pub(super) fn misspelt(
    found: impl Iterator<Item = String>,
    known: &[String],
) -> Vec<(String, &str)> {
    let names = || known.iter().map(String::as_str);
    let mut misspelt: Vec<_> = found
        .filter(|name| names().any(|known| first_word(known) == first_word(name)))
        .filter(|name| !known.contains(name))
        .filter_map(|name| {
            let meant = names()
                .find(|known| has_words_of(known, &name) || has_words_of(&name, known))
                .or_else(|| nearest(&name, names()))?;
            Some((name, meant))
        })
        .collect();
    misspelt.sort();
    misspelt
}

fn first_word(name: &str) -> Option<&str> {
    name.split_once('_').map(|(word, _)| word)
}

/// Returns whether a name has all words of another, as `PLUGIN_WASM_POOL_SIZE` has those of
/// `PLUGIN_POOL_SIZE`.
fn has_words_of(name: &str, other: &str) -> bool {
    other
        .split('_')
        .all(|word| name.split('_').any(|other| other == word))
}

#[cfg(test)]
mod tests {
    use super::misspelt;

    #[test]
    fn near_misses_are_found_and_what_is_somebody_else_s_is_left_alone() {
        let known = [
            "PLUGIN_WASM_POOL_SIZE",
            "PLUGIN_DIR",
            "RAISFAST_ADMIN_PASSWORD",
            "DATABASE_URL",
            "OUTBOX_MAX_WAITING",
        ]
        .map(str::to_owned);
        let of = |name: &str| {
            let found = misspelt([name.to_owned()].into_iter(), &known);
            found.first().map(|(_, meant)| (*meant).to_owned())
        };
        for (name, meant) in [
            ("PLUGIN_POOL_SIZE", "PLUGIN_WASM_POOL_SIZE"),
            ("PLUGIN_DIRS", "PLUGIN_DIR"),
            ("RAISFAST_DATABASE_URL", "DATABASE_URL"),
            ("RAISFAST_PLUGIN_DIR", "PLUGIN_DIR"),
            ("RAISFAST_ADMIN_PASWORD", "RAISFAST_ADMIN_PASSWORD"),
            ("OUTBOX_MAX", "OUTBOX_MAX_WAITING"),
        ] {
            assert_eq!(of(name).as_deref(), Some(meant), "{name}");
        }
        for name in [
            "PLUGIN_DIR",
            "PLUGIN_KEY_FOR_STRIPE",
            "RAISFAST_TEST_DATABASE",
            "HOME",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
