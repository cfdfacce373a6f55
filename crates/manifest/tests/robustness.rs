//! No text makes the parser panic, and each error points into the text that it was given.

use raisfast_manifest::Manifest;

const FULL: &str = include_str!("good/every-key.toml");

fn judge(text: &str) {
    let Err(errors) = Manifest::parse("manifest.toml", text) else {
        return;
    };
    assert!(
        !errors.errors().is_empty(),
        "refused without a reason:\n{text}"
    );
    let lines: Vec<&str> = text.split('\n').collect();
    for error in errors.errors() {
        let line = lines
            .get(error.line - 1)
            .unwrap_or_else(|| panic!("{error}\nis outside of:\n{text}"));
        let rest: String = line.chars().skip(error.column - 1).collect();
        assert!(
            rest.starts_with(&error.found),
            "{error}\npoints elsewhere in:\n{text}"
        );
    }
    let rendered = errors.to_string();
    assert!(
        !rendered.contains(|c: char| c.is_control() && c != '\n'),
        "{rendered:?}"
    );
}

#[test]
fn any_beginning_of_a_manifest_is_judged() {
    for end in (0..=FULL.len()).filter(|&end| FULL.is_char_boundary(end)) {
        judge(&FULL[..end]);
    }
}

#[test]
fn any_end_of_a_manifest_is_judged() {
    for start in (0..=FULL.len()).filter(|&start| FULL.is_char_boundary(start)) {
        judge(&FULL[start..]);
    }
}

#[test]
fn any_changed_byte_is_judged() {
    let others = ["\"", "[", "=", "\n", "\u{1b}", "日", "9"];
    for ((at, character), other) in FULL.char_indices().zip(others.into_iter().cycle()) {
        for other in ["", other] {
            let mut text = FULL.to_owned();
            text.replace_range(at..at + character.len_utf8(), other);
            judge(&text);
        }
    }
}

#[test]
fn hostile_texts_are_judged() {
    let entry = "[[cron]]\nlabel = \"L\"\njob_type = \"j\"\ncron_expr = \"59 59 23 30 2 *\"\ntimezone = \"Nowhere/Land\"\n";
    let deep = format!("config = {}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let dotted = format!("[{}]", vec!["a"; 10_000].join("."));
    for text in [
        deep.as_str(),
        &dotted,
        &entry.repeat(100),
        &"[pool]\n".repeat(20_000),
        &"k.l = 1\n".repeat(20_000),
        &format!("{} = 1", "k".repeat(200_000)),
        "\u{feff}[plugin]",
        "\r",
        "\r\n\r\n=",
        "\u{2028}=",
    ] {
        judge(text);
    }
}
