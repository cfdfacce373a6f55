//! The fields in which two records differ: names only, never their content.

use crate::{CommentInput, ContentEvent, JsonObject, PostInput, pointer_segment};

/// The longest pointer, in bytes: authors choose the names in typed content.
const MAX_POINTER: usize = 256;

/// A record whose fields have names.
pub trait Fields {
    /// The fields in which `changed` differs from this record, as JSON pointers: `/title`. Of typed
    /// content those of its data, or the empty pointer, which is all of it, where the data is not a
    /// JSON object.
    fn changed_fields(&self, changed: &Self) -> Vec<String>;
}

macro_rules! fields {
    ($($record:ident: $($field:ident)*;)*) => {$(
        impl Fields for $record {
            fn changed_fields(&self, changed: &Self) -> Vec<String> {
                // Named one by one: a field that is added does not compile until it is compared.
                let Self { $($field),* } = self;
                let mut names = Vec::new();
                $(if *$field != changed.$field {
                    names.push(concat!("/", stringify!($field)).to_owned());
                })*
                names
            }
        }
    )*};
}

fields! {
    PostInput: title content slug excerpt category_id tag_ids status cover_image;
    CommentInput: content nickname email parent_id;
}

impl Fields for ContentEvent {
    fn changed_fields(&self, changed: &Self) -> Vec<String> {
        if self.data == changed.data {
            return Vec::new();
        }
        let objects = (
            self.data.parse::<JsonObject>(),
            changed.data.parse::<JsonObject>(),
        );
        let (Ok(before), Ok(after)) = objects else {
            return vec![String::new()];
        };
        before.differences(&after).map(member_pointer).collect()
    }
}

/// Returns the pointer to a member of this name, whose end is left out beyond 256 bytes.
pub fn member_pointer(name: &str) -> String {
    let mut pointer = pointer_segment(name);
    if pointer.len() > MAX_POINTER {
        pointer.truncate(pointer.floor_char_boundary(MAX_POINTER));
        pointer.push('…');
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(data: &str) -> ContentEvent {
        ContentEvent {
            data: data.to_owned(),
            ..ContentEvent::default()
        }
    }

    fn changed(before: &str, after: &str) -> Vec<String> {
        content(before).changed_fields(&content(after))
    }

    #[test]
    fn equal_records_differ_in_nothing() {
        let post = PostInput::default();
        assert!(post.changed_fields(&post.clone()).is_empty());
        assert!(changed(r#"{"a": 1, "b": 2}"#, r#"{"b":2,"a":1}"#).is_empty());
    }

    #[test]
    fn a_field_is_named_as_in_the_body_of_a_request() {
        let before = PostInput::default();
        let after = PostInput {
            title: "New".to_owned(),
            cover_image: Some("x".to_owned()),
            ..PostInput::default()
        };
        assert_eq!(before.changed_fields(&after), ["/title", "/cover_image"]);
        let before = CommentInput::default();
        let after = CommentInput {
            parent_id: Some(String::new()),
            ..CommentInput::default()
        };
        assert_eq!(before.changed_fields(&after), ["/parent_id"]);
    }

    #[test]
    fn typed_content_is_compared_by_its_members() {
        let before = r#"{"same": [1], "gone": 1, "other": {"deep": 1}}"#;
        let after = r#"{"other": {"deep": 2}, "new": null, "same": [1]}"#;
        assert_eq!(changed(before, after), ["/gone", "/other", "/new"]);
        assert_eq!(changed("{}", r#"{"a/b~c": 1}"#), ["/a~1b~0c"]);
        assert_eq!(changed("{}", "nonsense"), [""]);
    }

    #[test]
    fn a_name_of_any_length_makes_a_short_pointer() {
        let name = "ä".repeat(100_000);
        let pointers = changed("{}", &format!("{{\"{name}\": 1}}"));
        assert!(pointers[0].len() <= MAX_POINTER + '…'.len_utf8());
        assert!(pointers[0].ends_with('…'), "{}", pointers[0]);
    }
}
