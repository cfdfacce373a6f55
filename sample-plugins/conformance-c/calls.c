#include "calls.h"

#include <stdio.h>
#include <stdlib.h>

static const uint8_t SEPARATOR = 0x1F;

/// The arguments between the separators. The list is the caller's, its strings are parts of the
/// data.
static string_list split(string data) {
    size_t count = 1;
    for (size_t i = 0; i < data.len; i++) count += data.ptr[i] == SEPARATOR;

    string_list parts = {calloc(count, sizeof(string)), count};
    if (parts.ptr == NULL) abort();
    uint8_t *begin = data.ptr;
    uint8_t *end = data.ptr + data.len;
    for (size_t i = 0; i < count; i++) {
        uint8_t *stop = begin;
        while (stop < end && *stop != SEPARATOR) stop++;
        parts.ptr[i] = (string){begin, (size_t)(stop - begin)};
        begin = stop + 1;
    }
    return parts;
}

static const function *find(string name) {
    const function *interfaces[] = {
        host_api_functions,
        database_functions,
        http_functions,
        moment_functions,
        language_functions,
    };
    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        for (const function *function = interfaces[i]; function->name != NULL; function++)
            if (string_is(name, function->name)) return function;
    fail("the contract has no such function");
}

content_event call_host(string name, string data) {
    call call = {.arguments = split(data), .outcome = "nothing"};
    find(name)->run(&call);
    free(call.arguments.ptr);
    return (content_event){
        .content_type = string_copy(string_of(call.outcome)),
        .data = text_take(&call.data),
    };
}

string *argument(const call *call, size_t index) {
    static string empty = {0};
    return index < call->arguments.len ? &call->arguments.ptr[index] : &empty;
}

string *optional_argument(const call *call, size_t index) {
    return index < call->arguments.len ? &call->arguments.ptr[index] : NULL;
}

void answer_text(call *call, string answer) {
    call->outcome = "value";
    text_add(&call->data, answer);
    plugin_world_string_free(&answer);
}

void answer_boolean(call *call, bool answer) {
    call->outcome = "value";
    text_add_c(&call->data, answer ? "true" : "false");
}

void answer_unsigned(call *call, uint64_t answer) {
    call->outcome = "value";
    text_add_unsigned(&call->data, answer);
}

void answer_option(call *call, bool is_some, string answer) {
    if (is_some)
        answer_text(call, answer);
    else
        call->outcome = "none";
}

void answer_error(call *call, const char *name, string message) {
    call->outcome = "error";
    text_add_c(&call->data, name);
    text_add_c(&call->data, ": ");
    text_add(&call->data, message);
    plugin_world_string_free(&message);
}

void add_separator(call *call) {
    text_add(&call->data, (string){(uint8_t *)&SEPARATOR, 1});
}

_Noreturn void fail(const char *words) {
    fprintf(stderr, "%s\n", words);
    abort();
}
