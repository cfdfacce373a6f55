//! Statements that were let through, by the text that the author wrote.
//!
//! Only those: a plugin repeats its few statements a thousand times, and a refusal is a mistake
//! that is logged and corrected. Texts that are refused could otherwise push out those that are
//! worth keeping.
//!
//! A plugin that writes values into its text makes a new statement each time. What is new is the
//! first to go when room is needed, so that such texts push out one another and not those that are
//! asked for again.

use std::{fmt, sync::Arc};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::Statement;

/// Bytes of all statements of one cache, as written and as rendered.
const MAX_BYTES: u64 = 128 * 1024;

/// The least that a statement counts for, so that there are never more than 128 of them.
const LEAST_BYTES: u64 = 1024;

/// The decisions of one function, `db-query` or `db-execute`: what one lets through is nothing to
/// the other.
pub(crate) struct Decisions {
    by_text: Cache<Box<str>, Arc<Statement>, Bytes>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Box<str>, Arc<Statement>> for Bytes {
    fn weight(&self, text: &Box<str>, statement: &Arc<Statement>) -> u64 {
        let bytes = text.len() + statement.sql.len();
        u64::try_from(bytes).unwrap_or(u64::MAX).max(LEAST_BYTES)
    }
}

impl Decisions {
    pub(crate) fn new() -> Self {
        let most = usize::try_from(MAX_BYTES / LEAST_BYTES).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(most)
            .weight_capacity(MAX_BYTES)
            // The limit is one for all, rather than one for each part of the statements.
            .shards(1)
            .build()
            .expect("both capacities are set");
        Self {
            by_text: Cache::with_options(
                options,
                Bytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    /// The statement of this text, if it is known.
    pub(crate) fn get(&self, text: &str) -> Option<Arc<Statement>> {
        self.by_text.get(text)
    }

    /// The statement of this text, decided on now if it is not known. Two calls that ask for the
    /// same new text at the same time both decide: neither thread waits for the other.
    pub(crate) fn get_or_decide<E>(
        &self,
        text: &str,
        decide: impl FnOnce(&str) -> Result<Statement, E>,
    ) -> Result<Arc<Statement>, E> {
        if let Some(known) = self.by_text.get(text) {
            return Ok(known);
        }
        let statement = Arc::new(decide(text)?);
        self.by_text.insert(text.into(), Arc::clone(&statement));
        Ok(statement)
    }
}

impl fmt::Debug for Decisions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decisions")
            .field("statements", &self.by_text.len())
            .field("bytes", &self.by_text.weight())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, convert::Infallible};

    use super::*;

    /// Asks for a text, and returns true if it had to be decided on.
    fn is_new(decisions: &Decisions, text: &str) -> bool {
        let mut decided = false;
        let statement = decisions
            .get_or_decide(text, |text| {
                decided = true;
                Ok::<_, Infallible>(Statement {
                    sql: text.to_owned(),
                    placeholders: 0,
                    reads: BTreeSet::new(),
                    writes: BTreeSet::new(),
                })
            })
            .unwrap();
        assert_eq!(statement.sql, text);
        decided
    }

    #[test]
    fn a_text_is_decided_on_once() {
        let decisions = Decisions::new();
        assert!(is_new(&decisions, "one"));
        assert!(is_new(&decisions, "two"));
        assert!(!is_new(&decisions, "one"));
        assert!(!is_new(&decisions, "two"));
    }

    #[test]
    fn a_refusal_is_not_kept() {
        let decisions = Decisions::new();
        assert_eq!(decisions.get_or_decide("one", |_| Err("no")), Err("no"));
        assert!(is_new(&decisions, "one"));
    }

    #[test]
    fn many_statements_stay_within_the_limit() {
        let decisions = Decisions::new();
        for number in 0..10_000 {
            is_new(&decisions, &number.to_string());
        }
        let kept = decisions.by_text.len();
        assert!((64..=128).contains(&kept), "{kept} statements are kept");
    }

    #[test]
    fn long_statements_stay_within_the_limit() {
        let decisions = Decisions::new();
        for number in 0..1_000 {
            is_new(&decisions, &format!("{number:010000}"));
        }
        let bytes = decisions.by_text.weight();
        assert!((20_000..=MAX_BYTES).contains(&bytes), "{bytes} bytes");
        assert!(
            is_new(&decisions, &"x".repeat(100_000)),
            "it is answered even if it is too long to be kept"
        );
        assert!(decisions.by_text.weight() <= MAX_BYTES);
    }

    #[test]
    fn statements_that_are_repeated_stay() {
        let decisions = Decisions::new();
        is_new(&decisions, "repeated");
        is_new(&decisions, "repeated");
        for number in 0..10_000 {
            is_new(&decisions, &number.to_string());
        }
        assert!(!is_new(&decisions, "repeated"));
    }
}
