/* The one state of this instance, and what Rust does with it. */
#include "host.h"

#include <lauxlib.h>
#include <lgc.h>
#include <lstate.h>
#include <lua.h>
#include <lualib.h>
#include <string.h>

#include "failure.h"
#include "modules.h"
#include "seed.h"
#include "values.h"

static lua_State *state;

/* Handlers, by their number. */
static const char HANDLERS;

size_t raisfast_memory(void) { return (size_t)gettotalbytes(G(state)); }

static void *allocate(void *unused, void *block, size_t old, size_t size) {
  (void)unused;
  /* Without a block, `old` is a kind of object. */
  return raisfast_allocate(block, block == NULL ? 0 : old, size);
}

/* Runs `function(data)`, and keeps the failure. */
static int protect(lua_CFunction function, void *data) {
  G(state)->gcstp &= (lu_byte)~GCSTPGC; /* an answer that did not fit into memory leaves it set */
  raisfast_forget_failure();
  lua_settop(state, 0);
  /* Both are there without memory: two light functions and a pointer, on a stack of at least
     20. */
  lua_pushcfunction(state, raisfast_note_failure);
  lua_pushcfunction(state, function);
  lua_pushlightuserdata(state, data);
  if (lua_pcall(state, 1, 0, 1) == LUA_OK) return 0;
  if (raisfast_failed()->message == NULL) {
    const char *text = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "an unknown error";
    raisfast_note_message(text);
  }
  return 1;
}

struct bytes {
  const char *at;
  size_t length;
};

/* A function of the host, whose number is its upvalue. */
static int call(lua_State *L) {
  uint32_t function = (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
  struct raisfast_answer answer;
  size_t length;
  const char *arguments = raisfast_pack(L, 1, lua_gettop(L), &length);
  int failed = raisfast_call(function, arguments, length, &answer);
  lua_settop(L, 0);
  if (failed) {
    luaL_where(L, 1);
    lua_pushlstring(L, answer.bytes, answer.length);
    lua_concat(L, 2);
    return lua_error(L);
  }
  raisfast_unpack(L, answer.bytes, answer.length);
  return 1;
}

/* print(…): one record of the log, from the function with the upvalue's number. */
static int print(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  lua_insert(L, 1);
  lua_settop(L, 1);
  return call(L);
}

static int same(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

static int list(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  raisfast_list_mark(L);
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int traceback(lua_State *L) {
  if (lua_isstring(L, 1) || lua_isnoneornil(L, 1))
    luaL_traceback(L, L, lua_tostring(L, 1), (int)luaL_optinteger(L, 2, 1));
  else
    lua_settop(L, 1);
  return 1;
}

static void open_libraries(lua_State *L) {
  static const luaL_Reg libraries[] = {
      {LUA_GNAME, luaopen_base},       {LUA_TABLIBNAME, luaopen_table},  {LUA_STRLIBNAME, luaopen_string},
      {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8}, {LUA_COLIBNAME, luaopen_coroutine},
  };
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  static const char *const files[] = {"dofile", "loadfile"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    lua_pushnil(L);
    lua_setglobal(L, files[i]);
  }
  /* Of `debug`, what `xpcall` is given. */
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, traceback);
  lua_setfield(L, -2, "traceback");
  lua_setglobal(L, "debug");
}

/* Makes functions of the numbers in the table on top. */
static void make_functions(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pushcclosure(L, call, 1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushcfunction(L, list);
  lua_setfield(L, -2, "list");
}

static int open(lua_State *L) {
  struct bytes *packed = lua_touserdata(L, 1);
  lua_settop(L, 0);
  raisfast_values_open(L);
  open_libraries(L);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &HANDLERS);

  raisfast_unpack(L, packed->at, packed->length);
  lua_getfield(L, 1, "print");
  lua_pushcclosure(L, print, 1);
  lua_setglobal(L, "print");
  lua_getfield(L, 1, "host");
  make_functions(L);
  lua_pushvalue(L, -1);
  lua_setglobal(L, "RaisFastHost");
  lua_setglobal(L, "Host");
  lua_getfield(L, 1, "sdk");
  make_functions(L);
  lua_pushcfunction(L, same);
  lua_setfield(L, -2, "ok");
  raisfast_modules_open(L);
  lua_newtable(L);
  lua_setglobal(L, "Plugin");
  return 0;
}

int raisfast_start(const char *globals, size_t length) {
  state = lua_newstate(allocate, NULL);
  if (state == NULL) {
    raisfast_note_message("there is not enough memory for the interpreter; raise max_memory_mb");
    return 1;
  }
  struct bytes packed = {globals, length};
  return protect(open, &packed);
}

int raisfast_has_started(void) { return state != NULL; }

int raisfast_seed(unsigned seed) { return protect(raisfast_set_seed, &seed); }

/* The entry returns a table of handlers, or fills `Plugin`. The table that counts stays in the
   registry. */
static const char RETURNED;

static int load(lua_State *L) {
  struct bytes *path = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_pushlstring(L, path->at, path->length);
  raisfast_run_entry(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &RETURNED);
  return 0;
}

int raisfast_load(const char *path, size_t length) {
  struct bytes bytes = {path, length};
  return protect(load, &bytes);
}

struct handler {
  int number;
  struct bytes name;
  int found;
};

/* Replaces the table on top by its function of this name; false leaves the stack as it was
   without the table. */
static int take_function(lua_State *L, const struct bytes *name) {
  if (lua_type(L, -1) == LUA_TTABLE) {
    lua_pushlstring(L, name->at, name->length);
    if (lua_gettable(L, -2) == LUA_TFUNCTION) {
      lua_remove(L, -2);
      return 1;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return 0;
}

static int find_handler(lua_State *L) {
  struct handler *wanted = lua_touserdata(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &RETURNED);
  int found = take_function(L, &wanted->name);
  if (!found) {
    lua_getglobal(L, "Plugin");
    found = take_function(L, &wanted->name);
  }
  if (!found) return 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &HANDLERS);
  lua_insert(L, -2);
  lua_rawseti(L, -2, wanted->number);
  wanted->found = 1;
  return 0;
}

int raisfast_handler(int number, const char *name, size_t length) {
  struct handler wanted = {number, {name, length}, 0};
  protect(find_handler, &wanted);
  return wanted.found;
}

struct run {
  int number;
  struct bytes arguments;
  struct raisfast_answer *answer;
};

static int run(lua_State *L) {
  struct run *it = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &HANDLERS);
  if (lua_rawgeti(L, 1, it->number) == LUA_TNIL) { /* asked for what `load` has not named */
    it->answer->bytes = raisfast_pack(L, 2, 1, &it->answer->length);
    return 0;
  }
  raisfast_unpack(L, it->arguments.at, it->arguments.length);
  int count = (int)lua_rawlen(L, 3);
  luaL_checkstack(L, count + 4, "too many arguments");
  for (int i = 1; i <= count; i++) {
    if (lua_rawgeti(L, 3, i) == LUA_TLIGHTUSERDATA) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
  }
  lua_remove(L, 3);
  lua_call(L, count, 1);
  it->answer->bytes = raisfast_pack(L, lua_gettop(L), 1, &it->answer->length);
  return 0;
}

int raisfast_run(int number, const char *arguments, size_t length, struct raisfast_answer *answer) {
  struct run it = {number, {arguments, length}, answer};
  return protect(run, &it);
}
