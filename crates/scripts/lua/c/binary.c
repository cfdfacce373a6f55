/* Compiled scripts, which this build neither reads nor writes: the virtual machine believes all
   that they say. It takes the place of lundump.c and ldump.c. */
#include <lprefix.h>
#include <lua.h>

#include <ldo.h>
#include <lobject.h>
#include <lundump.h>

LClosure *luaU_undump(lua_State *L, ZIO *Z, const char *name) {
  (void)Z;
  luaO_pushfstring(L, "%s: a compiled script; load its source", *name == '@' || *name == '=' ? name + 1 : "binary");
  luaD_throw(L, LUA_ERRSYNTAX);
}

int luaU_dump(lua_State *L, const Proto *f, lua_Writer writer, void *data, int strip) {
  (void)L, (void)f, (void)writer, (void)data, (void)strip;
  return 1;
}
