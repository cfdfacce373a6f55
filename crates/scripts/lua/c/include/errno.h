/* Only files set it in Lua, and there are none. */
#pragma once
#define errno (*(int[1]){0})
