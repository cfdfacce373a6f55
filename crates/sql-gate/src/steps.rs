//! A bound on the parser's work, whatever the text.
//!
//! The parser tries one reading after the other, and readings nest: 44 times `position(`, one in
//! the other, take 2^44 of them. It asks its dialect at every turn, so the questions count its
//! work. A dialect that has been asked too often fails each further one, and the parser gives up
//! within a few more.

use std::{any::TypeId, cell::Cell, fmt::Debug, ops::ControlFlow};

use sqlparser::{
    ast::{Expr, Statement, visit_expressions},
    dialect::{Dialect, Precedence},
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::Token,
};

/// Steps for each token.
const STEPS_A_TOKEN: usize = 16;

/// Steps for the shortest statement.
const LEAST_STEPS: usize = 4_096;

/// The most steps for a statement of this many tokens.
pub(crate) fn limit(tokens: usize) -> usize {
    LEAST_STEPS + STEPS_A_TOKEN * tokens
}

/// A dialect that answers only a limited number of the parser's questions.
#[derive(Debug)]
pub(crate) struct Counted<D> {
    inner: D,
    left: Cell<usize>,
}

impl<D: Dialect> Counted<D> {
    pub(crate) fn new(inner: D, limit: usize) -> Self {
        Self {
            inner,
            left: Cell::new(limit),
        }
    }

    /// Returns true once the parser has taken every step that it had.
    pub(crate) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    fn count(&self, steps: usize) {
        self.left.set(self.left.get().saturating_sub(steps));
    }

    /// Counts a step, and fails if it was the last one. This is the one error that the parser does
    /// not take for a reason to try another reading.
    fn count_or_fail<T>(&self) -> Option<Result<T, ParserError>> {
        self.count(1);
        self.is_used_up()
            .then_some(Err(ParserError::RecursionLimitExceeded))
    }
}

/// Returns true before an operator for which SQLite's and MySQL's [`Dialect::parse_infix`] copies
/// the expression on its left.
fn copies_its_left_side(parser: &Parser<'_>) -> bool {
    matches!(
        &parser.peek_token_ref().token,
        Token::Word(word) if matches!(
            word.keyword,
            Keyword::REGEXP | Keyword::MATCH | Keyword::GLOB | Keyword::DIV
        )
    )
}

fn expressions_in(expression: &Expr) -> usize {
    let mut found = 0;
    let _ = visit_expressions(expression, |_| {
        found += 1;
        ControlFlow::<()>::Continue(())
    });
    found
}

/// Counts each question and passes it on.
macro_rules! pass_on {
    ($($question:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        fn $question(&self, $($name: $type),*) -> $answer {
            self.count(1);
            self.inner.$question($($name),*)
        }
    )*};
}

/// The same for questions that may fail.
macro_rules! pass_on_or_fail {
    ($($question:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        fn $question(&self, $($name: $type),*) -> Option<Result<$answer, ParserError>> {
            self.count_or_fail().or_else(|| self.inner.$question($($name),*))
        }
    )*};
}

/// Every method that one of the three dialects overrides, and some that the parser asks often. The
/// tests parse the corpora with and without it.
impl<D: Dialect> Dialect for Counted<D> {
    fn dialect(&self) -> TypeId {
        self.inner.dialect()
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        if copies_its_left_side(parser) {
            self.count(expressions_in(left));
        }
        self.count_or_fail()
            .or_else(|| self.inner.parse_infix(parser, left, precedence))
    }

    pass_on_or_fail! {
        get_next_precedence(parser: &Parser<'_>) -> u8;
        parse_prefix(parser: &mut Parser<'_>) -> Expr;
        parse_statement(parser: &mut Parser<'_>) -> Statement;
    }

    pass_on! {
        allow_extract_custom() -> bool;
        allow_extract_single_quotes() -> bool;
        identifier_quote_style(identifier: &str) -> Option<char>;
        ignores_wildcard_escapes() -> bool;
        is_column_alias(word: &Keyword, parser: &mut Parser<'_>) -> bool;
        is_custom_operator_part(character: char) -> bool;
        is_delimited_identifier_start(character: char) -> bool;
        is_identifier_part(character: char) -> bool;
        is_identifier_start(character: char) -> bool;
        is_reserved_for_identifier(word: Keyword) -> bool;
        is_select_item_alias(explicit: bool, word: &Keyword, parser: &mut Parser<'_>) -> bool;
        is_table_alias(word: &Keyword, parser: &mut Parser<'_>) -> bool;
        is_table_factor(word: &Keyword, parser: &mut Parser<'_>) -> bool;
        is_table_factor_alias(explicit: bool, word: &Keyword, parser: &mut Parser<'_>) -> bool;
        prec_value(precedence: Precedence) -> u8;
        require_interval_qualifier() -> bool;
        requires_single_line_comment_whitespace() -> bool;
        supports_aliased_function_args() -> bool;
        supports_alter_column_type_using() -> bool;
        supports_alter_user_as_alter_role() -> bool;
        supports_array_typedef_with_brackets() -> bool;
        supports_asc_desc_in_column_definition() -> bool;
        supports_binary_kw_as_cast() -> bool;
        supports_bitwise_shift_operators() -> bool;
        supports_comma_separated_set_assignments() -> bool;
        supports_comma_separated_trim() -> bool;
        supports_comment_on() -> bool;
        supports_comment_optimizer_hint() -> bool;
        supports_constraint_keyword_without_name() -> bool;
        supports_create_index_with_clause() -> bool;
        supports_create_table_like_parenthesized() -> bool;
        supports_create_table_select() -> bool;
        supports_cross_join_constraint() -> bool;
        supports_data_type_signed_suffix() -> bool;
        supports_dollar_placeholder() -> bool;
        supports_double_ampersand_operator() -> bool;
        supports_empty_projections() -> bool;
        supports_exclude_constraint() -> bool;
        supports_explain_with_utility_options() -> bool;
        supports_factorial_operator() -> bool;
        supports_filter_during_aggregation() -> bool;
        supports_geometric_types() -> bool;
        supports_group_by_expr() -> bool;
        supports_group_by_with_modifier() -> bool;
        supports_in_empty_list() -> bool;
        supports_insert_set() -> bool;
        supports_insert_table_alias() -> bool;
        supports_interval_options() -> bool;
        supports_key_column_option() -> bool;
        supports_left_associative_joins_without_parens() -> bool;
        supports_limit_comma() -> bool;
        supports_listen_notify() -> bool;
        supports_load_extension() -> bool;
        supports_match_against() -> bool;
        supports_multiline_comment_hints() -> bool;
        supports_named_fn_args_with_colon_operator() -> bool;
        supports_named_fn_args_with_expr_name() -> bool;
        supports_nested_comments() -> bool;
        supports_notnull_operator() -> bool;
        supports_numeric_literal_underscores() -> bool;
        supports_numeric_prefix() -> bool;
        supports_order_by_using_operator() -> bool;
        supports_select_modifiers() -> bool;
        supports_select_wildcard_with_alias() -> bool;
        supports_set_names() -> bool;
        supports_start_transaction_modifier() -> bool;
        supports_string_escape_constant() -> bool;
        supports_string_literal_backslash_escape() -> bool;
        supports_string_literal_concatenation() -> bool;
        supports_table_hints() -> bool;
        supports_unicode_string_literal() -> bool;
        supports_update_order_by() -> bool;
        supports_user_host_grantee() -> bool;
        supports_xml_expressions() -> bool;
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::{
        dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect},
        tokenizer::Tokenizer,
    };

    use super::*;

    /// The statements of the corpora of queries, changes and migrations.
    fn corpora() -> impl Iterator<Item = &'static str> {
        let corpora = [
            include_str!("../tests/corpus/every.txt"),
            include_str!("../tests/corpus/mysql.txt"),
            include_str!("../tests/corpus/postgres.txt"),
            include_str!("../tests/corpus/sqlite.txt"),
            include_str!("../tests/migrations/every.txt"),
            include_str!("../tests/migrations/mysql.txt"),
            include_str!("../tests/migrations/postgres.txt"),
            include_str!("../tests/migrations/sqlite.txt"),
        ];
        corpora
            .into_iter()
            .flat_map(|corpus| corpus.split("\n\n"))
            .filter_map(|case| Some(case.trim_start().split_once('\n')?.1))
    }

    /// Parses with a limit that nothing reaches, and without one. Returns whether the steps come
    /// near the limit that a statement of its length has.
    fn comes_near<D: Dialect + Copy>(dialect: D, sql: &str) -> bool {
        const PLENTY: usize = 1 << 30;
        let Ok(tokens) = Tokenizer::new(&dialect, sql).tokenize() else {
            return false;
        };
        let counted = Counted::new(dialect, PLENTY);
        let parse = |dialect: &dyn Dialect| {
            Parser::new(dialect)
                .with_tokens(tokens.clone())
                .parse_statements()
        };
        assert_eq!(parse(&counted), parse(&dialect), "{sql}");
        let words = tokens
            .iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)));
        let steps = PLENTY - counted.left.get();
        steps * 4 > STEPS_A_TOKEN * (words.count() + 1)
    }

    #[test]
    fn the_corpora_are_parsed_as_without_counting_and_far_below_the_limit() {
        let mut statements = 0;
        for sql in corpora() {
            assert!(!comes_near(SQLiteDialect {}, sql), "{sql}");
            assert!(!comes_near(PostgreSqlDialect {}, sql), "{sql}");
            assert!(!comes_near(MySqlDialect {}, sql), "{sql}");
            statements += 1;
        }
        assert!(statements > 500, "only {statements} statements");
    }
}
