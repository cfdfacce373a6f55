//! PostgreSQL 15 and later.

use sqlparser::{ast::DataType, dialect::PostgreSqlDialect};

use super::Rules;
use crate::{
    bounds::{PATTERN, TEXT},
    functions::{self, lists},
    own_columns::PLACES,
    parse,
};

pub(super) static RULES: Rules = Rules {
    grammar: &PostgreSqlDialect {},
    parse: |tokens| parse::statement_of(PostgreSqlDialect {}, tokens),
    executable_comments: &[],

    name_quotes: &['"'],
    table_quote: '"',
    double_quotes_are_text: false,
    // What is not quoted it folds.
    case_matters: |is_quoted| is_quoted,
    default_schema: Some("public"),
    is_system_table: |key| key.starts_with("pg_"),
    has_dual: false,

    placeholder: '$',
    numbers_placeholders: true,

    functions: FUNCTIONS,
    table_functions: TABLE_FUNCTIONS,
    bare_functions: "
        current_catalog current_role current_schema current_user session_user system_user user
    ",
    is_row_function,

    has_backslash_escapes: false,
    has_intervals: true,
    is_typed_literal: |_| true,
    with_sees_all: |is_recursive| is_recursive,
    has_update_from: true,
    has_delete_using: true,

    is_column_type,
    // Its own TIMESTAMP has more places than a plugin's clock.
    wider_type: |data_type| match data_type {
        DataType::Timestamp(None, zone) => Some(DataType::Timestamp(Some(PLACES), *zone)),
        _ => None,
    },
    now: |_| None,
    computes_added_defaults: true,
    table_options: || None,

    bounded_arguments: |function| match function {
        "strpos" | "replace" | "translate" | "btrim" | "ltrim" | "rtrim" | "split_part"
        | "string_to_array" => &[(0, TEXT), (1, PATTERN)],
        _ => &[],
    },
    // What `varchar(n)` calls where a column has it: an error, not a cut. Four is the length's own.
    bounded: |operand, most| {
        Some(format!(
            "pg_catalog.\"varchar\"({operand}, {}, false)",
            most + 4
        ))
    },
    bounds_patterns: true,
    bounds_texts: true,
};

/// The names for an integer that counts by itself.
fn is_column_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Custom(name, modifiers) => {
            modifiers.is_empty()
                && ["smallserial", "serial", "bigserial"]
                    .contains(&name.to_string().to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

/// Returns true for a function that the database brings and that takes a row of any table: it reads
/// `row.name` as `name(row)` when there is no such column. What is on the list of functions may be
/// called in this way too.
fn is_row_function(name: &str) -> bool {
    (name.starts_with("pg_") || lists(ROW_FUNCTIONS, name)) && !functions::is_allowed(&RULES, name)
}

const FUNCTIONS: &str = "
    acosd acosh age any_value array_agg array_append array_cat array_dims array_length array_lower
    array_ndims array_position array_positions array_prepend array_remove array_replace
    array_to_json array_to_string array_upper ascii asind asinh atan2d atand atanh bit_and bit_count
    bit_length bit_or bit_xor bool_and bool_or btrim cardinality cbrt char_length character_length
    chr clock_timestamp convert_from convert_to corr cosd cosh cot cotd covar_pop covar_samp
    date_bin date_part date_trunc decode div encode erf erfc every gcd gen_random_uuid get_bit
    get_byte greatest grouping initcap isfinite json_agg json_array_length json_build_array
    json_build_object json_extract_path json_extract_path_text json_object json_object_agg
    json_strip_nulls json_typeof jsonb_agg jsonb_array_length jsonb_build_array jsonb_build_object
    jsonb_contains jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path
    jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_path_exists
    jsonb_path_match jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set
    jsonb_set_lax jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lastval
    lcm least left localtime localtimestamp make_date make_interval make_time make_timestamp
    make_timestamptz md5 min_scale mode normalize now overlay parse_ident percentile_cont
    percentile_disc phraseto_tsquery plainto_tsquery position quote_ident quote_literal
    quote_nullable random regexp_count regexp_instr regexp_like regexp_match regexp_replace
    regexp_split_to_array regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope reverse right row_to_json scale setweight sha224 sha256 sha384 sha512 sind sinh
    split_part starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg
    string_to_array strpos tand tanh timezone to_char to_date to_hex to_json to_jsonb to_number
    to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim_scale trunc ts_headline
    ts_rank ts_rank_cd unistr unnest var_pop var_samp variance websearch_to_tsquery width_bucket
";

const TABLE_FUNCTIONS: &str = "
    generate_series json_array_elements json_array_elements_text json_each json_each_text
    json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text
    jsonb_object_keys jsonb_path_query regexp_matches regexp_split_to_table string_to_table unnest
";

/// Of one argument, a record or of any type, or with any number of them. Those of `pg_` are left
/// out.
const ROW_FUNCTIONS: &str = "
    anycompatible_out anyelement_out anynonarray_out any_out array_agg concat count format hash_record
    json_agg json_build_array json_build_object jsonb_agg jsonb_build_array jsonb_build_object
    num_nonnulls num_nulls quote_literal quote_nullable record_out record_send row_to_json to_json
    to_jsonb
";
