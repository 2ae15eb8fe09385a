// What memory that is kept for later says to the address sanitizer, which knows only of malloc and
// free. Without the sanitizer nothing.
#pragma once

#include <cstddef>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define CREDENCE_ADDRESS_SANITIZER 1
#else
#define CREDENCE_ADDRESS_SANITIZER 0
#endif

namespace credence {

/// Each access to these bytes is an error until they are permitted.
inline void forbid_access([[maybe_unused]] const std::byte* bytes,
                          [[maybe_unused]] std::size_t count) {
#if CREDENCE_ADDRESS_SANITIZER
  __asan_poison_memory_region(bytes, count);
#endif
}

inline void permit_access([[maybe_unused]] const std::byte* bytes,
                          [[maybe_unused]] std::size_t count) {
#if CREDENCE_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(bytes, count);
#endif
}

}  // namespace credence
