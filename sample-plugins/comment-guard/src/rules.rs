//! The rules that make a comment spam. They depend on the comment alone.

use std::fmt;

/// From this many letters on, a comment in capitals counts as shouting: "OK" and "NASA" do not.
const SHOUTING_LETTERS: usize = 12;

/// The plugin's settings.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// More links than these are spam.
    pub max_links: usize,
    /// Lower-case words and phrases that are spam.
    pub blocked_words: Vec<String>,
}

/// The judgement about a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to do.
    Fine,
    /// To be stored in lower case.
    Shouting,
    /// To be removed, for this reason.
    Spam(String),
}

impl Rules {
    /// The rules from the plugin's settings, which `setting` looks up.
    pub fn read(setting: impl Fn(&str) -> Option<String>) -> Self {
        let words = setting("blocked_words").unwrap_or_default();
        let words = words.split(',').map(words_of).filter(|word| word != " ");
        Self {
            max_links: setting("max_links")
                .and_then(|max| max.parse().ok())
                .unwrap_or(2),
            blocked_words: words.map(|word| word.trim().to_owned()).collect(),
        }
    }

    /// Judge a comment by its text.
    pub fn judge(&self, text: &str) -> Verdict {
        let links = text.matches("http://").count() + text.matches("https://").count();
        if links > self.max_links {
            return Verdict::Spam(format!(
                "{links} links, at most {} are allowed",
                self.max_links
            ));
        }
        let words = words_of(text);
        let blocked = self
            .blocked_words
            .iter()
            .find(|word| words.contains(&format!(" {word} ")));
        if let Some(word) = blocked {
            return Verdict::Spam(format!("the word \"{word}\" is not allowed"));
        }
        if is_shouting(text) {
            Verdict::Shouting
        } else {
            Verdict::Fine
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine => write!(f, "kept a comment"),
            Self::Shouting => write!(f, "calmed a comment"),
            Self::Spam(reason) => write!(f, "removed a comment: {reason}"),
        }
    }
}

/// The words in lower case with one space before, between and after them, so that a phrase is found
/// whatever stands around its words.
fn words_of(text: &str) -> String {
    let text = text.to_lowercase();
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |words, word| words + word + " ")
}

fn is_shouting(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    letters().count() >= SHOUTING_LETTERS
        && !letters().any(char::is_lowercase)
        && letters().any(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::{Rules, Verdict};

    fn rules() -> Rules {
        Rules::read(|key| match key {
            "max_links" => Some("1".to_owned()),
            "blocked_words" => Some("Casino, payday  loan,, ".to_owned()),
            _ => None,
        })
    }

    fn is_spam(text: &str) -> bool {
        matches!(rules().judge(text), Verdict::Spam(_))
    }

    #[test]
    fn settings_are_read_leniently() {
        assert_eq!(rules().blocked_words, ["casino", "payday loan"]);
        let defaults = Rules::read(|_| None);
        assert_eq!(
            defaults,
            Rules {
                max_links: 2,
                blocked_words: vec![]
            }
        );
        let nonsense = Rules::read(|_| Some("many".to_owned()));
        assert_eq!(nonsense.max_links, 2);
    }

    #[test]
    fn an_honest_comment_is_fine() {
        for text in [
            "",
            "Nice post!",
            "See https://example.com",
            "OK, NASA.",
            "日本語のコメントです、とても長い",
        ] {
            assert_eq!(rules().judge(text), Verdict::Fine, "{text}");
        }
    }

    #[test]
    fn links_are_counted() {
        let text = "http://a.example https://b.example";
        let reason = "2 links, at most 1 are allowed";
        assert_eq!(rules().judge(text), Verdict::Spam(reason.to_owned()));
    }

    #[test]
    fn blocked_words_are_found_in_any_case_and_only_whole() {
        assert!(is_spam("Best CASINO!"));
        assert!(is_spam("a payday\nloan for you"));
        assert!(!is_spam("casinos are not on the list"));
        assert!(!is_spam("a loan on payday"));
    }

    #[test]
    fn capitals_are_shouting() {
        assert_eq!(rules().judge("THIS IS THE BEST POST"), Verdict::Shouting);
        assert_eq!(
            rules().judge("THIS IS THE BEST POST, or not"),
            Verdict::Fine
        );
    }
}
