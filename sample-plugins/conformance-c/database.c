/// The interface `database`.
///
/// What a request is made of is owned by it, so that the generated `…_free` frees all of it.

#include "calls.h"

#include <stdlib.h>
#include <string.h>

typedef DATABASE(value_t) value;
typedef DATABASE(option_value_t) option_value;
typedef DATABASE(field_t) field;
typedef DATABASE(row_t) row;
typedef DATABASE(list_row_t) row_list;
typedef DATABASE(condition_t) condition;
typedef DATABASE(filter_t) filter;
typedef DATABASE(order_t) order;
typedef DATABASE(query_t) query;
typedef DATABASE(addition_t) addition;
typedef DATABASE(total_t) total;
typedef DATABASE(grouping_t) grouping;
typedef DATABASE(error_t) database_error;

static const char ROW_SEPARATOR[] = "\x1E";

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL && count > 0) abort();
    return memory;
}

// Values.

/// The value's cases, in the order of their numbers.
static const char *const value_cases[] = {
    "null", "boolean", "integer", "float", "decimal", "text", "bytes",
};

static uint8_t case_number(string name) {
    for (uint8_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++)
        if (string_is(name, value_cases[i])) return i;
    fail("no such case of a value");
}

static double float_of_bits(uint64_t bits) {
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint64_t bits_of_float(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static plugin_world_list_u8_t parse_bytes(string digits) {
    plugin_world_list_u8_t bytes = {allocate(digits.len / 2, 1), digits.len / 2};
    for (size_t i = 0; i < bytes.len; i++)
        bytes.ptr[i] = (uint8_t)string_to_unsigned((string){digits.ptr + 2 * i, 2}, 16);
    return bytes;
}

/// `case:content` as a value.
static value parse_value(string written) {
    uint8_t *colon = memchr(written.ptr, ':', written.len);
    if (colon == NULL) fail("a value is its case, a colon, and its content");
    size_t length = (size_t)(colon - written.ptr);
    string content = {colon + 1, written.len - length - 1};

    value value = {.tag = case_number((string){written.ptr, length})};
    switch (value.tag) {
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_NULL:
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_BOOLEAN:
        value.val.boolean = string_is(content, "true");
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER:
        value.val.integer = string_to_signed(content);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_FLOAT:
        value.val.float_ = float_of_bits(string_to_unsigned(content, 16));
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_DECIMAL:
        value.val.decimal = string_copy(content);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT:
        value.val.text = string_copy(content);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_BYTES:
        value.val.bytes = parse_bytes(content);
        break;
    }
    return value;
}

static void add_float(text *text, double number) {
    uint64_t bits = bits_of_float(number);
    uint8_t bytes[sizeof bits];
    for (size_t i = 0; i < sizeof bits; i++) bytes[i] = (uint8_t)(bits >> (56 - 8 * i));
    text_add_hexadecimal(text, bytes, sizeof bytes);
}

static void add_value(text *text, const value *value) {
    text_add_c(text, value_cases[value->tag]);
    text_add_c(text, ":");
    switch (value->tag) {
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_NULL:
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_BOOLEAN:
        text_add_c(text, value->val.boolean ? "true" : "false");
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER:
        text_add_signed(text, value->val.integer);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_FLOAT:
        add_float(text, value->val.float_);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_DECIMAL:
        text_add(text, value->val.decimal);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT:
        text_add(text, value->val.text);
        break;
    case RAISFAST_PLUGIN_WIT_DATABASE_VALUE_BYTES:
        text_add_hexadecimal(text, value->val.bytes.ptr, value->val.bytes.len);
        break;
    }
}

static value text_value(const char *literal) {
    value value = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT};
    value.val.text = string_copy(string_of(literal));
    return value;
}

static value integer_value(int64_t number) {
    value value = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER};
    value.val.integer = number;
    return value;
}

// Arguments.

/// The fields from the argument with this number on: names and values in turn.
static row parse_fields(const call *call, size_t from) {
    size_t count = call->arguments.len > from ? (call->arguments.len - from) / 2 : 0;
    row fields = {allocate(count, sizeof(field)), count};
    for (size_t i = 0; i < count; i++) {
        fields.ptr[i].name = string_copy(*argument(call, from + 2 * i));
        fields.ptr[i].value = parse_value(*argument(call, from + 2 * i + 1));
    }
    return fields;
}

static option_value parse_option_value(string written) {
    option_value value = {.is_some = written.len > 0};
    if (value.is_some) value.val = parse_value(written);
    return value;
}

static condition compare(const char *column, DATABASE(operator_t) operator, const char *with) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_COMPARE};
    part.val.compare.column = string_copy(string_of(column));
    part.val.compare.operator_ = operator;
    part.val.compare.value = text_value(with);
    return part;
}

static condition is_in(const char *column, const char *first, const char *second) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IN};
    part.val.in.column = string_copy(string_of(column));
    part.val.in.values.ptr = allocate(2, sizeof(value));
    part.val.in.values.len = 2;
    part.val.in.values.ptr[0] = text_value(first);
    part.val.in.values.ptr[1] = text_value(second);
    return part;
}

static condition like(const char *column, const char *pattern) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_LIKE};
    part.val.like.column = string_copy(string_of(column));
    part.val.like.pattern = string_copy(string_of(pattern));
    return part;
}

static condition between(const char *column, int64_t low, int64_t high) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_BETWEEN};
    part.val.between.column = string_copy(string_of(column));
    part.val.between.low = integer_value(low);
    part.val.between.high = integer_value(high);
    return part;
}

static condition is_null(const char *column) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IS_NULL};
    part.val.is_null = string_copy(string_of(column));
    return part;
}

static condition not(void) {
    return (condition){.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_NOT};
}

static condition all_of(uint32_t count) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_AND};
    part.val.and_ = count;
    return part;
}

static condition one_of(uint32_t count) {
    condition part = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_OR};
    part.val.or_ = count;
    return part;
}

/// The filter `chosen`: a condition of every kind, in postfix order.
static filter chosen(void) {
    const condition parts[] = {
        compare("name", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_NOT_EQUAL, "left-out"),
        is_in("name", "first", "second"),
        like("name", "%s%"),
        between("whole", INT64_MIN, INT64_MAX),
        is_null("nothing"),
        is_null("name"),
        not(),
        all_of(6),
        compare("name", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL, "third"),
        one_of(2),
    };
    filter filter = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_FILTER_MATCHING};
    filter.val.matching.len = sizeof parts / sizeof *parts;
    filter.val.matching.ptr = allocate(filter.val.matching.len, sizeof *parts);
    memcpy(filter.val.matching.ptr, parts, sizeof parts);
    return filter;
}

static filter parse_filter(string name) {
    if (string_is(name, "chosen")) return chosen();
    if (!string_is(name, "all")) fail("no such filter");
    return (filter){.tag = RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL};
}

/// A list of one order, which owns what it has.
static DATABASE(list_order_t) order_by(const char *column, DATABASE(direction_t) direction) {
    order *order = allocate(1, sizeof *order);
    order->column = string_copy(string_of(column));
    order->direction = direction;
    return (DATABASE(list_order_t)){order, 1};
}

static query parse_query(const call *call) {
    string limit = *argument(call, 2);
    query query = {
        .table = string_copy(*argument(call, 0)),
        .filter = parse_filter(*argument(call, 1)),
        .order = order_by("name", RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_ASCENDING),
        .limit = {limit.len > 0, string_to_unsigned(limit, 10)},
        .offset = string_to_unsigned(*argument(call, 3), 10),
    };
    query.columns.len = call->arguments.len > 4 ? call->arguments.len - 4 : 0;
    query.columns.ptr = allocate(query.columns.len, sizeof(string));
    for (size_t i = 0; i < query.columns.len; i++)
        query.columns.ptr[i] = string_copy(*argument(call, 4 + i));
    return query;
}

// Answers.

static void add_row(text *text, const row *row) {
    for (size_t i = 0; i < row->len; i++) {
        if (i > 0) text_add_c(text, "\x1F");
        text_add(text, row->ptr[i].name);
        text_add_c(text, "\x1F");
        add_value(text, &row->ptr[i].value);
    }
}

static void answer_rows(call *call, row_list rows) {
    call->outcome = "value";
    for (size_t i = 0; i < rows.len; i++) {
        if (i > 0) text_add_c(&call->data, ROW_SEPARATOR);
        add_row(&call->data, &rows.ptr[i]);
    }
    DATABASE(list_row_free)(&rows);
}

/// Every case of the error has a message, and all lie at one place.
static void answer_database_error(call *call, database_error error) {
    static const char *const cases[] = {
        "denied", "invalid", "constraint", "busy", "limit", "database", "internal",
    };
    answer_error(call, cases[error.tag], error.val.denied);
}

// Functions. Each answers `true` where it has worked.

static void insert(call *call) {
    row row = parse_fields(call, 1);
    database_error error;
    if (!DATABASE(insert)(argument(call, 0), &row, &error)) answer_database_error(call, error);
    DATABASE(row_free)(&row);
}

static void fetch_one(call *call) {
    query query = parse_query(call);
    DATABASE(option_row_t) found;
    database_error error;
    if (!DATABASE(fetch_one)(&query, &found, &error)) {
        answer_database_error(call, error);
    } else if (found.is_some) {
        call->outcome = "value";
        add_row(&call->data, &found.val);
        DATABASE(row_free)(&found.val);
    } else {
        call->outcome = "none";
    }
    DATABASE(query_free)(&query);
}

static void fetch_all(call *call) {
    query query = parse_query(call);
    row_list rows;
    database_error error;
    if (DATABASE(fetch_all)(&query, &rows, &error))
        answer_rows(call, rows);
    else
        answer_database_error(call, error);
    DATABASE(query_free)(&query);
}

static void update(call *call) {
    filter filter = parse_filter(*argument(call, 1));
    row set = parse_fields(call, 2);
    uint64_t count;
    database_error error;
    if (DATABASE(update)(argument(call, 0), &filter, &set, &count, &error))
        answer_unsigned(call, count);
    else
        answer_database_error(call, error);
    DATABASE(filter_free)(&filter);
    DATABASE(row_free)(&set);
}

static void delete(call *call) {
    filter filter = parse_filter(*argument(call, 1));
    uint64_t count;
    database_error error;
    if (DATABASE(delete)(argument(call, 0), &filter, &count, &error))
        answer_unsigned(call, count);
    else
        answer_database_error(call, error);
    DATABASE(filter_free)(&filter);
}

static void count(call *call) {
    filter filter = parse_filter(*argument(call, 1));
    uint64_t count;
    database_error error;
    if (DATABASE(count)(argument(call, 0), &filter, &count, &error))
        answer_unsigned(call, count);
    else
        answer_database_error(call, error);
    DATABASE(filter_free)(&filter);
}

static void increment(call *call) {
    addition addition = {
        .table = string_copy(*argument(call, 0)),
        .filter = parse_filter(*argument(call, 1)),
        .column = string_copy(*argument(call, 2)),
        .by = parse_value(*argument(call, 3)),
        .bounds = {
            .min = parse_option_value(*argument(call, 4)),
            .max = parse_option_value(*argument(call, 5)),
        },
        .set = parse_fields(call, 6),
    };
    uint64_t count;
    database_error error;
    if (DATABASE(increment)(&addition, &count, &error))
        answer_unsigned(call, count);
    else
        answer_database_error(call, error);
    DATABASE(addition_free)(&addition);
}

static void sum(call *call) {
    filter filter = parse_filter(*argument(call, 2));
    value total;
    database_error error;
    if (DATABASE(sum)(argument(call, 0), argument(call, 1), &filter, &total, &error)) {
        call->outcome = "value";
        add_value(&call->data, &total);
        DATABASE(value_free)(&total);
    } else {
        answer_database_error(call, error);
    }
    DATABASE(filter_free)(&filter);
}

static void group_by(call *call) {
    grouping grouping = {
        .table = string_copy(*argument(call, 0)),
        .columns = {allocate(1, sizeof(string)), 1},
        .filter = parse_filter(*argument(call, 1)),
        .count = {true, string_copy(string_of("rows"))},
        .sums = {allocate(1, sizeof(total)), 1},
        .having = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL},
        .order = order_by("rows", RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING),
    };
    grouping.columns.ptr[0] = string_copy(string_of("flag"));
    grouping.sums.ptr[0] = (total){string_copy(string_of("whole")), string_copy(string_of("total"))};
    row_list groups;
    database_error error;
    if (DATABASE(group_by)(&grouping, &groups, &error))
        answer_rows(call, groups);
    else
        answer_database_error(call, error);
    DATABASE(grouping_free)(&grouping);
}

static void placeholder(call *call) {
    string answer;
    DATABASE(placeholder)((uint32_t)string_to_unsigned(*argument(call, 0), 10), &answer);
    answer_text(call, answer);
}

const function database_functions[] = {
    {"database/insert", insert},
    {"database/fetch-one", fetch_one},
    {"database/fetch-all", fetch_all},
    {"database/update", update},
    {"database/delete", delete},
    {"database/count", count},
    {"database/increment", increment},
    {"database/sum", sum},
    {"database/group-by", group_by},
    {"database/placeholder", placeholder},
    {0},
};
