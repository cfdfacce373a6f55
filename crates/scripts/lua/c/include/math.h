#pragma once
#define HUGE_VAL __builtin_huge_val()
#define floor __builtin_floor
#define ceil __builtin_ceil
#define fabs __builtin_fabs
#define sqrt __builtin_sqrt
double fmod(double, double);
double pow(double, double);
double exp(double);
double log(double);
double log2(double);
double log10(double);
double sin(double);
double cos(double);
double tan(double);
double sinh(double);
double cosh(double);
double tanh(double);
double asin(double);
double acos(double);
double atan2(double, double);
double frexp(double, int *);
double ldexp(double, int);
