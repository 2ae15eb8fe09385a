// Helpers that the tests of the device share.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/device/backend.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

/// Whether there is no device; the log then says that the test was skipped.
inline bool no_device() {
  if (device::availability().usable) return false;
  BOOST_TEST_MESSAGE("skipped: no CUDA device (" + device::availability().description + ")");
  return true;
}

/// The largest difference of two tensors' elements, relative to the larger of 1 and the largest of
/// `expected`.
inline double largest_difference(const Tensor& actual, const Tensor& expected) {
  const std::vector<double> a = actual.to_vector<double>();
  const std::vector<double> b = expected.to_vector<double>();
  if (a.size() != b.size()) return INFINITY;
  double difference = 0;
  double scale = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return INFINITY;
    if (std::isnan(a[i]) || a[i] == b[i]) continue;
    difference = std::max(difference, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return difference / scale;
}

}  // namespace credence
