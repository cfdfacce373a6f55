//! The rules of a post.

use raisfast_contract::PostInput;
use url::Url;

use super::{slug, status::Status};
use crate::{FieldError, check::Checks};

/// Bytes of a post's content.
const MAX_CONTENT: usize = 1 << 20;
const MAX_TAGS: usize = 50;
/// Bytes of a URL that every browser and proxy takes.
const MAX_URL: usize = 2048;

/// A post as submitted, by an author or by a filter, that keeps all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CheckedPost<'a> {
    pub(super) title: &'a str,
    pub(super) content: &'a str,
    pub(super) slug: Option<&'a str>,
    pub(super) excerpt: Option<&'a str>,
    pub(super) category_id: Option<&'a str>,
    pub(super) tag_ids: &'a [String],
    pub(super) status: Option<Status>,
    pub(super) cover_image: Option<&'a str>,
}

impl<'a> TryFrom<&'a PostInput> for CheckedPost<'a> {
    type Error = Vec<FieldError>;

    fn try_from(input: &'a PostInput) -> Result<Self, Self::Error> {
        let mut checks = Checks::default();
        checks.line("/title", &input.title, 1..=200);
        checks.long_text("/content", &input.content, MAX_CONTENT);
        if let Some(slug) = &input.slug {
            checks.require(slug::is_valid(slug), "/slug", || {
                format!(
                    "must be lower-case letters and digits with single hyphens between them, \
                     at most {} bytes, like `my-first-post`; leave it out to get one from the title",
                    slug::MAX_LENGTH
                )
            });
        }
        if let Some(excerpt) = &input.excerpt {
            checks.text("/excerpt", excerpt, 0..=1000);
        }
        if let Some(category) = &input.category_id {
            checks.line("/category_id", category, 1..=128);
        }
        let tag_ids = input.tag_ids.as_deref().unwrap_or_default();
        checks.require(tag_ids.len() <= MAX_TAGS, "/tag_ids", || {
            format!("must be at most {MAX_TAGS} tags, not {}", tag_ids.len())
        });
        for (index, tag) in tag_ids.iter().take(MAX_TAGS).enumerate() {
            checks.line(&format!("/tag_ids/{index}"), tag, 1..=128);
        }
        let status = input.status.as_deref().and_then(Status::parse);
        checks.require(
            status.is_some() == input.status.is_some(),
            "/status",
            || Status::EXPECTED.to_owned(),
        );
        if let Some(image) = &input.cover_image {
            checks.require(is_image_address(image), "/cover_image", || {
                format!(
                    "must be an http or https URL, or a path from the site's root like \
                     `/images/cover.png`, at most {MAX_URL} bytes"
                )
            });
        }
        checks.finish(Self {
            title: &input.title,
            content: &input.content,
            slug: input.slug.as_deref(),
            excerpt: input.excerpt.as_deref(),
            category_id: input.category_id.as_deref(),
            tag_ids,
            status,
            cover_image: input.cover_image.as_deref(),
        })
    }
}

/// Returns whether a page may point an image at it: no `javascript:`, no other site by way of `//`.
fn is_image_address(text: &str) -> bool {
    let plain = text.len() <= MAX_URL
        && !text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
    let path = text.starts_with('/') && !text.starts_with("//");
    let web = || {
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    plain && (path || web())
}

#[cfg(test)]
mod tests {
    use raisfast_contract::PostInput;

    use super::CheckedPost;

    fn post() -> PostInput {
        PostInput {
            title: "A title".to_owned(),
            ..PostInput::default()
        }
    }

    fn pointers(input: &PostInput) -> Vec<String> {
        CheckedPost::try_from(input)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|error| error.pointer)
            .collect()
    }

    #[test]
    fn a_title_is_enough() {
        assert_eq!(pointers(&post()), Vec::<String>::new());
    }

    #[test]
    fn limits_are_kept_to_the_character() {
        type Set = fn(&mut PostInput, usize);
        let cases: [(&str, Set, usize); 5] = [
            ("/title", |post, n| post.title = "ä".repeat(n), 200),
            ("/content", |post, n| post.content = "x".repeat(n), 1 << 20),
            ("/slug", |post, n| post.slug = Some("x".repeat(n)), 200),
            (
                "/excerpt",
                |post, n| post.excerpt = Some("ä".repeat(n)),
                1000,
            ),
            (
                "/tag_ids",
                |post, n| post.tag_ids = Some(vec!["t".to_owned(); n]),
                50,
            ),
        ];
        for (pointer, set, most) in cases {
            let mut input = post();
            set(&mut input, most);
            assert_eq!(
                pointers(&input),
                Vec::<String>::new(),
                "{pointer} with {most}"
            );
            set(&mut input, most + 1);
            assert_eq!(pointers(&input), [pointer], "{pointer} with {}", most + 1);
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        let broken = PostInput {
            title: " \n ".to_owned(),
            content: "nul\0".to_owned(),
            slug: Some("Not A Slug".to_owned()),
            excerpt: Some("x".repeat(1001)),
            category_id: Some(String::new()),
            tag_ids: Some(vec!["fine".to_owned(), String::new()]),
            status: Some("public".to_owned()),
            cover_image: Some("javascript:alert(1)".to_owned()),
        };
        let mut found = pointers(&broken);
        found.dedup();
        assert_eq!(
            found,
            [
                "/title",
                "/content",
                "/slug",
                "/excerpt",
                "/category_id",
                "/tag_ids/1",
                "/status",
                "/cover_image"
            ]
        );
    }

    #[test]
    fn cover_images_are_on_the_web_or_on_the_site() {
        for (address, good) in [
            ("https://example.com/a.png", true),
            ("http://example.com/a.png?x=1", true),
            ("/images/a.png", true),
            ("//evil.example/a.png", false),
            ("/\\evil.example/a.png", false),
            ("images/a.png", false),
            ("ftp://example.com/a.png", false),
            ("data:image/png;base64,AA==", false),
            ("https://example.com/a b.png", false),
            ("", false),
        ] {
            let input = PostInput {
                cover_image: Some(address.to_owned()),
                ..post()
            };
            assert_eq!(pointers(&input).is_empty(), good, "{address}");
        }
    }
}
