//! MariaDB 10.11 and MySQL 8.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        CreateTableOptions, DataType, Expr, Ident, NamedParenthesizedList, SqlOption, TimezoneInfo,
        Value, visit_expressions,
    },
    dialect::MySqlDialect,
};

use super::{Rules, expression};
use crate::{bounds::PATTERN, own_columns::PLACES, parse};

pub(super) static RULES: Rules = Rules {
    grammar: &MySqlDialect {},
    parse: |tokens| parse::statement_of(MySqlDialect {}, tokens),
    // The parser reads the first kind as the database does, and the others as a comment. None has a
    // use in a plugin.
    executable_comments: &["/*!", "/*M!", "/*m!"],

    name_quotes: &['`'],
    table_quote: '`',
    double_quotes_are_text: true,
    // It depends on the server.
    case_matters: |_| true,
    // A schema is a database there, and its name is the operator's.
    default_schema: None,
    is_system_table: |_| false,
    has_dual: true,

    placeholder: '?',
    numbers_placeholders: false,

    functions: FUNCTIONS,
    table_functions: "",
    bare_functions: "current_role current_user",
    is_row_function: |_| false,

    // It depends on a setting of the server.
    has_backslash_escapes: true,
    has_intervals: true,
    is_typed_literal: |data_type| {
        matches!(
            data_type,
            DataType::Date | DataType::Time(..) | DataType::Timestamp(..)
        )
    },
    with_sees_all: |_| false,
    has_update_from: false,
    // It deletes from the tables before USING and looks them up behind it: by alias, too.
    has_delete_using: false,

    is_column_type: |_| false,
    wider_type,
    now: |places| {
        let sql = format!("CURRENT_TIMESTAMP({places})");
        (places > 0)
            .then(|| expression(&MySqlDialect {}, &sql))
            .flatten()
    },
    computes_added_defaults: true,
    table_options: || Some(table_options()),

    bounded_arguments: |function| match function {
        "locate" | "find_in_set" => &[(0, PATTERN)],
        "instr" | "replace" | "substring_index" => &[(1, PATTERN)],
        _ => &[],
    },
    bounded,
    bounds_patterns: true,
    bounds_texts: false,
};

/// Returns wider types for a TIMESTAMP that ends in 2038 and knows no fractions, and for a TEXT
/// that ends at 64 KiB.
fn wider_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(places, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            Some(DataType::Datetime(places.or(Some(PLACES))))
        }
        DataType::Text => Some(DataType::LongText),
        DataType::Blob(None) => Some(DataType::LongBlob),
        _ => None,
    }
}

/// Returns those of the server's own tables. Without them a table is what the operator's database
/// happens to make: it may take `A` for `a`, or know nothing of transactions.
fn table_options() -> CreateTableOptions {
    let option = |key: &str, value: &str| SqlOption::KeyValue {
        key: Ident::new(key),
        value: Expr::Identifier(Ident::new(value)),
    };
    let engine = NamedParenthesizedList {
        key: Ident::new("ENGINE"),
        name: Some(Ident::new("InnoDB")),
        values: Vec::new(),
    };
    CreateTableOptions::Plain(vec![
        SqlOption::NamedParenthesizedList(engine),
        option("CHARACTER SET", "utf8mb4"),
        option("COLLATE", "utf8mb4_nopad_bin"),
    ])
}

/// Nothing evaluates a parameter once and refuses it, so one has no bound. The bound writes its
/// operand twice: in one another they would double at each level.
fn bounded(operand: &Expr, most: usize) -> Option<String> {
    if has_placeholder(operand) || holds_a_bound(operand) {
        return None;
    }
    Some(format!(
        "CASE WHEN OCTET_LENGTH({operand}) > {most} \
         THEN 9223372036854775807 + OCTET_LENGTH('too long') ELSE {operand} END"
    ))
}

fn has_placeholder(operand: &Expr) -> bool {
    visit_expressions(operand, |part| match part {
        Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
            ControlFlow::Break(())
        }
        // Bounded already, as text.
        Expr::Identifier(name) if name.value.contains('?') => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

fn holds_a_bound(operand: &Expr) -> bool {
    visit_expressions(operand, |part| match part {
        Expr::Identifier(name) if name.value.contains("'too long'") => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

const FUNCTIONS: &str = "
    adddate addtime any_value ascii atan2 bin bit_and bit_count bit_length bit_or bit_xor char
    char_length character_length conv convert_tz cot crc32 curdate curtime date date_add date_format
    date_sub datediff day dayname dayofmonth dayofweek dayofyear default elt export_set field
    find_in_set format from_base64 from_days from_unixtime get_format greatest group_concat hex hour
    if ifnull insert instr interval isnull json_array json_array_append json_array_insert
    json_arrayagg json_contains json_contains_path json_depth json_exists json_extract json_insert
    json_keys json_length json_merge_patch json_merge_preserve json_object json_objectagg
    json_pretty json_query json_quote json_remove json_replace json_search json_set json_type
    json_unquote json_valid json_value last_day last_insert_id lcase least left localtime
    localtimestamp locate log2 make_set makedate maketime md5 microsecond mid minute month monthname
    now oct ord period_add period_diff position quarter quote rand regexp_instr regexp_like
    regexp_replace regexp_substr reverse right row_count sec_to_time second sha sha1 sha2 soundex
    std stddev stddev_pop stddev_samp str_to_date strcmp subdate substring_index subtime time
    time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days
    to_seconds truncate ucase unhex unix_timestamp utc_date utc_time utc_timestamp uuid values
    var_pop var_samp variance week weekday weekofyear year yearweek
";
