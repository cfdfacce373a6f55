//! Boxes of task lists.
//!
//! They are the only inputs of a post. The sanitiser knows elements by their names and not by their
//! attributes, so it leaves each `<input>` with what a box may have, and those that are not boxes
//! are taken out here, from HTML in the one form in which the sanitiser writes it.

/// The attributes of a box as the sanitiser leaves them, in whichever order.
const NECESSARY: [&str; 2] = [" type=\"checkbox\"", " disabled=\"\""];

/// Takes inputs out of clean HTML that are not boxes which nobody can tick.
pub(super) fn only_boxes(clean: String) -> String {
    const INPUT: &str = "<input";

    if !clean.contains(INPUT) {
        return clean;
    }
    let mut kept = String::with_capacity(clean.len());
    let mut rest = clean.as_str();
    // What is text has `&lt;`, so that a tag begins here.
    while let Some(start) = rest.find('<') {
        let (text, from_tag) = rest.split_at(start);
        let (tag, after) = from_tag.split_at(length(from_tag));
        kept.push_str(text);
        // A quote within a value is `&quot;`, so that both are attributes.
        if !tag.starts_with(INPUT) || NECESSARY.iter().all(|part| tag.contains(part)) {
            kept.push_str(tag);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// Returns the length of the tag at the beginning. A `>` may stand in the value of an attribute.
fn length(tag: &str) -> usize {
    let mut in_value = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => in_value = !in_value,
            b'>' if !in_value => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::only_boxes;

    #[test]
    fn what_is_not_a_box_goes() {
        for (clean, expected) in [
            (
                "<p title=\"<input>\">a &lt;input></p>",
                "<p title=\"<input>\">a &lt;input></p>",
            ),
            ("<input><p title=\"a>b\">x</p>", "<p title=\"a>b\">x</p>"),
            ("<input type=\"checkbox\">", ""),
            ("<input disabled=\"\">", ""),
            (
                "<input title=\" type=&quot;checkbox&quot;\" disabled=\"\">",
                "",
            ),
            (
                "<input disabled=\"\" type=\"checkbox\" checked=\"\">x",
                "<input disabled=\"\" type=\"checkbox\" checked=\"\">x",
            ),
            ("<input", ""),
            ("a", "a"),
        ] {
            assert_eq!(only_boxes(clean.to_owned()), expected);
        }
    }
}
