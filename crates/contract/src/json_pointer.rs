//! JSON pointers (RFC 6901), and their segments.

/// Returns the segment for a member of this name, with its `/`.
///
/// ```
/// assert_eq!(raisfast_contract::pointer_segment("a/b~c"), "/a~1b~0c");
/// ```
pub fn pointer_segment(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Returns true if a text is a JSON pointer. One that is empty is: it points to the whole.
///
/// ```
/// use raisfast_contract::is_json_pointer;
///
/// assert!(is_json_pointer("/a~1b/0"));
/// assert!(!is_json_pointer("title"));
/// ```
pub fn is_json_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text
            .split('~')
            .skip(1)
            .all(|escape| escape.starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    use super::is_json_pointer;

    #[test]
    fn a_json_pointer_is_that_of_the_rfc() {
        for pointer in ["", "/", "/title", "/a~1b/~0c/0", "/ü"] {
            assert!(is_json_pointer(pointer), "{pointer}");
        }
        for text in ["title", "#/title", "/a~", "/a~2", "~0"] {
            assert!(!is_json_pointer(text), "{text}");
        }
    }
}
