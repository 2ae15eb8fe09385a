// What is measured: each case is one implementation of one kernel on one shape.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/kernels.hpp"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace credence::benchmarks {

/// What one call does. A convolution counts as the direct one, taps on the padding included, and
/// two operations for each multiply-add.
struct Work {
  double flops = 0;      ///< 0 where the arithmetic is not the point
  double bytes = 0;      ///< each array read or written once; twice where it is updated
  double footprint = 0;  ///< bytes of the arrays
  double elements = 0;   ///< 0 where a time per element says nothing
};

/// A call whose operands are ready.
struct Call {
  std::function<void()> run;
  std::vector<Tensor> results;     ///< what run() computes, in comparable layouts
  std::function<void()> finish{};  ///< may be empty: brings what run() left elsewhere into results
};

/// The implementation that all others of a kernel and shape are compared with before they are
/// timed.
inline constexpr const char* kOurs = "credence";

struct Case {
  std::string kernel;          ///< "convolution_forward"
  std::string shape;           ///< "256x1x28x28-6k5"
  std::string implementation;  ///< "credence", "onednn", "naive"
  std::string label;           ///< what the figures call the shape
  Work work;
  std::function<Call()> prepare;

  std::string name() const { return kernel + "/" + shape + "/" + implementation; }
};

std::vector<Case> product_cases();
std::vector<Case> convolution_cases();
std::vector<Case> moments_cases();
std::vector<Case> elementwise_cases();
/// All of them.
std::vector<Case> all_cases();

/// "256x120" of {256, 120} and "x".
std::string joined(std::initializer_list<std::int64_t> numbers, const char* between);

/// Standard normal numbers, the same for the same shape and name.
Tensor normals(const Shape& shape, std::string_view name);

}  // namespace credence::benchmarks
