//! Hints about what a handler returns, each once.

use std::collections::HashSet;

/// The hints that were given.
#[derive(Debug, Default)]
pub struct Hints(HashSet<(&'static str, String)>);

/// A script that returns ever new keys gets no more hints than this.
const MOST: usize = 64;

impl Hints {
    /// Returns the hint about keys that a handler's record does not have; none where it was given
    /// before, or where there are none.
    pub fn about(&mut self, handler: &'static str, unknown: Vec<String>) -> Option<String> {
        let mut new = Vec::new();
        for key in unknown {
            if self.0.len() < MOST && self.0.insert((handler, key.clone())) {
                new.push(format!("`{key}`"));
            }
        }
        if new.is_empty() {
            return None;
        }
        let keys = new.join(", ");
        let handler = handler.replace('-', "_");
        Some(format!(
            "{handler} returned {keys}, which it does not have; it is ignored"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hints, MOST};

    #[test]
    fn each_key_is_hinted_at_once() {
        let mut hints = Hints::default();
        let keys = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        assert_eq!(hints.about("on-post-creating", vec![]), None);
        assert_eq!(
            hints
                .about("on-post-creating", keys(&["body", "titel"]))
                .unwrap(),
            "on_post_creating returned `body`, `titel`, which it does not have; it is ignored"
        );
        assert_eq!(hints.about("on-post-creating", keys(&["titel"])), None);
        assert!(hints.about("on-post-updating", keys(&["titel"])).is_some());
    }

    #[test]
    fn ever_new_keys_are_not_kept() {
        let mut hints = Hints::default();
        for number in 0..1000 {
            hints.about("on-post-creating", vec![number.to_string()]);
        }
        assert_eq!(hints.0.len(), MOST);
    }
}
