//! Segments of JSON pointers (RFC 6901).

/// Returns the segment for a member of this name, with its `/`.
///
/// ```
/// assert_eq!(raisfast_contract::pointer_segment("a/b~c"), "/a~1b~0c");
/// ```
pub fn pointer_segment(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
