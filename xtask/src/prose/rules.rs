//! The rules, and the search for text that breaks one.

use regex::{Regex, RegexBuilder};

use super::text::{Line, Text};

/// Columns that a comment may have.
const WIDTH: usize = 100;

/// A rule of prose.
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// The better way to write it.
    pub(super) instead: &'static str,
}

/// A place that breaks a rule.
pub(super) struct Finding<'t> {
    /// From 1.
    pub(super) line: usize,
    pub(super) rule: &'static Rule,
    pub(super) text: &'t str,
}

static WIDE: Rule = Rule {
    name: "width",
    instead: "wrap the comment at 100 columns",
};

static OPENING: Rule = Rule {
    name: "opening",
    instead: "begin a function's comment with a verb (Returns, Opens, Blocks until), a type's with a noun",
};

/// The start of a doc comment that asks instead of telling.
const QUESTION: &str = r"^(?:What|Whether|Which|How|Who|Why|Where|Is|Has|Its)\b";

/// The rules about phrases, wherever they stand. A match of which `fine` took part breaks no rule.
static PHRASES: [(Rule, &str); 8] = [
    (
        Rule {
            name: "negation",
            instead: "`is not a …`, `is not valid …`; `there is no …` may stay",
        },
        r"(?i)(?P<fine>\bthere (?:\w+ )?)?\b(?:is|are|was|were|be|been) no (?:(?P<comparison>longer|more|less|fewer|better|worse|larger|smaller|shorter|faster|slower|cheaper|higher|lower|later|earlier|such)\b|\w)",
    ),
    (
        Rule {
            name: "no-longer",
            instead: "`no longer`, before the verb",
        },
        r"\b(?:is|are|was|were|be|been|does|do|did)(?: \w+){0,2} no[ ]more(?:[.,;:)]|  )",
    ),
    (
        Rule {
            name: "number",
            instead: "the number itself: `n`, `this many`, `each`, `enough`",
        },
        r"\b[Ss]o[ ]many\b(?P<fine>[a-zA-Z ,'`-]{1,80}\bthat\b)?",
    ),
    (
        Rule {
            name: "notified",
            instead: "`is notified of`, `receives`, `learns of`",
        },
        r"\b(?:[Tt]old of|[Hh]ears? of|[Hh]eard of)\b",
    ),
    (
        Rule {
            name: "returns",
            instead: "`returns`; only guests, servers and peers answer",
        },
        r"\b[Aa]nswers (?:the (?:number|names?|file|password|record|parts|value|reason|error|text)|how|why|whether|what|its|their)\b",
    ),
    (
        Rule {
            name: "recently",
            instead: "`recently`",
        },
        r"\bof[ ]late\b",
    ),
    (
        Rule {
            name: "remove",
            instead: "`remove`, `delete`",
        },
        r"\brid[ ]of\b",
    ),
    (
        Rule {
            name: "metaphor",
            instead: "a word of docs/src/glossary.md: `registry`, `history`, `fix`",
        },
        r"\b(?:[Oo]ffices?|[Hh]abits?|[Mm]end(?:s|ed|ing)?)\b",
    ),
];

/// The rules, ready to search.
pub(super) struct Rules {
    question: Regex,
    phrases: Vec<(&'static Rule, Regex)>,
}

impl Rules {
    pub(super) fn new() -> Self {
        let compiled = |pattern| {
            let mut pattern = RegexBuilder::new(pattern);
            let pattern = pattern.unicode(false).build();
            pattern.expect("a pattern of this file is valid")
        };
        Self {
            question: compiled(QUESTION),
            phrases: PHRASES
                .iter()
                .map(|(rule, pattern)| (rule, compiled(pattern)))
                .collect(),
        }
    }

    /// Returns all places of a file that break a rule, line by line.
    pub(super) fn check<'t>(&self, text: &'t Text<'_>) -> Vec<Finding<'t>> {
        let mut findings = Vec::new();
        let mut before = "";
        for (number, line) in (1..).zip(&text.lines) {
            let mut add = |rule| {
                findings.push(Finding {
                    line: number,
                    rule,
                    text: line.words,
                });
            };
            if is_wide(line) {
                add(&WIDE);
            }
            if is_doc(line.mark) && before != line.mark && self.question.is_match(line.words) {
                add(&OPENING);
            }
            before = line.mark;
        }
        for (rule, pattern) in &self.phrases {
            for found in pattern.captures_iter(&text.joined) {
                let part = |name| found.name(name).is_some();
                if part("fine") || part("comparison") {
                    continue;
                }
                let place = found.get(0).expect("the whole match").start();
                let line = text.line_at(place);
                let text = text.lines[line - 1].words;
                findings.push(Finding { line, rule, text });
            }
        }
        findings.sort_by_key(|finding| finding.line);
        findings
    }
}

/// Returns true for a comment that is too wide and can be wrapped. A row of a table cannot, nor can
/// one long word such as an address.
fn is_wide(line: &Line<'_>) -> bool {
    !line.mark.is_empty()
        && line.width > WIDTH
        && !line.words.starts_with('|')
        && line.words.contains(' ')
}

fn is_doc(mark: &str) -> bool {
    matches!(mark, "///" | "//!" | "/**")
}

#[cfg(test)]
mod tests {
    use super::{Rules, Text};

    /// A line each: the rule that the text breaks or `fine`, and the text, in which ` / ` ends a
    /// line.
    const EXAMPLES: &str = include_str!("examples.txt");

    #[test]
    fn each_example_breaks_the_rule_that_it_is_about() {
        let rules = Rules::new();
        for example in EXAMPLES.lines() {
            let (expected, text) = example.split_once(": ").expect("a rule and a text");
            let content = text.replace(" / ", "\n");
            let text = Text::new("example.rs", &content);
            let found: Vec<&str> = rules
                .check(&text)
                .iter()
                .map(|finding| finding.rule.name)
                .collect();
            let expected: Vec<&str> = Some(expected)
                .filter(|rule| *rule != "fine")
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{example}");
        }
    }

    #[test]
    fn a_finding_has_its_line_and_its_words() {
        let content = "fn one() {}\n\n/// Returns it.\n// This\n// is no\n// name.\n";
        let text = Text::new("example.rs", content);
        let findings = Rules::new().check(&text);
        let [finding] = findings.as_slice() else {
            panic!("one finding");
        };
        assert_eq!((finding.line, finding.text), (5, "is no"));
    }
}
