//! The functions that an error may leave.

use std::collections::HashSet;

use wasmparser::FuncType;

use crate::module::Facts;

/// The functions that an error may leave, and the types of those of them that are in the table.
#[derive(Debug)]
pub(crate) struct Throwers<'f> {
    facts: &'f Facts,
    functions: Vec<bool>,
    types: HashSet<&'f FuncType>,
}

impl<'f> Throwers<'f> {
    pub(crate) fn among(facts: &'f Facts) -> Self {
        let mut found = Self {
            facts,
            functions: vec![false; facts.functions.len()],
            types: HashSet::new(),
        };
        found.functions[facts.throw as usize] = true;
        while found.grow() {}
        found
    }

    /// Returns whether an error may leave a function that is called by its index.
    pub(crate) fn has(&self, function: u32) -> bool {
        self.functions[function as usize]
    }

    /// Returns whether an error may leave a function of this type that is called through the table.
    pub(crate) fn has_type(&self, type_index: u32) -> bool {
        self.types.contains(&self.facts.types[type_index as usize])
    }

    /// Adds those that call one that is known; false when there are none.
    fn grow(&mut self) -> bool {
        for &function in &self.facts.in_table {
            if self.has(function) {
                self.types.insert(self.facts.signature(function));
            }
        }
        let mut more = false;
        for (function, calls) in (self.facts.imported..).zip(&self.facts.calls) {
            let is_new = function != self.facts.r#try
                && !self.has(function)
                && (calls.direct.iter().any(|it| self.has(*it))
                    || calls.indirect.iter().any(|it| self.has_type(*it)));
            if is_new {
                self.functions[function as usize] = true;
                more = true;
            }
        }
        more
    }
}
