/* `require`. A name is a path from the plugin's folder: `lib.dates`, `lib/dates`,
   `./lib/dates.lua`. */
#include "modules.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

#define MAX_PATH 256

/* In the registry: what modules have returned, by the paths of their files. */
static const char LOADED;

/* The value of a module whose file runs right now: its address. */
static const char RUNNING;

/* A module whose file has failed can be required again: called when the mark of its run ends,
   with an error or not. */
static int end_run(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADED);
  lua_rawgeti(L, 1, 1);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == &RUNNING) {
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  return 0;
}

/* Marks the file at an index of the stack as one that runs, until the slot that this pushes is
   closed. */
static void begin_run(lua_State *L, int path) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADED);
  lua_pushvalue(L, path);
  lua_pushlightuserdata(L, (void *)&RUNNING);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, path);
  lua_rawseti(L, -2, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, end_run);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
}

/* The global in which scripts of another system leave a module, which its file does not return. */
#define MODULE "_module"

/* Replaces nothing on top by what the file has left in the global. */
static void take_left(lua_State *L) {
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  if (lua_getglobal(L, MODULE) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_pushboolean(L, 1);
}

/* Runs a text under the path at an index, pushes what it returns or leaves, and keeps it: `true`
   for nothing. A file that requires another one finds the global as it was. */
static void run_file(lua_State *L, int path, const struct raisfast_answer *text) {
  begin_run(L, path);
  lua_getglobal(L, MODULE);
  lua_pushnil(L);
  lua_setglobal(L, MODULE);
  lua_pushfstring(L, "@%s", lua_tostring(L, path));
  if (luaL_loadbufferx(L, text->bytes, text->length, lua_tostring(L, -1), "t") != LUA_OK) lua_error(L);
  lua_remove(L, -2);
  lua_pushvalue(L, path);
  lua_call(L, 1, 1);
  take_left(L);
  lua_pushvalue(L, -2);
  lua_setglobal(L, MODULE);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADED);
  lua_pushvalue(L, path);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

void raisfast_run_entry(lua_State *L, int path) {
  struct raisfast_answer text;
  size_t length;
  const char *name = lua_tolstring(L, path, &length);
  if (!raisfast_file(name, length, &text)) luaL_error(L, "there is no file `%s` in the plugin's folder", name);
  run_file(L, path, &text);
}

/* Writes the module's path without its end; 0 when it is too long. `..` is not followed: it
   leaves the folder. */
static int spelled(const char *name, int dots_are_folders, char *to) {
  if (strncmp(name, "./", 2) == 0) name += 2;
  size_t length = strlen(name);
  if (length > 4 && strcmp(name + length - 4, ".lua") == 0) length -= 4;
  if (length == 0 || length >= MAX_PATH) return 0;
  for (size_t i = 0; i < length; i++) to[i] = dots_are_folders && name[i] == '.' ? '/' : name[i];
  to[length] = '\0';
  return 1;
}

/* Pushes the path of the module's file; false when there is none. */
static int find(lua_State *L, const char *name, struct raisfast_answer *text) {
  char stem[MAX_PATH], path[MAX_PATH + 16];
  for (int dots = 0; dots < 2; dots++) {
    if (!spelled(name, dots, stem)) return 0;
    for (int form = 0; form < 2; form++) {
      int length = form == 0 ? snprintf(path, sizeof path, "%s.lua", stem)
                             : snprintf(path, sizeof path, "%s/init.lua", stem);
      if (raisfast_file(path, (size_t)length, text)) {
        lua_pushlstring(L, path, (size_t)length);
        return 1;
      }
    }
  }
  return 0;
}

/* Replaces the name on top by what its module has returned; false leaves the stack without the
   name. */
static int take_loaded(lua_State *L, int loaded) {
  const char *name = lua_tostring(L, -1);
  if (lua_rawget(L, loaded) == LUA_TNIL) {
    lua_pop(L, 1);
    return 0;
  }
  if (lua_touserdata(L, -1) == &RUNNING)
    luaL_error(L, "`%s` is required while it is still running: two files require each other", name);
  return 1;
}

static int require(lua_State *L) {
  struct raisfast_answer text;
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADED);
  lua_pushvalue(L, 1);
  if (take_loaded(L, 2)) return 1;
  if (!find(L, name, &text))
    return luaL_error(L, "there is no module `%s`: neither `sdk` nor a file `%s.lua` in the plugin's folder", name, name);
  lua_pushvalue(L, 3);
  if (take_loaded(L, 2)) return 1;
  run_file(L, 3, &text);
  return 1;
}

void raisfast_modules_open(lua_State *L) {
  lua_newtable(L);
  lua_insert(L, -2);
  lua_setfield(L, -2, "sdk");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "loaded");
  lua_setglobal(L, "package");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &LOADED);
  lua_pushcfunction(L, require);
  lua_setglobal(L, "require");
}
