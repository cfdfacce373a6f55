//! All that a plugin has stored, in words.

use serde_json::Value;

/// Returns each kind of thing that is stored, like `3 keys (120 bytes)`; none where nothing is.
pub(super) fn in_words(storage: &Value) -> Vec<String> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let mut words = Vec::new();
    for (amount, bytes, one, many) in [
        ("keys", "key_value_bytes", "key", "keys"),
        ("files", "file_bytes", "file", "files"),
    ] {
        let amount = number(&storage[amount]["used"]);
        if amount > 0 {
            let bytes = counted(number(&storage[bytes]["used"]), "byte", "bytes");
            words.push(format!("{} ({bytes})", counted(amount, one, many)));
        }
    }
    let tables = storage["tables"].as_array().into_iter().flatten();
    words.extend(tables.map(|table| {
        let name = table["name"].as_str().unwrap_or("-");
        let more = match table["more_rows"].as_bool() {
            Some(true) => "more than ",
            _ => "",
        };
        let rows = counted(number(&table["rows"]), "row", "rows");
        format!("the table {name} ({more}{rows})")
    }));
    if storage["more_tables"].as_bool() == Some(true) {
        words.push("more tables".to_owned());
    }
    for (amount, one, many) in [
        ("settings", "setting", "settings"),
        ("deliveries", "waiting delivery", "waiting deliveries"),
        (
            "migrations",
            "record of a migration",
            "records of migrations",
        ),
    ] {
        let amount = number(&storage[amount]);
        if amount > 0 {
            words.push(counted(amount, one, many));
        }
    }
    words
}

fn counted(amount: u64, one: &str, many: &str) -> String {
    match amount {
        1 => format!("1 {one}"),
        amount => format!("{amount} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_stored_is_named_and_what_is_not_is_left_out() {
        let mut storage = json!({
            "keys": { "used": 0, "limit": null },
            "key_value_bytes": { "used": 0, "limit": null },
            "files": { "used": 0, "limit": 10_000 },
            "file_bytes": { "used": 0, "limit": null },
            "tables": [],
            "more_tables": false,
            "migrations": 0,
            "settings": 0,
            "deliveries": 0,
        });
        assert_eq!(in_words(&storage), Vec::<String>::new());
        storage["keys"]["used"] = 1.into();
        storage["key_value_bytes"]["used"] = 20.into();
        storage["files"]["used"] = 2.into();
        storage["file_bytes"]["used"] = 1.into();
        storage["tables"] = json!([
            { "name": "own_a", "rows": 1, "more_rows": false },
            { "name": "own_b", "rows": 100_000, "more_rows": true },
        ]);
        storage["more_tables"] = true.into();
        storage["deliveries"] = 3.into();
        storage["migrations"] = 1.into();
        assert_eq!(
            in_words(&storage),
            [
                "1 key (20 bytes)",
                "2 files (1 byte)",
                "the table own_a (1 row)",
                "the table own_b (more than 100000 rows)",
                "more tables",
                "3 waiting deliveries",
                "1 record of a migration",
            ]
        );
    }
}
