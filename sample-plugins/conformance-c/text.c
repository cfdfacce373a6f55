#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_bytes(text *text, const void *bytes, size_t length) {
    if (text->length + length > text->room) {
        size_t doubled = text->room * 2;
        size_t needed = text->length + length;
        text->room = doubled > needed ? doubled : needed;
        text->bytes = realloc(text->bytes, text->room);
        if (text->bytes == NULL) abort();
    }
    if (length > 0) memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void text_add(text *text, string piece) {
    add_bytes(text, piece.ptr, piece.len);
}

void text_add_c(text *text, const char *piece) {
    add_bytes(text, piece, strlen(piece));
}

void text_add_signed(text *text, int64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    add_bytes(text, digits, (size_t)length);
}

void text_add_unsigned(text *text, uint64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    add_bytes(text, digits, (size_t)length);
}

void text_add_hexadecimal(text *text, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        add_bytes(text, pair, sizeof pair);
    }
}

string text_take(text *text) {
    string taken = text_view(text);
    // The bindings free no empty string, so it must not have room.
    if (taken.len == 0) free(taken.ptr);
    *text = (struct text){0};
    return taken;
}

string text_view(const text *text) {
    return (string){text->bytes, text->length};
}

void text_free(text *text) {
    free(text->bytes);
    *text = (struct text){0};
}

bool string_is(string string, const char *other) {
    return string.len == strlen(other) && memcmp(string.ptr, other, string.len) == 0;
}

string string_copy(string original) {
    string copy;
    plugin_world_string_dup_n(&copy, (const char *)original.ptr, original.len);
    return copy;
}

string string_of(const char *literal) {
    return (string){(uint8_t *)literal, strlen(literal)};
}

/// C's functions want a zero after the digits; no number has more than 23 of them.
static const char *terminated(string string, char digits[24]) {
    size_t length = string.len < 23 ? string.len : 23;
    memcpy(digits, string.ptr, length);
    digits[length] = 0;
    return digits;
}

int64_t string_to_signed(string string) {
    char digits[24];
    return strtoll(terminated(string, digits), NULL, 10);
}

uint64_t string_to_unsigned(string string, int base) {
    char digits[24];
    return strtoull(terminated(string, digits), NULL, base);
}
