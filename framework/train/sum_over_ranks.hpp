// Sums over ranks of numbers that may be on a device.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/device/backend.hpp"
#include "framework/group/group.hpp"

#include <memory>

namespace credence::train {

/// Sums of float32 tensors over the ranks of a group. Those of a CUDA device are added there where
/// the group can do so, by work in the device's stream; else they go through page-locked memory.
class SumOverRanks {
 public:
  /// The group must outlive the object.
  explicit SumOverRanks(Group& group) : group_(group) {}

  /// Begins to replace each element by its sum over all ranks. Until finish() returns the tensor
  /// must not be read or changed, apart from later work of its device.
  void begin(const Tensor& numbers);
  /// Lets the sums that were begun go on.
  void advance() { group_.advance_sums(); }
  /// Returns when all sums that were begun are there, on a device in the order of its work.
  void finish() { group_.finish_sums(); }

 private:
  void by_way_of_host(const Tensor& numbers);

  Group& group_;
  std::unique_ptr<device::Upload> staging_;  ///< as large as the largest tensor so far
};

}  // namespace credence::train
