// The instruction set that every processor of this kind has, for tests of headers that are compiled
// for each instruction set. To be included before these.
#pragma once

#ifdef __aarch64__
#define CREDENCE_ISA neon
#else
#define CREDENCE_ISA baseline
#endif
