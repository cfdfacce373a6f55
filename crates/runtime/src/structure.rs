//! The structure of a guest's code, which bounds what compiling it may cost.
//!
//! A compiler's work on a function grows with more than its bytes: with nested loops times
//! locals, for one. Forty kilobytes can keep it busy for minutes. So each function is looked at
//! before: the bounds are many times what the largest interpreters have, and what is beyond them
//! was not made by a compiler. What is within them may still be costly; the
//! [worker](crate::Compiler)'s memory and time bound that.

use std::fmt;

use wasmparser::{BinaryReaderError, FunctionBody, Operator};

/// Functions of all modules of a file.
pub(crate) const MOST_FUNCTIONS: u32 = 250_000;
/// Bytes of a function's code.
pub(crate) const MOST_BODY_BYTES: u64 = 2 << 20;
/// Locals of a function.
pub(crate) const MOST_LOCALS: u64 = 20_000;
/// Blocks, loops and conditions within each other.
pub(crate) const MOST_NESTING: u64 = 10_000;
/// Blocks and branches of a function, times its locals.
pub(crate) const MOST_BRANCHES_TIMES_LOCALS: u64 = 50_000_000;

/// The code of a guest is not what a compiler makes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "its code is not taken, because compiling it could take very long: {place} {found} {quantity}, and at most {limit} \
     are allowed; build it with optimisation, or split what is so large"
)]
pub struct TooComplex {
    place: Place,
    quantity: &'static str,
    found: u64,
    limit: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    File,
    /// Counted from the file's first that has code.
    Function(u32),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the file has"),
            Self::Function(number) => {
                write!(f, "the function at place {number} of its code has")
            }
        }
    }
}

/// The reason why a function is not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    Damaged(BinaryReaderError),
    TooComplex(TooComplex),
}

impl From<BinaryReaderError> for Refused {
    fn from(error: BinaryReaderError) -> Self {
        Self::Damaged(error)
    }
}

impl From<TooComplex> for Refused {
    fn from(error: TooComplex) -> Self {
        Self::TooComplex(error)
    }
}

/// Counts functions, one after the other.
#[derive(Default)]
pub(crate) struct Structure {
    functions: u32,
}

impl Structure {
    /// Looks at the next function. It ends with the first bound that is exceeded.
    pub(crate) fn take(&mut self, body: &FunctionBody<'_>) -> Result<(), Refused> {
        self.functions = self.functions.saturating_add(1);
        at_most(
            Place::File,
            "functions",
            u64::from(self.functions),
            u64::from(MOST_FUNCTIONS),
        )?;
        let place = Place::Function(self.functions);
        let range = body.range();
        at_most(
            place,
            "bytes of code",
            range.end - range.start,
            MOST_BODY_BYTES,
        )?;
        let mut locals = 0_u64;
        for declared in body.get_locals_reader()? {
            let (count, _) = declared?;
            locals = locals.saturating_add(u64::from(count));
            at_most(place, "locals", locals, MOST_LOCALS)?;
        }
        let (mut nesting, mut branches) = (0_u64, 0_u64);
        for operator in body.get_operators_reader()? {
            branches += match operator? {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. } => {
                    nesting += 1;
                    at_most(place, "blocks within each other", nesting, MOST_NESTING)?;
                    1
                }
                Operator::End => {
                    // The last one ends the function itself.
                    nesting = nesting.saturating_sub(1);
                    0
                }
                Operator::Else | Operator::Br { .. } | Operator::BrIf { .. } => 1,
                Operator::BrTable { targets } => u64::from(targets.len()),
                _ => 0,
            };
            at_most(
                place,
                "blocks and branches times locals",
                branches.saturating_mul(locals),
                MOST_BRANCHES_TIMES_LOCALS,
            )?;
        }
        Ok(())
    }
}

fn at_most(place: Place, quantity: &'static str, found: u64, limit: u64) -> Result<(), TooComplex> {
    if found <= limit {
        return Ok(());
    }
    Err(TooComplex {
        place,
        quantity,
        found,
        limit,
    })
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    /// A module of these functions, each of this many locals and with this code.
    fn looked_at(functions: &[(u64, String)]) -> Result<(), Refused> {
        let functions: Vec<_> = functions
            .iter()
            .map(|(locals, code)| {
                let locals = "i32 ".repeat(usize::try_from(*locals).unwrap());
                format!("(func (local {locals}) {code})")
            })
            .collect();
        let wasm = wat::parse_str(format!("(module {})", functions.concat())).unwrap();
        let mut structure = Structure::default();
        for payload in Parser::new(0).parse_all(&wasm) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                structure.take(&body)?;
            }
        }
        Ok(())
    }

    fn refusal(functions: &[(u64, String)]) -> String {
        match looked_at(functions) {
            Err(Refused::TooComplex(error)) => error.to_string(),
            other => panic!("it is taken: {other:?}"),
        }
    }

    fn nested(loops: usize) -> String {
        format!("{}{}", "(loop ".repeat(loops), ")".repeat(loops))
    }

    #[test]
    fn what_compilers_make_is_taken() {
        looked_at(&[(0, String::new())]).unwrap();
        // An interpreter's main loop: a thousand instructions, some hundred locals.
        looked_at(&[(500, nested(1_000))]).unwrap();
        looked_at(&[(MOST_LOCALS, nested(10)), (0, nested(1_000))]).unwrap();
    }

    #[test]
    fn each_bound_is_told_with_what_was_found() {
        let error = refusal(&[(0, String::new()), (MOST_LOCALS + 1, String::new())]);
        assert!(
            error.contains(
                "the function at place 2 of its code has 20001 locals, and at most 20000 are allowed"
            ),
            "{error}"
        );
        let depth = usize::try_from(MOST_NESTING).unwrap() + 1;
        // A text's own nesting is bounded by its parser.
        let flat = format!("{} {}", "loop ".repeat(depth), "end ".repeat(depth));
        let error = refusal(&[(0, flat)]);
        assert!(error.contains("10001 blocks within each other"), "{error}");
        let long = "nop ".repeat(usize::try_from(MOST_BODY_BYTES).unwrap());
        let error = refusal(&[(0, long)]);
        assert!(
            error.contains("bytes of code, and at most 2097152"),
            "{error}"
        );
    }

    #[test]
    fn many_branches_over_many_locals_are_too_complex_and_over_few_are_not() {
        let conditions = "i32.const 0 if else end ".repeat(10_000);
        looked_at(&[(100, conditions.clone())]).unwrap();
        let error = refusal(&[(10_000, conditions)]);
        assert!(
            error.contains("blocks and branches times locals"),
            "{error}"
        );
        let table = format!("block i32.const 0 br_table {} end", "0 ".repeat(10_000));
        looked_at(&[(100, table.clone())]).unwrap();
        let error = refusal(&[(10_000, table)]);
        assert!(
            error.contains("blocks and branches times locals"),
            "{error}"
        );
    }
}
