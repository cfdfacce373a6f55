#pragma once
#include <stddef.h>
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
void *memchr(const void *, int, size_t);
size_t strlen(const char *);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t);
char *strchr(const char *, int);
char *strpbrk(const char *, const char *);
size_t strspn(const char *, const char *);
char *strstr(const char *, const char *);
char *strcpy(char *, const char *);
/* Bytes in their order, as in the C locale. */
#define strcoll strcmp
static inline char *strerror(int number) { return (void)number, (char *)"there are no files"; }
