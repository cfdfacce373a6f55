//! The memory of an instance from call to call: the last comments, and their number.

use std::{
    collections::{VecDeque, hash_map::DefaultHasher},
    fmt,
    hash::{Hash, Hasher},
};

use crate::rules::{Rules, Verdict};

/// The number of comments that are remembered.
const REMEMBERED: usize = 64;

/// A memory that ends with the instance.
#[derive(Debug)]
pub struct Memory {
    recent: VecDeque<u64>,
    seen: u64,
    removed: u64,
}

impl Memory {
    /// A memory that has seen nothing.
    pub const fn new() -> Self {
        Self {
            recent: VecDeque::new(),
            seen: 0,
            removed: 0,
        }
    }

    /// Judge a comment by the rules and by what was seen before, and remember it.
    pub fn judge(&mut self, rules: &Rules, text: &str) -> Verdict {
        let is_repeated = self.remember(text);
        let verdict = match rules.judge(text) {
            Verdict::Spam(reason) => Verdict::Spam(reason),
            _ if is_repeated => Verdict::Spam("the same comment was made before".to_owned()),
            verdict => verdict,
        };
        self.removed += u64::from(matches!(verdict, Verdict::Spam(_)));
        verdict
    }

    /// Returns whether the text is among the last ones, and adds it to them.
    fn remember(&mut self, text: &str) -> bool {
        self.seen += 1;
        let mut hasher = DefaultHasher::new();
        text.trim().to_lowercase().hash(&mut hasher);
        let hash = hasher.finish();
        if self.recent.contains(&hash) {
            return true;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(hash);
        false
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} seen, {} removed", self.seen, self.removed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, REMEMBERED};
    use crate::rules::{Rules, Verdict};

    fn rules() -> Rules {
        Rules {
            max_links: 0,
            blocked_words: vec![],
        }
    }

    #[test]
    fn a_repeated_comment_is_spam_and_both_are_counted() {
        let mut memory = Memory::new();
        assert_eq!(memory.judge(&rules(), "First!"), Verdict::Fine);
        assert!(matches!(
            memory.judge(&rules(), " first! "),
            Verdict::Spam(_)
        ));
        assert_eq!(memory.to_string(), "2 seen, 1 removed");
    }

    #[test]
    fn old_comments_are_forgotten() {
        let mut memory = Memory::new();
        memory.judge(&rules(), "First!");
        for n in 0..REMEMBERED {
            assert_eq!(
                memory.judge(&rules(), &format!("comment {n}")),
                Verdict::Fine
            );
        }
        assert_eq!(memory.judge(&rules(), "First!"), Verdict::Fine);
    }

    #[test]
    fn the_rules_reason_comes_first() {
        let mut memory = Memory::new();
        memory.judge(&rules(), "http://a.example");
        let reason = "1 links, at most 0 are allowed".to_owned();
        assert_eq!(
            memory.judge(&rules(), "http://a.example"),
            Verdict::Spam(reason)
        );
    }
}
