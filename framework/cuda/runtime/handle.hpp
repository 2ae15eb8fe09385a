// Ownership of handles of C libraries.
#pragma once

#include <memory>
#include <type_traits>

namespace credence::cuda {

/// Calls `destroy`, the C library's function, on the handle. Owned is a unique_ptr that does so.
template <class Handle, auto destroy>
struct Destroyer {
  void operator()(Handle handle) const { static_cast<void>(destroy(handle)); }
};
template <class Handle, auto destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Handle, destroy>>;

}  // namespace credence::cuda
