/* Between Lua and Rust: each function that one side has for the other. An error of Lua never
   passes through a frame of Rust, and Rust never calls what could raise one: the functions that
   Rust calls catch all of them. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* In Rust (src/engine.rs). */

/* As realloc, with the old size; to 0 frees. NULL when there is no memory. */
void *raisfast_allocate(void *block, size_t old, size_t size);

/* A value for Lua, or the message of an error; its bytes are valid until the next call. */
struct raisfast_answer {
  const char *bytes;
  size_t length;
};

/* Calls a function of the host with a packed list of arguments. 0 for a packed value, 1 for a
   message. */
int raisfast_call(uint32_t function, const char *arguments, size_t length, struct raisfast_answer *answer);

/* The text of a file of the plugin; 0 when there is none. */
int raisfast_file(const char *path, size_t length, struct raisfast_answer *text);

/* In C (host.c), for Rust. */

/* Where a script failed. Fields are NULL where nothing is known. */
struct raisfast_failure {
  const char *message;
  size_t message_length;
  const char *file;
  size_t file_length;
  uint32_t line; /* 0 for none */
  const char *stack;
  size_t stack_length;
  int status; /* 0, or that of a refusal that was raised */
};

/* Makes the state, with the libraries and what is packed: {global = {name = number of a
   function}, …}. 0, or 1 with a failure. */
int raisfast_start(const char *globals, size_t length);

/* Whether the state is made. */
int raisfast_has_started(void);

/* Seeds hashes and `math.random`, before a script is loaded. 0, or 1 with a failure. */
int raisfast_seed(unsigned seed);

/* Runs a file's top level, as `require` would. 0, or 1 with a failure. */
int raisfast_load(const char *path, size_t length);

/* Whether the script has a handler of this name, which is then the one with this number. */
int raisfast_handler(int number, const char *name, size_t length);

/* Calls a handler with a packed list of arguments. 0 with the packed list of its one result, or
   1 with a failure. */
int raisfast_run(int number, const char *arguments, size_t length, struct raisfast_answer *answer);

/* The last failure; valid until the next call of a function above. */
const struct raisfast_failure *raisfast_failed(void);

/* The bytes that Lua has now. */
size_t raisfast_memory(void);
