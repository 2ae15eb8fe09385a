// What code that is compiled with -fstack-protector-strong refers to, and emscripten's C library
// lacks.
#include <cstdint>
#include <cstdlib>

extern "C" {

std::uintptr_t __stack_chk_guard = 0x2B7E1516;

[[noreturn]] void __stack_chk_fail() { std::abort(); }

}  // extern "C"
