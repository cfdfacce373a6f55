/* Included before each of Lua's sources: how this build differs from luaconf.h. */
#pragma once
#include <stddef.h>
/* For the macros that luaconf.h has for Lua itself. */
#define LUA_CORE
#include <luaconf.h>
#undef LUA_CORE

/*
 * An error leaves C functions without a jump and without exceptions. `raisfast_throw` and
 * `raisfast_try` are empty here; after linking, `raisfast-script-unwind` writes what they do into
 * the module: a throw sets a flag, each call that may throw is followed by a test of the flag.
 */
struct lua_State;
_Noreturn void raisfast_throw(void);
void raisfast_try(void (*protected)(struct lua_State *, void *), struct lua_State *L, void *data);
#define LUAI_THROW(L, c) raisfast_throw()
#define LUAI_TRY(L, c, a) raisfast_try(f, L, ud)
#define luai_jmpbuf int

/* Seeds hashes and `math.random`. The state is made without one; the host's follows when a script
   is loaded (seed.c). */
extern unsigned int raisfast_host_seed;
#define luai_makeseed(L) ((void)(L), raisfast_host_seed)
#define l_randomizePivot() (raisfast_host_seed)

#undef lua_getlocaledecpoint
#define lua_getlocaledecpoint() '.'

/* 3.2 MB of stack, in place of 16: recursion without end is to be a stack overflow, not a lack
   of memory. */
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK 200000

/* Paths of files in messages, whole. */
#undef LUA_IDSIZE
#define LUA_IDSIZE 256

/* `print` is the host's log, warnings go nowhere. */
#define lua_writestring(s, l) ((void)(s), (void)(l))
#define lua_writeline() ((void)0)
#define lua_writestringerror(s, p) ((void)(s), (void)(p))
