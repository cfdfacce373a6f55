/* `require`: the module `sdk`, and the files of the plugin. */
#pragma once
#include <lua.h>

/* Makes `require` and `package.loaded`. Pops the module `sdk`. */
void raisfast_modules_open(lua_State *L);

/* Runs the file whose path is at an index, and pushes what it returns. */
void raisfast_run_entry(lua_State *L, int path);
