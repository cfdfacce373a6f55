/* The state is made when the interpreter is built, and is then the same for everybody. Hashes of
   strings are to be others in each instance: who knows them can send keys that all fall into one
   place of a table. So what is hashed already is hashed again. */
#include "seed.h"

#include <lgc.h>
#include <lobject.h>
#include <lstate.h>
#include <lstring.h>
#include <ltable.h>

unsigned int raisfast_host_seed;

/* Puts each short string where its new hash belongs. */
static void hash_strings(global_State *g) {
  stringtable *table = &g->strt;
  TString *all = NULL;
  for (int i = 0; i < table->size; i++) {
    for (TString *next, *it = table->hash[i]; it != NULL; it = next) {
      next = it->u.hnext;
      it->u.hnext = all;
      all = it;
    }
    table->hash[i] = NULL;
  }
  for (TString *next, *it = all; it != NULL; it = next) {
    next = it->u.hnext;
    it->hash = luaS_hash(getstr(it), it->shrlen, g->seed);
    TString **place = &table->hash[lmod(it->hash, table->size)];
    it->u.hnext = *place;
    *place = it;
  }
}

/* Tables find strings by their hashes, so each is filled anew; a long string has no hash until it
   is asked for one. */
static void fill_tables(lua_State *L, GCObject *it) {
  for (; it != NULL; it = it->next) {
    if (it->tt == LUA_VLNGSTR) {
      gco2ts(it)->extra = 0;
      gco2ts(it)->hash = G(L)->seed;
    } else if (it->tt == LUA_VTABLE) {
      Table *table = gco2t(it);
      if (!isdummy(table)) luaH_resize(L, table, luaH_realasize(table), allocsizenode(table));
    }
  }
}

int raisfast_set_seed(lua_State *L) {
  raisfast_host_seed = *(unsigned *)lua_touserdata(L, 1);
  G(L)->seed = raisfast_host_seed;
  hash_strings(G(L));
  fill_tables(L, G(L)->allgc);
  fill_tables(L, G(L)->finobj);
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, raisfast_host_seed);
  lua_call(L, 1, 0);
  return 0;
}
