/* Lua's values as bytes, and back. No metamethod runs here, and no finalizer. */
#include <lauxlib.h>
#include <lgc.h>
#include <lstate.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "values.h"

/* The first byte of each packed value; src/packed.rs has the same. */
enum tag { NONE, NO, YES, INTEGER, FLOAT, STRING, LIST, OBJECT, SAME };

/* Keys of the registry, by their address: the metatable of lists, and the field of those
   metatables that say which fields of an object are null. */
static const char LISTS, NULLS;

void raisfast_list_mark(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &LISTS); }

void raisfast_values_open(lua_State *L) {
  lua_newtable(L);
  lua_pushliteral(L, "list");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &LISTS);
}

/* What is being packed. One is enough: nothing that is called meanwhile packs. */
static struct {
  char *bytes;
  size_t length, size;
} out;

/* More than this is given back before the next value is packed. */
#define KEPT ((size_t)1 << 20)

static void reserve(lua_State *L, size_t more) {
  if (out.size - out.length >= more) return;
  size_t size = out.size * 2 > out.length + more ? out.size * 2 : out.length + more + 256;
  char *bytes = raisfast_allocate(out.bytes, out.size, size);
  if (bytes == NULL) luaL_error(L, "not enough memory");
  out.bytes = bytes;
  out.size = size;
}

static void put(lua_State *L, const void *bytes, size_t length) {
  reserve(L, length);
  memcpy(out.bytes + out.length, bytes, length);
  out.length += length;
}

static void put_tag(lua_State *L, enum tag tag) {
  char byte = (char)tag;
  put(L, &byte, 1);
}

static void put_count(lua_State *L, size_t count) {
  uint32_t number = (uint32_t)count;
  put(L, &number, sizeof number);
}

static void put_text(lua_State *L, const char *text, size_t length) {
  put_count(L, length);
  put(L, text, length);
}

/* A number that is a key, as text; the buffer holds any. */
static size_t number_text(lua_State *L, int key, char *to, size_t size) {
  if (lua_isinteger(L, key)) return (size_t)snprintf(to, size, "%lld", lua_tointeger(L, key));
  return (size_t)snprintf(to, size, "%.14g", lua_tonumber(L, key));
}

static void pack(lua_State *L, int at, int depth);

/* How a table is to be packed: the length of a list, or -1 for an object. A list may have
   holes; a table of a few great numbers is an object, whose keys are ids. */
static lua_Integer list_length(lua_State *L, int table) {
  if (lua_getmetatable(L, table)) {
    raisfast_list_mark(L);
    int is_list = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (is_list) return (lua_Integer)lua_rawlen(L, table);
  }
  lua_Integer count = 0, greatest = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (key < 1) {
      lua_pop(L, 2);
      return -1;
    }
    count++;
    if (key > greatest) greatest = key;
  }
  return count > 0 && greatest <= 2 * count + 4 ? greatest : -1;
}

static void pack_list(lua_State *L, int table, lua_Integer length, int depth) {
  put_tag(L, LIST);
  put_count(L, (size_t)length);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, table, i);
    pack(L, lua_gettop(L), depth + 1);
    lua_pop(L, 1);
  }
}

/* The fields that were null when the object was read, and have no value since. */
static uint32_t pack_nulls(lua_State *L, int table) {
  uint32_t count = 0;
  if (!lua_getmetatable(L, table)) return 0;
  if (lua_rawgetp(L, -1, &NULLS) == LUA_TTABLE) {
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
      size_t length;
      const char *key = lua_tolstring(L, -1, &length);
      lua_pushvalue(L, -1);
      if (lua_rawget(L, table) == LUA_TNIL) {
        put_text(L, key, length);
        put_tag(L, NONE);
        count++;
      }
      lua_pop(L, 2);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return count;
}

static void pack_object(lua_State *L, int table, int depth) {
  put_tag(L, OBJECT);
  size_t at = out.length;
  uint32_t count = 0;
  put_count(L, 0);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    char number[40];
    size_t length;
    switch (lua_type(L, -2)) {
      case LUA_TSTRING: {
        const char *key = lua_tolstring(L, -2, &length);
        put_text(L, key, length);
        break;
      }
      case LUA_TNUMBER:
        length = number_text(L, -2, number, sizeof number);
        put_text(L, number, length);
        break;
      default: luaL_error(L, "a %s cannot be the name of a field here; use text", luaL_typename(L, -2));
    }
    pack(L, lua_gettop(L), depth + 1);
    count++;
  }
  count += pack_nulls(L, table);
  memcpy(out.bytes + at, &count, sizeof count);
}

static void pack(lua_State *L, int at, int depth) {
  switch (lua_type(L, at)) {
    case LUA_TNIL: put_tag(L, NONE); return;
    case LUA_TBOOLEAN: put_tag(L, lua_toboolean(L, at) ? YES : NO); return;
    case LUA_TNUMBER:
      if (lua_isinteger(L, at)) {
        lua_Integer integer = lua_tointeger(L, at);
        put_tag(L, INTEGER);
        put(L, &integer, sizeof integer);
      } else {
        lua_Number number = lua_tonumber(L, at);
        put_tag(L, FLOAT);
        put(L, &number, sizeof number);
      }
      return;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, at, &length);
      put_tag(L, STRING);
      put_text(L, text, length);
      return;
    }
    case LUA_TLIGHTUSERDATA: /* `Host.null`, the only one that a script can have */
      put_tag(L, NONE);
      return;
    case LUA_TTABLE: {
      if (depth >= MAX_DEPTH)
        luaL_error(L, "the tables are nested more than %d deep, or one contains itself", MAX_DEPTH);
      luaL_checkstack(L, 8, "too deep");
      lua_Integer length = list_length(L, at);
      if (length >= 0) pack_list(L, at, length, depth);
      else pack_object(L, at, depth);
      return;
    }
    default: luaL_error(L, "a %s cannot be handed to the host; take it out of the table", luaL_typename(L, at));
  }
}

const char *raisfast_pack(lua_State *L, int first, int count, size_t *length) {
  if (out.size > KEPT) {
    raisfast_allocate(out.bytes, out.size, 0);
    out.bytes = NULL;
    out.size = 0;
  }
  out.length = 0;
  luaL_checkstack(L, 8, "too many arguments");
  put_tag(L, LIST);
  put_count(L, (size_t)count);
  for (int i = 0; i < count; i++) pack(L, first + i, 0);
  *length = out.length;
  return out.bytes;
}

/* What Rust has packed is as it should be, so nothing is checked. */

static const char *take(const char *from, void *to, size_t length) {
  memcpy(to, from, length);
  return from + length;
}

static const char *unpack(lua_State *L, const char *from);

/* Pushes a table with the fields of the one at an index. */
static void push_same(lua_State *L, int table) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, table);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

static const char *unpack_object(lua_State *L, const char *from) {
  uint32_t count;
  from = take(from, &count, sizeof count);
  lua_createtable(L, 0, (int)count);
  int table = lua_gettop(L);
  lua_Integer nulls = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length;
    from = take(from, &length, sizeof length);
    lua_pushlstring(L, from, length);
    from += length;
    if (*from == SAME) {
      from++;
      push_same(L, table);
      lua_rawset(L, table);
      continue;
    }
    if (*from != NONE) {
      from = unpack(L, from);
      lua_rawset(L, table);
      continue;
    }
    from++;
    if (nulls == 0) { /* the list of null fields stands above the object */
      lua_newtable(L);
      lua_insert(L, -2);
    }
    lua_rawseti(L, -2, ++nulls);
  }
  if (nulls > 0) {
    lua_createtable(L, 0, 1);
    lua_insert(L, -2);
    lua_rawsetp(L, -2, &NULLS);
    lua_setmetatable(L, -2);
  }
  return from;
}

static const char *unpack(lua_State *L, const char *from) {
  luaL_checkstack(L, 6, "too deep");
  switch ((enum tag)*from++) {
    case NO: lua_pushboolean(L, 0); break;
    case YES: lua_pushboolean(L, 1); break;
    case INTEGER: {
      lua_Integer integer;
      from = take(from, &integer, sizeof integer);
      lua_pushinteger(L, integer);
      break;
    }
    case FLOAT: {
      lua_Number number;
      from = take(from, &number, sizeof number);
      lua_pushnumber(L, number);
      break;
    }
    case STRING: {
      uint32_t length;
      from = take(from, &length, sizeof length);
      lua_pushlstring(L, from, length);
      from += length;
      break;
    }
    case LIST: {
      uint32_t count;
      from = take(from, &count, sizeof count);
      lua_createtable(L, (int)count, 0);
      for (uint32_t i = 1; i <= count; i++) {
        if (*from == NONE) {
          lua_pushlightuserdata(L, NULL);
          from++;
        } else {
          from = unpack(L, from);
        }
        lua_rawseti(L, -2, i);
      }
      raisfast_list_mark(L);
      lua_setmetatable(L, -2);
      break;
    }
    case OBJECT: return unpack_object(L, from);
    default: lua_pushnil(L);
  }
  return from;
}

void raisfast_unpack(lua_State *L, const char *packed, size_t length) {
  /* A finalizer could call the host, whose next answer would take the place of this one. */
  global_State *g = G(L);
  lu_byte stopped = g->gcstp;
  l_mem debt = g->GCdebt, before = (l_mem)gettotalbytes(g);
  (void)length;
  g->gcstp = stopped | GCSTPGC;
  unpack(L, packed);
  g->gcstp = stopped;
  /* A collector that is stopped forgets what is allocated meanwhile, and would be too slow for the
     garbage that large arguments become. */
  luaE_setdebt(g, debt + (l_mem)gettotalbytes(g) - before);
}
