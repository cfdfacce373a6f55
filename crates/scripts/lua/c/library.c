/* The C library, as much of it as Lua uses. Numbers are read and written in Rust
   (src/number.rs). */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* C names and meanings; they come before compiler-builtins' own, which move a byte at a time. */

void *memchr(const void *block, int byte, size_t size) {
  const unsigned char *at = block;
  for (; size > 0; size--, at++)
    if (*at == (unsigned char)byte) return (void *)at;
  return NULL;
}

int strcmp(const char *a, const char *b) {
  for (; *a != '\0' && *a == *b; a++, b++) {}
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size) {
  for (; size > 0 && *a != '\0' && *a == *b; a++, b++, size--) {}
  return size == 0 ? 0 : (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *text, int byte) {
  for (;; text++) {
    if (*text == (char)byte) return (char *)text;
    if (*text == '\0') return NULL;
  }
}

char *strpbrk(const char *text, const char *any) {
  for (; *text != '\0'; text++)
    if (strchr(any, *text) != NULL) return (char *)text;
  return NULL;
}

size_t strspn(const char *text, const char *any) {
  size_t length = 0;
  while (text[length] != '\0' && strchr(any, text[length]) != NULL) length++;
  return length;
}

char *strstr(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; (text = strchr(text, *part)) != NULL; text++) {
    if (strncmp(text, part, length) == 0) return (char *)text;
    if (*text == '\0') return NULL;
  }
  return NULL;
}

char *strcpy(char *to, const char *from) { return memcpy(to, from, strlen(from) + 1); }

double frexp(double x, int *exponent) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int biased = (int)(bits >> 52) & 0x7FF;
  if (biased == 0x7FF || x == 0) {
    *exponent = 0;
    return x;
  }
  if (biased == 0) { /* subnormal */
    x = frexp(x * 0x1p64, exponent);
    *exponent -= 64;
    return x;
  }
  *exponent = biased - 0x3FE;
  bits = (bits & ~((uint64_t)0x7FF << 52)) | (uint64_t)0x3FE << 52;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* In steps of powers that are there; the last one alone can round, so it leaves 53 bits to the
   others. */
double ldexp(double x, int exponent) {
  for (int steps = 0; exponent > 1023 && steps < 2; steps++, exponent -= 1023) x *= 0x1p1023;
  if (exponent > 1023) exponent = 1023;
  for (int steps = 0; exponent < -1022 && steps < 2; steps++, exponent += 969) x *= 0x1p-969;
  if (exponent < -1022) exponent = -1022;
  uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return x * power;
}

/* snprintf: the conversions that Lua asks for. */

struct output {
  char *to;
  size_t size;
  size_t length;
};

struct conversion {
  int left, plus, space, alternate, zero;
  int width, precision;
};

static void put(struct output *out, char byte) {
  if (out->length + 1 < out->size) out->to[out->length] = byte;
  out->length++;
}

static void repeat(struct output *out, char byte, int times) {
  for (; times > 0; times--) put(out, byte);
}

/* A sign or `0x`, zeros, the digits or the text, filled up to the width. */
static void put_field(struct output *out, const struct conversion *c, const char *prefix, int zeros,
                      const char *text, int length, int may_zero) {
  int fill = c->width - (int)strlen(prefix) - zeros - length;
  if (!c->left && !(c->zero && may_zero)) repeat(out, ' ', fill);
  for (; *prefix != '\0'; prefix++) put(out, *prefix);
  if (!c->left && c->zero && may_zero) repeat(out, '0', fill);
  repeat(out, '0', zeros);
  for (int i = 0; i < length; i++) put(out, text[i]);
  if (c->left) repeat(out, ' ', fill);
}

static void put_integer(struct output *out, const struct conversion *c, unsigned long long value,
                        const char *sign, unsigned base, int upper) {
  char digits[24], *at = digits + sizeof digits;
  const char *names = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const char *prefix = sign;
  if (c->alternate && base == 16 && value != 0) prefix = upper ? "0X" : "0x";
  for (unsigned long long rest = value; rest != 0; rest /= base) *--at = names[rest % base];
  int length = (int)(digits + sizeof digits - at);
  int least = c->precision < 0 ? 1 : c->precision;
  if (c->alternate && base == 8 && least <= length) least = length + 1;
  int zeros = least > length ? least - length : 0;
  put_field(out, c, prefix, zeros, at, length, c->precision < 0);
}

/* The digits of a positive number; src/number.rs. */
size_t raisfast_write_number(char *to, size_t size, double number, char conversion, int precision, int alternate);

/* `%.99f` of the greatest number: 309 digits, a point, 99. */
#define MAX_NUMBER 420

static void put_float(struct output *out, const struct conversion *c, double value, char letter) {
  char digits[MAX_NUMBER];
  const char *prefix = __builtin_signbit(value) ? "-" : c->plus ? "+" : c->space ? " " : "";
  char joined[4] = {0};
  size_t length = raisfast_write_number(digits, sizeof digits, fabs(value), letter, c->precision, c->alternate);
  const char *text = digits;
  if (letter == 'a' || letter == 'A') {
    if (length > 2 && digits[0] == '0' && (digits[1] | 32) == 'x') { /* zeros go behind it */
      size_t at = strlen(prefix);
      memcpy(joined, prefix, at);
      memcpy(joined + at, digits, 2);
      prefix = joined;
      text += 2;
      length -= 2;
    }
  }
  int finite = fabs(value) < HUGE_VAL; /* false for NaN too */
  put_field(out, c, prefix, 0, text, (int)length, finite);
}

static int read_digits(const char **format) {
  int number = 0;
  for (; **format >= '0' && **format <= '9'; (*format)++) number = number * 10 + (**format - '0');
  return number;
}

int snprintf(char *to, size_t size, const char *format, ...) {
  struct output out = {to, size, 0};
  va_list arguments;
  va_start(arguments, format);
  for (; *format != '\0'; format++) {
    if (*format != '%') {
      put(&out, *format);
      continue;
    }
    struct conversion c = {.precision = -1};
    for (format++;; format++) {
      if (*format == '-') c.left = 1;
      else if (*format == '+') c.plus = 1;
      else if (*format == ' ') c.space = 1;
      else if (*format == '#') c.alternate = 1;
      else if (*format == '0') c.zero = 1;
      else break;
    }
    c.width = read_digits(&format);
    if (*format == '.') {
      format++;
      c.precision = read_digits(&format);
    }
    int longs = 0;
    for (; *format == 'l'; format++) longs++;
    switch (*format) {
      case 'd': case 'i': {
        long long value = longs == 2 ? va_arg(arguments, long long) : va_arg(arguments, int);
        const char *sign = value < 0 ? "-" : c.plus ? "+" : c.space ? " " : "";
        put_integer(&out, &c, value < 0 ? -(unsigned long long)value : (unsigned long long)value, sign, 10, 0);
        break;
      }
      case 'u': case 'o': case 'x': case 'X': {
        unsigned long long value = longs == 2 ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
        unsigned base = *format == 'u' ? 10 : *format == 'o' ? 8 : 16;
        put_integer(&out, &c, value, "", base, *format == 'X');
        break;
      }
      case 'c': {
        char byte = (char)va_arg(arguments, int);
        put_field(&out, &c, "", 0, &byte, 1, 0);
        break;
      }
      case 's': {
        const char *text = va_arg(arguments, const char *);
        size_t length = 0;
        while ((c.precision < 0 || length < (size_t)c.precision) && text[length] != '\0') length++;
        put_field(&out, &c, "", 0, text, (int)length, 0);
        break;
      }
      case 'p':
        c.alternate = 1;
        c.precision = 8;
        put_integer(&out, &c, (uintptr_t)va_arg(arguments, void *), "", 16, 0);
        break;
      case '%':
        put(&out, '%');
        break;
      default: /* e f g a and their capitals */
        put_float(&out, &c, va_arg(arguments, double), *format);
    }
  }
  va_end(arguments);
  if (size > 0) to[out.length < size ? out.length : size - 1] = '\0';
  return (int)out.length;
}
