//! A post's name in the URL.

/// The title's words in lower case, joined by hyphens, as many whole words as fit into `length`
/// characters. Letters of every script stay. None where the title has no word.
pub fn of_title(title: &str, length: usize) -> Option<String> {
    // An apostrophe is inside of a word: "don't" is not "don-t".
    let title = title.to_lowercase().replace(['\'', '’'], "");
    let mut slug = String::new();
    let mut left = length;
    for word in title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let letters = word.chars().count();
        if slug.is_empty() {
            slug.extend(word.chars().take(length));
            left = length.saturating_sub(letters);
        } else if letters < left {
            slug.push('-');
            slug.push_str(word);
            left -= letters + 1;
        } else {
            break;
        }
    }
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::of_title;

    #[track_caller]
    fn check(title: &str, expected: Option<&str>) {
        assert_eq!(of_title(title, 20).as_deref(), expected, "{title}");
    }

    #[test]
    fn words_are_joined_by_single_hyphens() {
        check("Hello, World!", Some("hello-world"));
        check("  C++ & Rust -- 2026 ", Some("c-rust-2026"));
        check("Don't panic", Some("dont-panic"));
    }

    #[test]
    fn letters_of_every_script_stay() {
        check("Größe zählt", Some("größe-zählt"));
        check("Привет, мир", Some("привет-мир"));
    }

    #[test]
    fn long_titles_end_between_words() {
        check("one two three four five six", Some("one-two-three-four"));
        check(
            "Donaudampfschifffahrtsgesellschaft",
            Some("donaudampfschifffahr"),
        );
    }

    #[test]
    fn a_title_without_words_has_no_slug() {
        check("?!", None);
        check("", None);
    }
}
