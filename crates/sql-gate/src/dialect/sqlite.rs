//! SQLite 3.

use sqlparser::{ast::DataType, dialect::SQLiteDialect};

use super::{Rules, expression};
use crate::{bounds::JSON, parse};

pub(super) static RULES: Rules = Rules {
    grammar: &SQLiteDialect {},
    parse: |tokens| parse::statement_of(SQLiteDialect {}, tokens),
    executable_comments: &[],

    name_quotes: &['"', '`', '['],
    table_quote: '"',
    double_quotes_are_text: false,
    case_matters: |_| false,
    default_schema: Some("main"),
    is_system_table,
    has_dual: false,

    placeholder: '?',
    numbers_placeholders: false,

    functions: FUNCTIONS,
    table_functions: "json_each json_tree",
    bare_functions: "",
    is_row_function: |_| false,

    has_backslash_escapes: false,
    has_intervals: false,
    is_typed_literal: |_| false,
    with_sees_all: |_| true,
    has_update_from: true,
    has_delete_using: false,

    is_column_type: |data_type| matches!(data_type, DataType::Unspecified),
    wider_type: |_| None,
    now: |_| expression(&SQLiteDialect {}, "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"),
    computes_added_defaults: false,
    table_options: || None,

    bounded_arguments: |function| match function {
        "json_patch" | "jsonb_patch" => &[(0, JSON), (1, JSON)],
        _ => &[],
    },
    // One of the functions that the server gives to plugins' connections.
    bounded: |operand, most| Some(format!("raisfast_bounded({operand}, {most})")),
    bounds_patterns: false,
    bounds_texts: false,
};

/// The tables named `pragma_…` run pragmas.
fn is_system_table(key: &str) -> bool {
    key.starts_with("sqlite_")
        || key.starts_with("pragma_")
        || [
            "dbstat",
            "bytecode",
            "tables_used",
            "fts3tokenize",
            "carray",
        ]
        .contains(&key)
}

const FUNCTIONS: &str = "
    acosh asinh atanh bm25 changes char cosh date datetime glob group_concat hex highlight if ifnull
    iif instr json json_array json_array_insert json_array_length json_error_position json_extract
    json_group_array json_group_object json_insert json_object json_patch json_pretty json_quote
    json_remove json_replace json_set json_type json_valid jsonb jsonb_array jsonb_extract
    jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
    jsonb_replace jsonb_set julianday last_insert_rowid like likelihood likely log2 median
    percentile percentile_cont percentile_disc quote random sinh snippet soundex strftime string_agg
    tanh time timediff total trunc typeof unhex unicode unixepoch unlikely
";
