/* The seed is set from outside: see configuration.h. */
#pragma once
typedef long long time_t;
static inline time_t time(time_t *to) { return (void)to, 0; }
