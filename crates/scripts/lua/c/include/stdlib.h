#pragma once
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define abort __builtin_trap
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline void *realloc(void *block, size_t size) { return (void)block, (void)size, (void *)0; }
static inline void free(void *block) { (void)block; }
static inline char *getenv(const char *name) { return (void)name, (char *)0; }
double strtod(const char *, char **);
