// What is measured: each case is one implementation of one kernel on one shape.
#pragma once

#include "benchmarks/kernels/operands.hpp"
#include "framework/core/tensor.hpp"
#include "framework/kernels/shapes.hpp"

#include <functional>
#include <initializer_list>
#include <string>
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
  /// May be empty: element `index` of a result in double precision, from the definition of the
  /// kernel. The operands have to be on the CPU.
  std::function<double(std::size_t result, std::int64_t index)> definition{};
};

/// The implementation that all others of a kernel and shape are compared with before they are
/// timed.
inline constexpr const char* kOurs = "credence";
/// The framework's kernels in place of its fused one.
inline constexpr const char* kComposed = "credence_composed";

struct Case {
  std::string kernel;          ///< "convolution_forward"
  std::string shape;           ///< "256x1x28x28-6k5", or a problem's own notation
  std::string implementation;  ///< "credence", "onednn", "naive"
  std::string label;           ///< what the figures call the shape
  Work work;
  std::function<Call(const Fill&)> prepare;
  /// How far an element may be from the right value, over the largest element of the result.
  double tolerance = 1e-3;
  /// Whether the result is exact where operands are the whole numbers of Fill: all sums stay below
  /// 2²⁴, and the algorithm has no fractions of its own.
  bool exact = false;
  /// How it is computed, "winograd_4x4"; empty where there is one way only.
  std::string algorithm{};
  std::int64_t count = 1;  ///< how often a model of the user's list has it
  /// The options that ask for it, "--conv … --pass forward"; empty in the program's list.
  std::string problem{};

  std::string name() const { return kernel + "/" + shape + "/" + implementation; }
};

// Cases whose operands are prepared on the device, which their names do not need yet. Only the
// framework's implementations can run on another device than the CPU.
std::vector<Case> product_cases(Device device);
std::vector<Case> convolution_cases(Device device);
std::vector<Case> moments_cases(Device device);
std::vector<Case> elementwise_cases(Device device, std::initializer_list<std::int64_t> elements);
/// All that the device can run: rivals and the ladder are the CPU's. Elementwise kernels work on
/// arrays of so many elements (of 2 and of 64 MiB), multiples of 65,536.
std::vector<Case> all_cases(Device device,
                            std::initializer_list<std::int64_t> elements = {2 << 18, 64 << 18});

/// Leaves the framework's own implementations alone, which can run on another device than the CPU.
void keep_device_cases(std::vector<Case>& cases);

/// "256x120" of {256, 120} and "x".
std::string joined(std::initializer_list<std::int64_t> numbers, const char* between);

}  // namespace credence::benchmarks
