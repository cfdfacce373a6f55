//! Texts that contain what somebody looks for.

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait, Func, LikeExpr},
};

/// Stands before a character that else is a pattern.
const ESCAPE: char = '!';

/// Returns the condition that a text has this part, in capitals or not. SQLite knows the small
/// letters of ASCII alone, so what is spelt alike is found there, too.
pub(crate) fn containing(text: Expr, part: &str) -> Condition {
    let like = |part: &str| LikeExpr::new(format!("%{}%", escaped(part))).escape(ESCAPE);
    Condition::any()
        .add(text.clone().like(like(part)))
        .add(Func::lower(text).like(like(&part.to_lowercase())))
}

fn escaped(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    for c in part.chars() {
        if ['%', '_', ESCAPE].contains(&c) {
            escaped.push(ESCAPE);
        }
        escaped.push(c);
    }
    escaped
}
