/// One call of a function of the host, as its case asks for it.
#pragma once

#include "contract.h"
#include "text.h"

/// A call while it runs. What it answers is `nothing` until a function says otherwise.
typedef struct {
    string_list arguments;
    const char *outcome;
    text data;
} call;

/// Calls the function with this name, and describes its answer as an event, which the caller owns.
content_event call_host(string function, string data);

/// An argument; empty where it is missing. It belongs to the call.
string *argument(const call *call, size_t index);
/// NULL where it is missing.
string *optional_argument(const call *call, size_t index);

// Answers. They free what they are given.

void answer_text(call *call, string answer);
void answer_boolean(call *call, bool answer);
void answer_unsigned(call *call, uint64_t answer);
/// `is_some` says whether there is an answer.
void answer_option(call *call, bool is_some, string answer);
void answer_error(call *call, const char *name, string message);
/// Between the parts of an answer.
void add_separator(call *call);

/// Ends the hook as a C program ends that cannot go on.
_Noreturn void fail(const char *words);

/// A function of the host, and what calls it.
typedef struct {
    const char *name;
    void (*run)(call *call);
} function;

// The functions of an interface; the last has no name.

extern const function host_api_functions[];
extern const function database_functions[];
extern const function http_functions[];
extern const function moment_functions[];
extern const function language_functions[];
