//! The functions that plugins may call: pure ones, and the few that tell the time, make a random number
//! or repeat the id of the last insert.
//!
//! Not listed, and so refused: what reads files, runs SQL given as text, sleeps, locks, changes the
//! session, or tells of the server. Also refused is what makes a large value out of a small number
//! (`zeroblob`, `repeat`, `lpad`, `printf` with its widths): a plugin has its own memory for that. A
//! query can still ask for much work (a recursive CTE, nested `replace`); the deadline and the
//! database's own limits end it.

use crate::Dialect;

/// Whether a function may be called where a value stands. The name is compared in lower case.
pub(crate) fn is_allowed(dialect: Dialect, name: &str) -> bool {
    let own = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::Mysql => MYSQL,
    };
    lists(SHARED, name) || lists(own, name)
}

/// Whether a function may be called where a table stands.
pub(crate) fn is_allowed_as_table(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Sqlite => lists(SQLITE_TABLES, name),
        Dialect::Postgres => lists(POSTGRES_TABLES, name),
        Dialect::Mysql => false,
    }
}

/// Names that are no columns but call a function, without parentheses, and tell of the session.
pub(crate) fn is_called_by_name_alone(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Sqlite => false,
        Dialect::Postgres => lists(POSTGRES_BARE, name),
        Dialect::Mysql => lists(MYSQL_BARE, name),
    }
}

/// Whether PostgreSQL brings a function of this name that takes a row of any table, as `name(row)`
/// or `row.name`.
pub(crate) fn takes_a_row(name: &str) -> bool {
    name.starts_with("pg_") || lists(POSTGRES_OF_ROWS, name)
}

fn lists(words: &str, name: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == name)
}

const SHARED: &str = "
    abs acos asin atan atan2 avg ceil ceiling coalesce concat concat_ws cos count cume_dist
    current_date current_time current_timestamp degrees dense_rank exp first_value floor lag
    last_value lead length ln log log10 lower ltrim max min mod nth_value ntile nullif octet_length
    percent_rank pi pow power radians rank replace round row_number rtrim sign sin sqrt substr
    substring sum tan trim upper
";

const SQLITE: &str = "
    acosh asinh atanh bm25 changes char cosh date datetime glob group_concat hex highlight if ifnull
    iif instr json json_array json_array_insert json_array_length json_error_position json_extract
    json_group_array json_group_object json_insert json_object json_patch json_pretty json_quote
    json_remove json_replace json_set json_type json_valid jsonb jsonb_array jsonb_extract
    jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
    jsonb_replace jsonb_set julianday last_insert_rowid like likelihood likely log2 median
    percentile percentile_cont percentile_disc quote random sinh snippet soundex strftime string_agg
    tanh time timediff total trunc typeof unhex unicode unixepoch unlikely
";

const POSTGRES: &str = "
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

const SQLITE_TABLES: &str = "json_each json_tree";

const POSTGRES_TABLES: &str = "
    generate_series json_array_elements json_array_elements_text json_each json_each_text
    json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text
    jsonb_object_keys jsonb_path_query regexp_matches regexp_split_to_table string_to_table unnest
";

const MYSQL: &str = "
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

const POSTGRES_BARE: &str = "
    current_catalog current_role current_schema current_user session_user system_user user
";

/// Of one argument, a record or of any type, or with any number of them. Those of `pg_` are left
/// out.
const POSTGRES_OF_ROWS: &str = "
    anycompatible_out anyelement_out anynonarray_out any_out array_agg concat count format hash_record
    json_agg json_build_array json_build_object jsonb_agg jsonb_build_array jsonb_build_object
    num_nonnulls num_nulls quote_literal quote_nullable record_out record_send row_to_json to_json
    to_jsonb
";

const MYSQL_BARE: &str = "current_role current_user";
