/// Text that is put together piece by piece.
#pragma once

#include "contract.h"

/// Begins as `{0}`. It ends when `text_take` gives its bytes away, or with `text_free`.
typedef struct text {
    uint8_t *bytes;
    size_t length;
    size_t room;
} text;

void text_add(text *text, string piece);
void text_add_c(text *text, const char *piece);
void text_add_signed(text *text, int64_t number);
void text_add_unsigned(text *text, uint64_t number);
/// Two hexadecimal digits a byte.
void text_add_hexadecimal(text *text, const uint8_t *bytes, size_t length);
/// The text as a string, which the caller owns.
string text_take(text *text);
/// The text as a string that is good until the text changes.
string text_view(const text *text);
void text_free(text *text);

bool string_is(string string, const char *other);
/// A copy, which the caller owns.
string string_copy(string string);
string string_of(const char *literal);
/// Numbers in the notation of C. What follows the digits is not looked at.
int64_t string_to_signed(string string);
uint64_t string_to_unsigned(string string, int base);
