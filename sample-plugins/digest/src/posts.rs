//! The posts that were published since a moment, as `db-query` answers them.

use serde::Deserialize;

/// Published posts after the moment of the one parameter, oldest first. Times are text that sorts as time does.
pub const SINCE: &str = "SELECT title, slug, excerpt, published_at FROM posts \
    WHERE status = 'published' AND published_at > ? ORDER BY published_at LIMIT 100";

/// A row of [`SINCE`].
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Post {
    pub title: String,
    pub slug: String,
    pub excerpt: Option<String>,
    pub published_at: String,
}

/// The parameters of [`SINCE`]. Every time is after the empty one.
pub fn parameters(since: &str) -> String {
    serde_json::json!([since]).to_string()
}

/// What `db-query` answers: rows, or an object that says what is wrong.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Rows(Vec<Post>),
    Refusal { error: String },
}

/// The rows of an answer.
pub fn read(answer: &str) -> Result<Vec<Post>, String> {
    match serde_json::from_str(answer) {
        Ok(Answer::Rows(posts)) => Ok(posts),
        Ok(Answer::Refusal { error }) => Err(format!("the posts cannot be read: {error}")),
        Err(_) => Err("the posts cannot be read: the answer has another shape".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parameters, read};

    #[test]
    fn rows_are_read_with_what_the_database_left_out() {
        let answer = r#"[{"title":"A","slug":"a","excerpt":null,"published_at":"2026-11-22T08:00:00.000Z"}]"#;
        let posts = read(answer).unwrap();
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0].slug, "a");
        assert_eq!(posts[0].excerpt, None);
    }

    #[test]
    fn a_refusal_is_passed_on() {
        let error = read(r#"{"error":"posts is not granted","code":"denied"}"#).unwrap_err();
        assert_eq!(error, "the posts cannot be read: posts is not granted");
    }

    #[test]
    fn another_shape_is_refused() {
        for answer in ["", "[1]", "{}", r#"[{"title":"A"}]"#] {
            assert!(read(answer).is_err(), "{answer}");
        }
    }

    #[test]
    fn parameters_are_json_whatever_the_text() {
        assert_eq!(parameters("a\"b"), r#"["a\"b"]"#);
    }
}
