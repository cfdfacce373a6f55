/* Lua asks for the decimal point alone, and configuration.h answers that. */
#pragma once
