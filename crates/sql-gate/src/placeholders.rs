//! Parameters: authors write `?` on every database.
//!
//! Placeholders are numbered in the token stream, in the author's order, before the parser runs. In
//! the tree each carries its number, so that rendering cannot exchange two of them unnoticed.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{self, Value, VisitMut, VisitorMut},
    tokenizer::{Token, TokenWithSpan},
};

use crate::{Refusal, dialect::Rules};

/// Gives each `?` its number and returns how many there are; any other placeholder is refused.
pub(crate) fn number(rules: &Rules, tokens: &mut [TokenWithSpan]) -> Result<usize, Refusal> {
    let mut count = 0;
    for TokenWithSpan { token, .. } in tokens {
        match token {
            // PostgreSQL's tokens know `?` only as an operator of jsonb, which has functions
            // instead.
            Token::Question => {}
            Token::Placeholder(text) if text == "?" => {}
            Token::Placeholder(text) => {
                return Err(Refusal::Placeholder {
                    found: text.clone(),
                });
            }
            Token::QuestionPipe
            | Token::QuestionAnd
            | Token::QuestionMarkDash
            | Token::QuestionMarkSharp
            | Token::QuestionMarkDashVerticalBar
            | Token::QuestionMarkDoubleVerticalBar
            | Token::AtQuestion => {
                return Err(Refusal::Placeholder {
                    found: token.to_string(),
                });
            }
            _ => continue,
        }
        count += 1;
        *token = Token::Placeholder(numbered(rules, count));
    }
    Ok(count)
}

/// The placeholder as it stands in the tree.
fn numbered(rules: &Rules, number: usize) -> String {
    format!("{}{number}", rules.placeholder)
}

/// Refuses a placeholder that [`number`] has not made: the parser puts `:name` together from two
/// tokens.
pub(crate) fn check(rules: &Rules, text: &str) -> Result<(), Refusal> {
    if text.starts_with(rules.placeholder) {
        Ok(())
    } else {
        Err(Refusal::Placeholder {
            found: text.to_owned(),
        })
    }
}

/// Returns true if the rendered statement's tokens hold exactly the placeholders 1 to `count`, in
/// that order.
pub(crate) fn are_in_order(rules: &Rules, rendered: &[TokenWithSpan], count: usize) -> bool {
    let found = rendered.iter().filter_map(|token| match &token.token {
        Token::Placeholder(text) => Some(text.clone()),
        _ => None,
    });
    found.eq((1..=count).map(|number| numbered(rules, number)))
}

/// Takes the numbers off again where the database's own form has none.
pub(crate) fn into_own_form(rules: &Rules, statement: &mut ast::Statement) {
    struct Plain;

    impl VisitorMut for Plain {
        type Break = std::convert::Infallible;

        fn pre_visit_value(&mut self, value: &mut ast::ValueWithSpan) -> ControlFlow<Self::Break> {
            if let Value::Placeholder(text) = &mut value.value {
                text.truncate(1);
            }
            ControlFlow::Continue(())
        }
    }

    if !rules.numbers_placeholders {
        let ControlFlow::Continue(()) = statement.visit(&mut Plain);
    }
}
