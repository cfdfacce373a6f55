/* The seed of a state that was made without one. */
#pragma once
#include <lua.h>

/* A function of Lua, whose argument points at the seed. */
int raisfast_set_seed(lua_State *L);
