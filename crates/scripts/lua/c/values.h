/* Lua's values as bytes that Rust reads and writes (src/packed.rs has the form). */
#pragma once
#include <lua.h>
#include <stddef.h>

/* Tables in tables; deeper ones are refused, and so is a table that contains itself. */
#define MAX_DEPTH 128

/* Makes what the two functions below keep in the registry. Once, on a new state. */
void raisfast_values_open(lua_State *L);

/* Pushes the table that marks lists. */
void raisfast_list_mark(lua_State *L);

/* The packed form of `count` values from `first` on, as a list. It is valid until the next
   call. Raises errors. */
const char *raisfast_pack(lua_State *L, int first, int count, size_t *length);

/* Pushes the value that is packed. Raises errors, for want of memory alone. */
void raisfast_unpack(lua_State *L, const char *packed, size_t length);
