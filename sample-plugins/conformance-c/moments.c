/// The interfaces `identifiers`, `clock` and `deliveries`: what the host knows of this moment.

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

const function moment_functions[] = {
    {"identifiers/new-id", new_id},
    {"clock/now", now},
    {"clock/unix-milliseconds", unix_milliseconds},
    {"deliveries/current", current_delivery},
    {0},
};
