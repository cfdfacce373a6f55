/// The interfaces `identifiers`, `clock`, `deliveries`, `refusals` and `http`.

#include "contract.h"

// ANCHOR: new-id
static void example_new_id(void) {
    string id;
    IDENTIFIERS(new_id)(&id);
    HOST_API(set_data)(TEXT("last-import"), &id);
    plugin_world_string_free(&id);
}
// ANCHOR_END: new-id

// ANCHOR: now
static void example_now(void) {
    string now;
    CLOCK(now)(&now);
    HOST_API(set_data)(TEXT("last-run"), &now);
    plugin_world_string_free(&now);
}
// ANCHOR_END: now

// ANCHOR: unix-milliseconds
static void example_unix_milliseconds(void) {
    uint64_t begun = CLOCK(unix_milliseconds)();
    string posts;
    HOST_API(db_query)(TEXT("SELECT slug FROM posts"), NULL, &posts);
    uint64_t took = CLOCK(unix_milliseconds)() - begun;
    log_format("debug", "%zu bytes in %llu ms", posts.len, (unsigned long long)took);
    plugin_world_string_free(&posts);
}
// ANCHOR_END: unix-milliseconds

// ANCHOR: current
static void example_current(void) {
    DELIVERIES(delivery_t) delivery;
    if (!DELIVERIES(current)(&delivery)) return;

    char done[64], body[128];
    string before = {0}, answer = {0};
    snprintf(done, sizeof done, "done:%.*s", SHOWN(delivery.id));
    if (HOST_API(get_data)(TEXT(done), &before)) {
        plugin_world_string_free(&before);
    } else {
        snprintf(body, sizeof body, "{\"id\":\"%.*s\",\"text\":\"a new post\"}", SHOWN(delivery.id));
        if (!HOST_API(http_post)(TEXT("https://hooks.example.com/raisfast"), TEXT(body), &answer))
            abort(); // tried again later
        plugin_world_string_free(&answer);
        HOST_API(set_data)(TEXT(done), &delivery.created_at);
    }
    DELIVERIES(delivery_free)(&delivery);
}
// ANCHOR_END: current

// ANCHOR: refuse
static void example_refuse(void) {
    const char *title = "Hi";
    if (strlen(title) < 3)
        REFUSALS(refuse)(TEXT("/title"), TEXT("A title has at least three letters."));
}
// ANCHOR_END: refuse

// ANCHOR: send
static void example_send(void) {
    plugin_world_tuple2_string_string_t headers[] = {
        {*TEXT("authorization"), *TEXT("Bearer …")},
        {*TEXT("content-type"), *TEXT("application/json")},
    };
    string *body = TEXT("{\"text\":\"a new post\"}");
    HTTP(request_t) request = {
        .method = RAISFAST_PLUGIN_WIT_HTTP_METHOD_POST,
        .url = *TEXT("https://api.example.com/v1/notes"),
        .headers = {headers, 2},
        .body = {body->ptr, body->len},
        .timeout_ms = {.is_some = true, .val = 2000},
    };
    HTTP(response_t) answer;
    HTTP(error_t) error;
    if (!HTTP(send)(&request, &answer, &error)) {
        // Every case of the error has a message, and all lie at one place.
        if (error.tag == RAISFAST_PLUGIN_WIT_HTTP_ERROR_TIMEOUT)
            HOST_API(log)(TEXT("info"), TEXT("later, then"));
        else
            HOST_API(log)(TEXT("error"), &error.val.denied);
        HTTP(error_free)(&error);
        return;
    }
    if (answer.status < 200 || answer.status > 299)
        log_format("warn", "%d: %.*s", answer.status, SHOWN(answer.body));
    for (size_t i = 0; i < answer.headers.len; i++)
        if (has(answer.headers.ptr[i].f0, "location"))
            HOST_API(set_data)(TEXT("note"), &answer.headers.ptr[i].f1);
    HTTP(response_free)(&answer);
}
// ANCHOR_END: send

const example other_examples[] = {
    {"new-id", example_new_id},
    {"now", example_now},
    {"unix-milliseconds", example_unix_milliseconds},
    {"current", example_current},
    {"refuse", example_refuse},
    {"send", example_send},
    {0},
};
