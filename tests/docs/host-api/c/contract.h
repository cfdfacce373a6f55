/// The ground that the examples stand on.
#pragma once

// ANCHOR: imports
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/plugin_world.h"

// The generator puts package and interface before each name.
#define HOST_API(name) raisfast_plugin_wit_host_api_##name
#define DATABASE(name) raisfast_plugin_wit_database_##name
#define IDENTIFIERS(name) raisfast_plugin_wit_identifiers_##name
#define CLOCK(name) raisfast_plugin_wit_clock_##name
#define DELIVERIES(name) raisfast_plugin_wit_deliveries_##name
#define REFUSALS(name) raisfast_plugin_wit_refusals_##name
#define HTTP(name) raisfast_plugin_wit_http_##name

typedef plugin_world_string_t string;

/// A C string as a function of the host takes it; it stays the plugin's.
#define TEXT(c) (&(string){(uint8_t *)(c), strlen(c)})

/// For `%.*s`: a string of the host's has a length, and no zero at its end.
#define SHOWN(string) (int)(string).len, (const char *)(string).ptr

/// Logs what `printf` would print, up to 1,000 bytes.
static inline void log_format(const char *level, const char *format, ...) {
    char message[1001];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    HOST_API(log)(TEXT(level), TEXT(message));
}

/// Returns whether the string has this in it.
static inline bool has(string string, const char *part) {
    size_t length = strlen(part);
    for (size_t i = 0; i + length <= string.len; i++)
        if (memcmp(string.ptr + i, part, length) == 0) return true;
    return false;
}
// ANCHOR_END: imports

/// An example, and the function that it is about.
typedef struct {
    const char *name;
    void (*run)(void);
} example;

// The examples of the interfaces; the last of each has no name.

extern const example host_api_examples[];
extern const example database_examples[];
extern const example other_examples[];
