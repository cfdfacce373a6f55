//! The posts that were published since the last digest.

use raisfast_plugin::database::{Error, Row, field, table};

/// Posts of one digest.
const MOST: u64 = 100;

/// A published post.
#[derive(Debug, PartialEq, Eq)]
pub struct Post {
    pub id: String,
    pub title: String,
    pub slug: String,
    pub excerpt: Option<String>,
    pub published_at: String,
}

impl Post {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            title: row.get("title")?,
            slug: row.get("slug")?,
            excerpt: row.get("excerpt")?,
            published_at: row.get("published_at")?,
        })
    }

    /// The place of this post in the order of [`since`].
    pub fn place(&self) -> String {
        format!("{} {}", self.published_at, self.id)
    }
}

/// Published posts after a [`Post::place`], oldest first; everything is after the empty one. Times
/// are text that sorts as time does; the id tells posts of one moment apart, which a digest that is
/// full may divide.
pub fn since(place: &str) -> Result<Vec<Post>, Error> {
    let (time, id) = place.split_once(' ').unwrap_or((place, ""));
    let later = field("published_at").gt(time);
    let later_of_the_moment = field("published_at").eq(time).and(field("id").gt(id));
    table("posts")
        .filter(
            field("status")
                .eq("published")
                .and(later.or(later_of_the_moment)),
        )
        .columns(["id", "title", "slug", "excerpt", "published_at"])
        .order("published_at")
        .order("id")
        .limit(MOST)
        .fetch_all()?
        .iter()
        .map(Post::read)
        .collect()
}

#[cfg(test)]
mod tests {
    use raisfast_plugin::row;

    use super::Post;

    #[test]
    fn a_row_is_read_with_what_the_database_left_out() {
        let row = row! {
            id: "1", title: "A", slug: "a", excerpt: None::<String>, published_at: "2026-11-22T08:00:00.000Z",
        };
        let post = Post::read(&row).unwrap();
        assert_eq!(post.slug, "a");
        assert_eq!(post.excerpt, None);
        assert_eq!(post.place(), "2026-11-22T08:00:00.000Z 1");
    }

    #[test]
    fn a_row_of_another_shape_is_told() {
        let error = Post::read(&row! { id: "1", title: "A" }).unwrap_err();
        assert_eq!(
            error.message(),
            "the row has no column `slug`; it has id, title"
        );
    }
}
