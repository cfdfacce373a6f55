/* Nothing here jumps: see configuration.h. */
#pragma once
