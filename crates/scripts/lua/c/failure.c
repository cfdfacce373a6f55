/* What is known of an error of a script. All of it is copied into buffers here: the failed
   state may have no memory. */
#include "failure.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* The first frames and the last ones of a deep stack. */
#define FRAMES 24

static char message[4096], file[512], stack[8192];
static struct raisfast_failure failure;

const struct raisfast_failure *raisfast_failed(void) { return &failure; }

void raisfast_forget_failure(void) { memset(&failure, 0, sizeof failure); }

/* Copies as much of a text as there is room for. Rust replaces half a character at its end. */
static size_t copy(char *to, size_t size, const char *text, size_t length) {
  if (length > size) length = size;
  memcpy(to, text, length);
  return length;
}

static void set_file(const char *name, size_t length, int line) {
  failure.file_length = copy(file, sizeof file, name, length);
  failure.file = file;
  failure.line = (uint32_t)line;
}

/* Lua's messages begin with `file:line:`. Returns what follows, and notes the two. */
static const char *without_place(const char *text) {
  const char *colon = strchr(text, ':');
  const char *newline = strchr(text, '\n');
  if (colon == NULL || colon == text || (newline != NULL && newline < colon)) return text;
  int line = 0;
  const char *at = colon + 1;
  for (; *at >= '0' && *at <= '9' && line < 100000000; at++) line = line * 10 + (*at - '0');
  if (line == 0 || at[0] != ':' || at[1] != ' ') return text;
  set_file(text, (size_t)(colon - text), line);
  return at + 2;
}

static void set_message(const char *text, size_t length) {
  failure.message_length = copy(message, sizeof message, text, length);
  failure.message = message;
}

void raisfast_note_message(const char *text) {
  raisfast_forget_failure();
  const char *rest = without_place(text);
  set_message(rest, strlen(rest));
}

static void put(const char *text) {
  size_t room = sizeof stack - failure.stack_length;
  failure.stack_length += copy(stack + failure.stack_length, room, text, strlen(text));
}

static void put_frame(lua_State *L, lua_Debug *frame) {
  char number[16];
  lua_getinfo(L, "Slnt", frame);
  if (*frame->what == 'C') return;
  snprintf(number, sizeof number, ":%d", frame->currentline);
  if (failure.stack_length > 0) put("\n");
  put(frame->short_src);
  put(number);
  if (*frame->what == 'm') {
    put(": top level");
  } else if (frame->name != NULL) {
    put(": ");
    put(frame->name);
  } else {
    put(": function");
  }
  if (frame->istailcall) put(", after a tail call");
}

static int depth_of(lua_State *L) {
  lua_Debug frame;
  int low = 0, high = 1;
  while (lua_getstack(L, high, &frame)) low = high, high *= 2;
  while (low + 1 < high) {
    int middle = low + (high - low) / 2;
    if (lua_getstack(L, middle, &frame)) low = middle;
    else high = middle;
  }
  return high;
}

static void note_stack(lua_State *L) {
  lua_Debug frame;
  int depth = depth_of(L);
  failure.stack = stack;
  for (int level = 0; level < depth && lua_getstack(L, level, &frame); level++) {
    if (level == FRAMES && depth > 2 * FRAMES) {
      char skipped[48];
      snprintf(skipped, sizeof skipped, "\n… %d more …", depth - 2 * FRAMES);
      put(skipped);
      level = depth - FRAMES;
      lua_getstack(L, level, &frame);
    }
    put_frame(L, &frame);
  }
}

static void note_place(lua_State *L) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline > 0) {
      set_file(frame.short_src, strlen(frame.short_src), frame.currentline);
      return;
    }
  }
}

/* A script may raise what `fail` returns, too. */
static int note_refusal(lua_State *L) {
  if (lua_type(L, 1) != LUA_TTABLE) return 0;
  lua_pushliteral(L, "__plugin_error");
  if (lua_rawget(L, 1) != LUA_TBOOLEAN) return 0;
  lua_pushliteral(L, "__status");
  lua_rawget(L, 1);
  failure.status = (int)lua_tointeger(L, -1);
  lua_pushliteral(L, "__message");
  size_t length = 0;
  const char *text = lua_rawget(L, 1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
  set_message(text, length);
  return 1;
}

int raisfast_note_failure(lua_State *L) {
  size_t length;
  raisfast_forget_failure();
  note_place(L);
  if (note_refusal(L)) {
    return 1;
  } else if (lua_isstring(L, 1)) {
    const char *text = lua_tolstring(L, 1, &length);
    const char *rest = without_place(text);
    set_message(rest, length - (size_t)(rest - text));
  } else if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
    lua_pop(L, 1);
    const char *text = luaL_tolstring(L, 1, &length);
    set_message(text, length);
  } else {
    char text[64];
    snprintf(text, sizeof text, "error() was called with a %s, not with a text", luaL_typename(L, 1));
    set_message(text, strlen(text));
  }
  note_stack(L);
  return 1;
}
