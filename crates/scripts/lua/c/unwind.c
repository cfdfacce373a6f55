/*
 * What an error passes through. Both are here for their names alone: after linking, their bodies
 * are replaced (configuration.h says how). Without that, an error would end the call with a trap.
 */
#include "configuration.h"

__attribute__((noinline, export_name("raisfast-throw"))) _Noreturn void raisfast_throw(void) { __builtin_trap(); }

__attribute__((noinline, export_name("raisfast-try"))) void raisfast_try(
    void (*protected)(struct lua_State *, void *), struct lua_State *L, void *data) {
  protected(L, data);
}
