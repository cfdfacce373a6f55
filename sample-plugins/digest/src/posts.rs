//! The posts that were published since the last digest, as `db-query` answers them.

use serde::Deserialize;

/// Published posts after a time and an id, oldest first. Times are text that sorts as time does; the id
/// tells posts of one moment apart, which a digest that is full may divide.
pub const SINCE: &str = "SELECT id, title, slug, excerpt, published_at FROM posts \
    WHERE status = 'published' AND (published_at, id) > (?, ?) ORDER BY published_at, id LIMIT 100";

/// A row of [`SINCE`].
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Post {
    pub id: String,
    pub title: String,
    pub slug: String,
    pub excerpt: Option<String>,
    pub published_at: String,
}

impl Post {
    /// The place of this post in the order of [`SINCE`].
    pub fn place(&self) -> String {
        format!("{} {}", self.published_at, self.id)
    }
}

/// The parameters of [`SINCE`] for what comes after a [`Post::place`]. Everything is after the empty one.
pub fn parameters(place: &str) -> String {
    let (time, id) = place.split_once(' ').unwrap_or((place, ""));
    serde_json::json!([time, id]).to_string()
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
        let answer = r#"[{"id":"1","title":"A","slug":"a","excerpt":null,"published_at":"2026-11-22T08:00:00.000Z"}]"#;
        let posts = read(answer).unwrap();
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0].slug, "a");
        assert_eq!(posts[0].excerpt, None);
        assert_eq!(posts[0].place(), "2026-11-22T08:00:00.000Z 1");
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
        assert_eq!(parameters("then a\"b"), r#"["then","a\"b"]"#);
        assert_eq!(parameters(""), r#"["",""]"#);
    }
}
