//! The rules of typed content.

use raisfast_contract::{ContentEvent, InvalidJsonObject, JsonObject};

use crate::ContentError;

/// Bytes of a record, as JSON text.
const MAX_DATA: usize = 1 << 20;

/// Checks the name of a content type: `[a-z][a-z0-9_-]{0,63}`.
pub(super) fn type_name(text: &str) -> Result<(), String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    let is_one = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(allowed);
    if is_one {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a valid content type: it begins with a lower-case letter, \
         goes on with those, digits, `_` and `-`, and has at most 64 characters"
    ))
}

/// The record as JSON text, if it is not too large.
pub(super) fn sized(data: &JsonObject) -> Result<String, ContentError> {
    let text = data.to_string();
    within_size(&text).map_err(|message| ContentError::invalid("", message))?;
    Ok(text)
}

/// The JSON object that the text holds.
pub(super) fn object(text: &str) -> Result<JsonObject, String> {
    text.parse().map_err(|error: InvalidJsonObject| {
        format!("`data` must be a JSON object as text: {error}")
    })
}

/// Checks an event that a filter is given.
pub(crate) fn submitted(event: &ContentEvent) -> Result<(), String> {
    type_name(&event.content_type)?;
    within_size(&event.data)?;
    object(&event.data).map(drop)
}

/// A filter's answer to `submitted` that keeps the rules: other data, but the same record.
pub(crate) fn accepted(
    submitted: &ContentEvent,
    answer: ContentEvent,
) -> Result<ContentEvent, String> {
    if answer.content_type != submitted.content_type {
        return Err(format!(
            "`content-type` must stay `{}`, it is `{}`",
            submitted.content_type, answer.content_type
        ));
    }
    if answer.id != submitted.id {
        return Err("`id` must stay as it is".to_owned());
    }
    within_size(&answer.data)?;
    object(&answer.data)?;
    Ok(answer)
}

fn within_size(data: &str) -> Result<(), String> {
    if data.len() <= MAX_DATA {
        Ok(())
    } else {
        Err(format!(
            "a record has at most {MAX_DATA} bytes as JSON, not {}",
            data.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use raisfast_contract::ContentEvent;

    use super::{accepted, type_name};

    #[test]
    fn type_names_are_lower_case_and_short() {
        let longest = "a".repeat(64);
        for good in ["a", "product", "shop_item-2", &longest] {
            assert!(type_name(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in ["", "1a", "_a", "A", "pro duct", "prö", "a/b", &too_long] {
            assert!(type_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_filter_answers_with_the_same_record() {
        let submitted = ContentEvent {
            content_type: "product".to_owned(),
            data: "{}".to_owned(),
            id: None,
        };
        let with = |change: fn(&mut ContentEvent)| {
            let mut changed = submitted.clone();
            change(&mut changed);
            accepted(&submitted, changed).map(drop)
        };
        assert_eq!(
            with(|event| event.data = r#"{"price": 1}"#.to_owned()),
            Ok(())
        );
        assert!(
            with(|event| event.content_type = "user".to_owned())
                .unwrap_err()
                .contains("product")
        );
        assert!(
            with(|event| event.id = Some("1".to_owned()))
                .unwrap_err()
                .contains("`id`")
        );
        assert!(
            with(|event| event.data = "[]".to_owned())
                .unwrap_err()
                .contains("JSON object")
        );
        assert!(
            with(|event| event.data = "{".to_owned())
                .unwrap_err()
                .contains("JSON object")
        );
        assert!(
            with(|event| event.data = format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20)))
                .unwrap_err()
                .contains("at most")
        );
    }
}
