/// The cases of C alone: its library, over WASI.

#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void fail_as_asked(call *call) {
    (void)call;
    fail("asked to fail");
}

static void print_to(FILE *stream, string line) {
    fwrite(line.ptr, 1, line.len, stream);
    fputc('\n', stream);
    fflush(stream);
}

static void print(call *call) {
    print_to(stdout, *argument(call, 0));
}

static void print_error(call *call) {
    print_to(stderr, *argument(call, 0));
}

static void system_clock(call *call) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) fail("there is no clock");
    answer_unsigned(call, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

static void system_random(call *call) {
    uint8_t bytes[16];
    if (getentropy(bytes, sizeof bytes) != 0) fail("there is no randomness");
    call->outcome = "value";
    text_add_hexadecimal(&call->data, bytes, sizeof bytes);
}

static void random_number(call *call) {
    static bool is_seeded;
    if (!is_seeded) {
        unsigned seed;
        if (getentropy(&seed, sizeof seed) != 0) fail("there is no randomness");
        srand(seed);
        is_seeded = true;
    }
    /* 62 bits. */
    answer_unsigned(call, (uint64_t)rand() << 31 | (uint64_t)rand());
}

const function language_functions[] = {
    {"language/fail", fail_as_asked},
    {"language/print", print},
    {"language/print-error", print_error},
    {"language/clock", system_clock},
    {"language/random", system_random},
    {"language/number", random_number},
    {0},
};
