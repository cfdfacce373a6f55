/// The interface `http`.

#include "calls.h"

#include <stdlib.h>

typedef HTTP(request_t) request;
typedef HTTP(response_t) response;
typedef HTTP(error_t) http_error;
typedef plugin_world_tuple2_string_string_t header;

static HTTP(method_t) parse_method(string name) {
    static const char *const methods[] = {"get", "head", "post", "put", "patch", "delete"};
    for (uint8_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (string_is(name, methods[i])) return i;
    fail("no such method");
}

/// A request of parts of the call's arguments; only the list of its header fields is to be freed.
static request parse_request(const call *call) {
    string timeout = *argument(call, 2);
    string body = *argument(call, 3);
    request request = {
        .method = parse_method(*argument(call, 0)),
        .url = *argument(call, 1),
        .timeout_ms = {timeout.len > 0, (uint32_t)string_to_unsigned(timeout, 10)},
        .body = {body.ptr, body.len},
    };
    request.headers.len = call->arguments.len > 4 ? (call->arguments.len - 4) / 2 : 0;
    request.headers.ptr = calloc(request.headers.len, sizeof(header));
    if (request.headers.ptr == NULL && request.headers.len > 0) abort();
    for (size_t i = 0; i < request.headers.len; i++)
        request.headers.ptr[i] = (header){*argument(call, 4 + 2 * i), *argument(call, 5 + 2 * i)};
    return request;
}

static void answer_response(call *call, response *response) {
    answer_unsigned(call, response->status);
    add_separator(call);
    text_add(&call->data, (string){response->body.ptr, response->body.len});
    for (size_t i = 0; i < response->headers.len; i++) {
        add_separator(call);
        text_add(&call->data, response->headers.ptr[i].f0);
        add_separator(call);
        text_add(&call->data, response->headers.ptr[i].f1);
    }
    HTTP(response_free)(response);
}

/// Every case of the error has a message, and all lie at one place.
static void answer_http_error(call *call, http_error error) {
    static const char *const cases[] = {
        "denied", "invalid", "address", "limit", "too-large", "redirect", "timeout", "connection",
    };
    answer_error(call, cases[error.tag], error.val.denied);
}

static void send(call *call) {
    request request = parse_request(call);
    response response;
    http_error error;
    if (HTTP(send)(&request, &response, &error))
        answer_response(call, &response);
    else
        answer_http_error(call, error);
    free(request.headers.ptr);
}

const function http_functions[] = {
    {"http/send", send},
    {0},
};
