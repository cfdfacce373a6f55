//! From text to one syntax tree, within limits, and back.

use sqlparser::{
    ast,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace},
};

use crate::{
    Refusal, bounds,
    dialect::Rules,
    placeholders, plain_form,
    steps::{self, Counted},
};

/// Bytes of one statement.
const MAX_BYTES: usize = 64 * 1024;

/// Bytes of a statement that is decided on within a few milliseconds, whatever it is.
const QUICK_BYTES: usize = 4 * 1024;

/// Operators and keywords of one statement. Each may be a level of the tree (`1+1+1+…` nests to the
/// left without a parenthesis), and the tree is walked, rendered and dropped by recursion.
const MAX_OPERATORS: usize = 1_000;

/// Stack for the parser at its deepest, which is 50 levels, and for each level that operators add
/// to the tree, in a build without optimisation. What is not used is address space alone.
const STACK_BYTES: usize = 8 * 1024 * 1024;
const STACK_BYTES_A_LEVEL: usize = 16 * 1024;

/// A statement's tokens, within the limits, with numbered placeholders.
pub(crate) struct Tokens {
    rules: &'static Rules,
    list: Vec<TokenWithSpan>,
    placeholders: usize,
    operators: usize,
}

/// One statement as a tree whose placeholders are numbered.
pub(crate) struct Parsed {
    rules: &'static Rules,
    pub(crate) statement: ast::Statement,
    pub(crate) placeholders: usize,
}

/// Returns true for what is short enough, or longer than anything that is read.
pub(crate) fn is_quick(sql: &str) -> bool {
    sql.len() <= QUICK_BYTES || sql.len() > MAX_BYTES
}

/// The first step: everything that is refused before there is a tree.
pub(crate) fn tokenize(rules: &'static Rules, sql: &str) -> Result<Tokens, Refusal> {
    if sql.len() > MAX_BYTES {
        return Err(Refusal::TooLong {
            found: sql.len(),
            limit: MAX_BYTES,
        });
    }
    let mut list = plain_tokens(rules, sql)?;
    let operators = operators(&list)?;
    let placeholders = placeholders::number(rules, &mut list)?;
    Ok(Tokens {
        rules,
        list,
        placeholders,
        operators,
    })
}

/// The first step for a file of several statements; [`piece_of_file`] is its second part.
pub(crate) fn tokens_of_file(
    rules: &'static Rules,
    file: &str,
) -> Result<Vec<TokenWithSpan>, Refusal> {
    plain_tokens(rules, file)
}

/// The tokens of one of a file's statements. There is nobody who would pass parameters.
pub(crate) fn piece_of_file(
    rules: &'static Rules,
    mut list: Vec<TokenWithSpan>,
) -> Result<Tokens, Refusal> {
    let operators = operators(&list)?;
    match placeholders::number(rules, &mut list)? {
        0 => Ok(Tokens {
            rules,
            list,
            placeholders: 0,
            operators,
        }),
        _ => Err(Refusal::PlaceholderInMigration),
    }
}

/// Tokens that the database reads as the parser does.
fn plain_tokens(rules: &'static Rules, sql: &str) -> Result<Vec<TokenWithSpan>, Refusal> {
    // Databases written in C end the statement there.
    if sql.contains('\0') {
        return Err(Refusal::Literal {
            found: "a NUL character",
        });
    }
    // A string that holds one is refused too: that is the price of a plain rule.
    if rules
        .executable_comments
        .iter()
        .any(|start| sql.contains(start))
    {
        return Err(Refusal::ExecutableComment);
    }
    tokens(rules, sql)
}

/// Returns the number of operators and keywords, if it is not too large.
fn operators(tokens: &[TokenWithSpan]) -> Result<usize, Refusal> {
    let operators = tokens.iter().filter(|token| may_nest(&token.token)).count();
    if operators > MAX_OPERATORS {
        return Err(Refusal::TooComplex {
            found: operators,
            limit: MAX_OPERATORS,
        });
    }
    Ok(operators)
}

impl Tokens {
    /// Runs the other steps on a stack for the deepest tree that these tokens can make.
    pub(crate) fn with_enough_stack<T>(self, steps: impl FnOnce(Self) -> T) -> T {
        with_stack_for(self.operators, || steps(self))
    }
}

/// Runs something on a stack on which any statement within the limits has room.
pub(crate) fn with_stack_for_any<T>(run: impl FnOnce() -> T) -> T {
    with_stack_for(MAX_OPERATORS, run)
}

/// Runs something on a stack of its own, for trees of `levels` levels. What is left of the caller's
/// cannot be asked for: a guest's host functions run on a fibre, and the limits of its thread say
/// nothing about it.
fn with_stack_for<T>(levels: usize, run: impl FnOnce() -> T) -> T {
    stacker::grow(STACK_BYTES + levels * STACK_BYTES_A_LEVEL, run)
}

/// The second step: exactly one statement.
pub(crate) fn parse(tokens: Tokens) -> Result<Parsed, Refusal> {
    let Tokens {
        rules,
        list,
        placeholders,
        operators: _,
    } = tokens;
    Ok(Parsed {
        rules,
        statement: (rules.parse)(list)?,
        placeholders,
    })
}

/// The last step: the tree's text for the database, once it is sure that it means the same tree.
/// See [`plain_form`] for what it changes in the tree first.
pub(crate) fn render(parsed: Parsed) -> Result<String, Refusal> {
    let Parsed {
        rules,
        statement: mut tree,
        placeholders,
    } = parsed;
    plain_form::apply(rules, &mut tree);
    let text = tree.to_string();
    let tokens = tokens(rules, &text).map_err(|_| Refusal::Ambiguous)?;
    let in_order = placeholders::are_in_order(rules, &tokens, placeholders);
    if !in_order || (rules.parse)(tokens).as_ref() != Ok(&tree) {
        return Err(Refusal::Ambiguous);
    }
    placeholders::into_own_form(rules, &mut tree);
    bounds::apply(rules, &mut tree);
    Ok(tree.to_string())
}

/// Strings keep the very characters between their quotes, so that they are rendered as they were
/// written.
///
/// The gaps between tokens are left out: the parser would step over it each time that it looks
/// ahead. Only the first optimizer hint of each gap stays, for the walk to refuse.
fn tokens(rules: &'static Rules, sql: &str) -> Result<Vec<TokenWithSpan>, Refusal> {
    let mut tokens = Tokenizer::new(rules.grammar, sql)
        .with_unescape(false)
        .tokenize_with_location()
        .map_err(|error| Refusal::Syntax {
            reason: error.to_string(),
        })?;
    let mut after_hint = false;
    tokens.retain(|token| {
        if let Token::Whitespace(gap) = &token.token {
            return is_hint(gap) && !std::mem::replace(&mut after_hint, true);
        }
        after_hint = false;
        true
    });
    Ok(tokens)
}

fn is_hint(gap: &Whitespace) -> bool {
    match gap {
        Whitespace::SingleLineComment { comment, .. } | Whitespace::MultiLineComment(comment) => {
            comment.contains('+')
        }
        Whitespace::Space | Whitespace::Newline | Whitespace::Tab => false,
    }
}

/// Parses one statement, for the rules of a database.
pub(crate) fn statement_of(
    dialect: impl sqlparser::dialect::Dialect,
    tokens: Vec<TokenWithSpan>,
) -> Result<ast::Statement, Refusal> {
    let limit = steps::limit(tokens.len());
    let dialect = Counted::new(dialect, limit);
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let parsed = parser.parse_statements();
    if dialect.is_used_up() {
        return Err(Refusal::TooManySteps { limit });
    }
    let mut statements = parsed.map_err(|error| Refusal::Syntax {
        reason: match error {
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
            ParserError::ParserError(reason) | ParserError::TokenizerError(reason) => reason,
        },
    })?;
    // The parser stops at END, as if it had been called for the body of a block.
    let left = parser.peek_token_ref();
    if left.token != Token::EOF {
        return Err(Refusal::Syntax {
            reason: format!("found `{left}` behind its end"),
        });
    }
    match (statements.pop(), statements.len()) {
        (Some(statement), 0) => Ok(statement),
        (last, others) => Err(Refusal::StatementCount {
            found: others + usize::from(last.is_some()),
        }),
    }
}

/// Returns true if a token may add a level to the tree. Names, values and the punctuation of lists
/// do not, so that an INSERT of many rows stays within the limit; parentheses have the parser's own
/// limit.
fn may_nest(token: &Token) -> bool {
    match token {
        Token::Word(word) => !matches!(
            word.keyword,
            Keyword::NoKeyword | Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::DEFAULT
        ),
        Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Question
        | Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::EOF => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    fn sqlite() -> &'static Rules {
        Dialect::Sqlite.rules()
    }

    /// The deepest trees that the limits allow, on a stack as small as a worker thread's.
    #[test]
    fn the_largest_statement_fits_on_a_small_stack() {
        let chains = [
            vec!["1"; MAX_OPERATORS - 1].join("+"),
            vec!["1"; MAX_OPERATORS - 1].join(" or "),
            format!("1{}", "::text".repeat((MAX_OPERATORS - 2) / 2)),
            format!("1{}", " is null".repeat((MAX_OPERATORS - 2) / 2)),
            format!("{}1", "not ".repeat(MAX_OPERATORS - 2)),
            format!("{}1", "- ".repeat(MAX_OPERATORS - 2)),
            format!("1{}", " union select 1".repeat((MAX_OPERATORS - 2) / 2)),
            format!("1{}", " in (1)".repeat(MAX_OPERATORS - 2)),
            format!("1{}", " collate x".repeat(MAX_OPERATORS - 2)),
            format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000)),
            format!("{}1{}", "soundex(".repeat(7_000), ")".repeat(7_000)),
            format!("1 from {}a{}", "(".repeat(30_000), ")".repeat(30_000)),
        ];
        let run = move || {
            for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
                for chain in &chains {
                    let gate = crate::Gate::new(dialect);
                    // What it answers matters less than that it does.
                    let answer = gate.query(&format!("select {chain}"));
                    assert!(
                        !matches!(answer, Err(Refusal::TooComplex { .. })),
                        "{}",
                        &chain[..30]
                    );
                }
            }
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
        assert!(thread.unwrap().join().is_ok());
    }

    #[test]
    fn limits_are_exact() {
        let of_length =
            |bytes: usize| format!("select '{}'", "x".repeat(bytes - "select ''".len()));
        assert!(tokenize(sqlite(), &of_length(MAX_BYTES)).is_ok());
        assert!(matches!(
            tokenize(sqlite(), &of_length(MAX_BYTES + 1)),
            Err(Refusal::TooLong { found, limit: MAX_BYTES }) if found == MAX_BYTES + 1
        ));
        // SELECT is one of them.
        let of_operators = |operators: usize| format!("select {}", vec!["1"; operators].join("+"));
        assert!(tokenize(sqlite(), &of_operators(MAX_OPERATORS)).is_ok());
        assert!(matches!(
            tokenize(sqlite(), &of_operators(MAX_OPERATORS + 1)),
            Err(Refusal::TooComplex { found, .. }) if found == MAX_OPERATORS + 1
        ));
    }
}
