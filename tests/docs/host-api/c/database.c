/// The interface `database`.

#include "contract.h"

// ANCHOR: imports
typedef DATABASE(value_t) value;
typedef DATABASE(field_t) field;
typedef DATABASE(row_t) row;
typedef DATABASE(condition_t) condition;
typedef DATABASE(filter_t) filter;
typedef DATABASE(order_t) order;
typedef DATABASE(error_t) database_error;

// What a request is made of stays the plugin's here, so that only answers are freed.

static value text_value(string text) {
    return (value){.tag = RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT, .val = {.text = text}};
}

static value integer_value(int64_t number) {
    return (value){.tag = RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER, .val = {.integer = number}};
}

static const value null_value = {.tag = RAISFAST_PLUGIN_WIT_DATABASE_VALUE_NULL};

static condition compare(const char *column, DATABASE(operator_t) operator, value with) {
    return (condition){
        .tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_COMPARE,
        .val = {.compare = {*TEXT(column), operator, with}},
    };
}

static filter every_row(void) {
    return (filter){.tag = RAISFAST_PLUGIN_WIT_DATABASE_FILTER_ALL};
}

/// The conditions stand in postfix order: `and`, `or` and `not` follow what they join.
static filter rows_where(condition *conditions, size_t count) {
    return (filter){
        .tag = RAISFAST_PLUGIN_WIT_DATABASE_FILTER_MATCHING,
        .val = {.matching = {conditions, count}},
    };
}

/// The value of a column that the row has.
static value get(row row, const char *column) {
    for (size_t i = 0; i < row.len; i++) {
        string name = row.ptr[i].name;
        if (name.len == strlen(column) && memcmp(name.ptr, column, name.len) == 0)
            return row.ptr[i].value;
    }
    abort();
}

/// Every case of the error has a message, and all lie at one place.
static void log_error(database_error *error) {
    HOST_API(log)(TEXT("error"), &error->val.denied);
    DATABASE(error_free)(error);
}
// ANCHOR_END: imports

// ANCHOR: insert
static void example_insert(void) {
    string id, now;
    IDENTIFIERS(new_id)(&id);
    CLOCK(now)(&now);
    field fields[] = {
        {*TEXT("id"), text_value(id)},
        {*TEXT("customer"), text_value(*TEXT("ada"))},
        {*TEXT("state"), text_value(*TEXT("open"))},
        {*TEXT("total"), integer_value(25)},
        {*TEXT("note"), null_value},
        {*TEXT("created_at"), text_value(now)},
    };
    row row = {fields, sizeof fields / sizeof *fields};
    database_error error;
    if (!DATABASE(insert)(TEXT("shop_orders"), &row, &error)) log_error(&error);
    plugin_world_string_free(&id);
    plugin_world_string_free(&now);
}
// ANCHOR_END: insert

// ANCHOR: fetch-one
static void example_fetch_one(void) {
    condition is_first = compare("id", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL,
                                 text_value(*TEXT("order-1")));
    DATABASE(query_t) query = {
        .table = *TEXT("shop_orders"),
        .filter = rows_where(&is_first, 1),
    };
    DATABASE(option_row_t) order;
    database_error error;
    if (!DATABASE(fetch_one)(&query, &order, &error)) {
        log_error(&error);
    } else if (order.is_some) {
        value note = get(order.val, "note");
        bool has_note = note.tag == RAISFAST_PLUGIN_WIT_DATABASE_VALUE_TEXT;
        long long total = get(order.val, "total").val.integer;
        log_format("info", "%lld %.*s", total, SHOWN(has_note ? note.val.text : *TEXT("")));
        DATABASE(row_free)(&order.val);
    }
}
// ANCHOR_END: fetch-one

// ANCHOR: fetch-all
static void example_fetch_all(void) {
    condition conditions[] = {
        compare("state", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL, text_value(*TEXT("open"))),
        compare("total", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_GREATER, integer_value(10)),
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_AND, .val = {.and_ = 2}},
    };
    order orders[] = {
        {*TEXT("created_at"), RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING},
        {*TEXT("id"), RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_ASCENDING},
    };
    DATABASE(query_t) query = {
        .table = *TEXT("shop_orders"),
        .filter = rows_where(conditions, 3),
        .order = {orders, 2},
        .limit = {.is_some = true, .val = 20},
    };
    DATABASE(list_row_t) rows;
    database_error error;
    if (!DATABASE(fetch_all)(&query, &rows, &error)) {
        log_error(&error);
        return;
    }
    for (size_t i = 0; i < rows.len; i++)
        log_format("info", "%.*s", SHOWN(get(rows.ptr[i], "id").val.text));
    DATABASE(list_row_free)(&rows);
}
// ANCHOR_END: fetch-all

// ANCHOR: update
static void example_update(void) {
    value states[] = {text_value(*TEXT("open")), text_value(*TEXT("paid"))};
    condition conditions[] = {
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IN,
         .val = {.in = {*TEXT("state"), {states, 2}}}},
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_IS_NULL, .val = {.is_null = *TEXT("note")}},
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_NOT},
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_AND, .val = {.and_ = 2}},
    };
    filter have_note = rows_where(conditions, 4);
    field state = {*TEXT("state"), text_value(*TEXT("closed"))};
    row set_state = {&state, 1};
    uint64_t closed;
    database_error error;
    if (DATABASE(update)(TEXT("shop_orders"), &have_note, &set_state, &closed, &error))
        log_format("info", "%llu closed", (unsigned long long)closed);
    else
        log_error(&error);

    filter all = every_row();
    field note = {*TEXT("note"), null_value};
    row set_note = {&note, 1};
    uint64_t changed;
    if (!DATABASE(update)(TEXT("shop_orders"), &all, &set_note, &changed, &error))
        log_error(&error);
}
// ANCHOR_END: update

// ANCHOR: delete
static void example_delete(void) {
    condition conditions[] = {
        compare("created_at", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_LESS,
                text_value(*TEXT("2026-01-01"))),
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_LIKE,
         .val = {.like = {*TEXT("id"), *TEXT("test-%")}}},
        {.tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_OR, .val = {.or_ = 2}},
    };
    filter old_or_test = rows_where(conditions, 3);
    uint64_t deleted;
    database_error error;
    if (DATABASE(delete)(TEXT("shop_orders"), &old_or_test, &deleted, &error))
        log_format("info", "%llu deleted", (unsigned long long)deleted);
    else
        log_error(&error);
}
// ANCHOR_END: delete

// ANCHOR: count
static void example_count(void) {
    condition from_1_to_9 = {
        .tag = RAISFAST_PLUGIN_WIT_DATABASE_CONDITION_BETWEEN,
        .val = {.between = {*TEXT("total"), integer_value(1), integer_value(9)}},
    };
    filter all = every_row(), are_small = rows_where(&from_1_to_9, 1);
    uint64_t orders, small;
    database_error error;
    if (DATABASE(count)(TEXT("shop_orders"), &all, &orders, &error) &&
        DATABASE(count)(TEXT("shop_orders"), &are_small, &small, &error))
        log_format("info", "%llu of %llu are small", (unsigned long long)small,
                   (unsigned long long)orders);
    else
        log_error(&error);
}
// ANCHOR_END: count

// ANCHOR: increment
static void example_increment(void) {
    string now;
    CLOCK(now)(&now);
    condition is_mug =
        compare("id", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_EQUAL, text_value(*TEXT("mug")));
    field sold_at = {*TEXT("sold_at"), text_value(now)};
    DATABASE(addition_t) addition = {
        .table = *TEXT("shop_products"),
        .filter = rows_where(&is_mug, 1),
        .column = *TEXT("stock"),
        .by = integer_value(-1),
        .bounds = {.min = {.is_some = true, .val = integer_value(0)}},
        .set = {&sold_at, 1},
    };
    uint64_t sold;
    database_error error;
    if (DATABASE(increment)(&addition, &sold, &error))
        HOST_API(log)(TEXT("info"), TEXT(sold == 1 ? "sold" : "sold out"));
    else
        log_error(&error);
    plugin_world_string_free(&now);
}
// ANCHOR_END: increment

// ANCHOR: sum
static void example_sum(void) {
    condition is_not_open = compare("state", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_NOT_EQUAL,
                                    text_value(*TEXT("open")));
    filter not_open = rows_where(&is_not_open, 1);
    value revenue;
    database_error error;
    if (!DATABASE(sum)(TEXT("shop_orders"), TEXT("total"), &not_open, &revenue, &error)) {
        log_error(&error);
        return;
    }
    if (revenue.tag == RAISFAST_PLUGIN_WIT_DATABASE_VALUE_INTEGER)
        log_format("info", "%lld earned", (long long)revenue.val.integer);
    DATABASE(value_free)(&revenue);
}
// ANCHOR_END: sum

// ANCHOR: group-by
static void example_group_by(void) {
    condition is_not_void = compare("state", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_NOT_EQUAL,
                                    text_value(*TEXT("void")));
    condition has_two = compare("orders", RAISFAST_PLUGIN_WIT_DATABASE_OPERATOR_GREATER_OR_EQUAL,
                                integer_value(2));
    string columns[] = {*TEXT("customer")};
    DATABASE(total_t) sums[] = {{.column = *TEXT("total"), .name = *TEXT("revenue")}};
    order best_first[] = {
        {*TEXT("revenue"), RAISFAST_PLUGIN_WIT_DATABASE_DIRECTION_DESCENDING},
    };
    DATABASE(grouping_t) grouping = {
        .table = *TEXT("shop_orders"),
        .columns = {columns, 1},
        .filter = rows_where(&is_not_void, 1),
        .count = {.is_some = true, .val = *TEXT("orders")},
        .sums = {sums, 1},
        .having = rows_where(&has_two, 1),
        .order = {best_first, 1},
        .limit = {.is_some = true, .val = 10},
    };
    DATABASE(list_row_t) customers;
    database_error error;
    if (!DATABASE(group_by)(&grouping, &customers, &error)) {
        log_error(&error);
        return;
    }
    for (size_t i = 0; i < customers.len; i++) {
        string customer = get(customers.ptr[i], "customer").val.text;
        long long revenue = get(customers.ptr[i], "revenue").val.integer;
        log_format("info", "%.*s: %lld", SHOWN(customer), revenue);
    }
    DATABASE(list_row_free)(&customers);
}
// ANCHOR_END: group-by

// ANCHOR: placeholder
static void example_placeholder(void) {
    string placeholder;
    DATABASE(placeholder)(1, &placeholder);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT title FROM posts WHERE slug = %.*s", SHOWN(placeholder));
    string rows;
    HOST_API(db_query)(TEXT(sql), TEXT("[\"hello-world\"]"), &rows);
    HOST_API(log)(TEXT("info"), &rows);
    plugin_world_string_free(&rows);
    plugin_world_string_free(&placeholder);
}
// ANCHOR_END: placeholder

const example database_examples[] = {
    {"insert", example_insert},
    {"fetch-one", example_fetch_one},
    {"fetch-all", example_fetch_all},
    {"update", example_update},
    {"delete", example_delete},
    {"count", example_count},
    {"increment", example_increment},
    {"sum", example_sum},
    {"group-by", example_group_by},
    {"placeholder", example_placeholder},
    {0},
};
