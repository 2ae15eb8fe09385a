#pragma once

#include <memory>
#include <type_traits>

namespace credence::cuda {

/// Owns what a C library's create function made; `destroy` is its counterpart.
template <class Handle, auto destroy>
struct Destroyer {
  void operator()(Handle handle) const { static_cast<void>(destroy(handle)); }
};
template <class Handle, auto destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Handle, destroy>>;

}  // namespace credence::cuda
