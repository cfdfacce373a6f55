/// The interfaces `identifiers`, `clock`, `deliveries` and `refusals`: what is about this moment.

#include "calls.h"

static void new_id(call *call) {
    string id;
    IDENTIFIERS(new_id)(&id);
    answer_text(call, id);
}

static void now(call *call) {
    string now;
    CLOCK(now)(&now);
    answer_text(call, now);
}

static void unix_milliseconds(call *call) {
    answer_unsigned(call, CLOCK(unix_milliseconds)());
}

static void current_delivery(call *call) {
    DELIVERIES(delivery_t) delivery;
    if (!DELIVERIES(current)(&delivery)) {
        call->outcome = "none";
        return;
    }
    call->outcome = "value";
    text_add(&call->data, delivery.id);
    add_separator(call);
    text_add_unsigned(&call->data, delivery.attempt);
    add_separator(call);
    text_add(&call->data, delivery.created_at);
    DELIVERIES(delivery_free)(&delivery);
}

static void refuse(call *call) {
    REFUSALS(refuse)(optional_argument(call, 1), argument(call, 0));
}

const function moment_functions[] = {
    {"identifiers/new-id", new_id},
    {"clock/now", now},
    {"clock/unix-milliseconds", unix_milliseconds},
    {"deliveries/current", current_delivery},
    {"refusals/refuse", refuse},
    {0},
};
