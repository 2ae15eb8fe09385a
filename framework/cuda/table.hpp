// The kernel tables of CUDA devices.
#pragma once

#include "framework/kernels/table.hpp"

#include <type_traits>

namespace credence::cuda {

/// The tables of both element types.
struct Table {
  Kernels<float> single;
  Kernels<double> reference;  ///< for gradient checks on the device
};

/// The kernels of the device.
const Table& table();

/// The table of one element type, float or double.
template <class T>
const Kernels<T>& kernels_of() {
  if constexpr (std::is_same_v<T, float>) {
    return table().single;
  } else {
    return table().reference;
  }
}

}  // namespace credence::cuda
