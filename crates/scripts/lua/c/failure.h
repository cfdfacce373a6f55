/* What is known of an error of a script. */
#pragma once
#include <lua.h>

#include "host.h"

/* The handler of errors for `lua_pcall`: keeps where it happened, while the frames are there. */
int raisfast_note_failure(lua_State *L);

/* Forgets the former failure. */
void raisfast_forget_failure(void);

/* Notes an error that came without the handler: a syntax error, a lack of memory. */
void raisfast_note_message(const char *message);
