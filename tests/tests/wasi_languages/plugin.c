/* Does what its input says, with the C library. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin_world.h"

static bool is(const plugin_world_string_t *input, const char *command) {
  return input->len == strlen(command) && !memcmp(input->ptr, command, input->len);
}

static void say(char *answer, size_t size, const plugin_world_string_t *command) {
  if (is(command, "time")) {
    snprintf(answer, size, "%lld", (long long)time(NULL));
  } else if (is(command, "sleep")) {
    snprintf(answer, size, usleep(10000) ? "not slept" : "slept");
  } else if (is(command, "random")) {
    unsigned long long number = 0;
    if (getentropy(&number, sizeof number)) abort();
    snprintf(answer, size, "%llu", number);
  } else if (is(command, "environment")) {
    snprintf(answer, size, getenv("PATH") ? "a PATH" : "no PATH");
  } else if (is(command, "open")) {
    snprintf(answer, size, fopen("/etc/passwd", "r") ? "opened" : "not opened");
  } else if (is(command, "read")) {
    snprintf(answer, size, getchar() == EOF ? "end of file" : "something");
  } else if (is(command, "print")) {
    printf("a %s\nno newline", "line");
    fflush(stdout);
    fprintf(stderr, "to stderr\n");
  } else if (is(command, "exit")) {
    exit(4);
  } else {
    abort();
  }
}

bool exports_raisfast_plugin_wit_plugin_hooks_render_markdown(plugin_world_string_t *input,
                                                              plugin_world_string_t *answer) {
  char text[100] = "";
  say(text, sizeof text, input);
  plugin_world_string_free(input);
  plugin_world_string_dup(answer, text);
  return true;
}
