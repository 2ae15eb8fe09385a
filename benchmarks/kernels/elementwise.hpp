// What the cases of elementwise kernels have in common: their arrays, and how they become cases.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/descriptor.hpp"
#include "framework/dispatch/kernels.hpp"

#include <string>
#include <utility>

namespace credence::benchmarks {

inline float* at(const Tensor& tensor) { return tensor.data<float>(); }

/// A device, how many elements the arrays on it have, and which.
struct Arrays {
  Device device;
  std::int64_t n;
  Fill fill{};

  Tensor normals(std::string_view name) const { return filled(fill, {n}, name, device); }
  Tensor empty() const { return empty(n); }
  Tensor empty(std::int64_t count, DType dtype = DType::float32) const {
    return Tensor::empty({count}, dtype, device);
  }
  Tensor full(std::int64_t count, double value) const {
    return Tensor::full({count}, value, DType::float32, device);
  }
  const Kernels<float>& kernels() const { return credence::kernels<float>(device); }
  // A kernel by its place in the table, where it is looked up when it is called: the names of the
  // cases are there without a device.
  template <class Member>
  auto kernel(Member member) const {
    return [=, arrays = *this](auto... arguments) { (arrays.kernels().*member)(arguments...); };
  }
};

/// What the table and the figures call arrays.
struct ArrayNames {
  std::string shape;
  std::string label;
};
/// "2MiB" and "2 MiB" for so many elements.
ArrayNames names_of_size(std::int64_t elements);

/// The cases of one kernel, which moves `moved` bytes and works on `held` bytes for each element.
class Group {
 public:
  Group(std::vector<Case>& cases, const Arrays& arrays, std::string kernel, double moved,
        double held);
  Group(std::vector<Case>& cases, const Arrays& arrays, std::string kernel, double moved,
        double held, ArrayNames names);

  /// Tolerances are those of Case.
  const Group& add(const char* implementation, std::function<Call(const Arrays&)> prepare,
                   double tolerance = kRounding) const;

  /// A few roundings of float32 in each element.
  static constexpr double kRounding = 2e-6;
  /// Numbers are copied or compared, not computed.
  static constexpr double kExact = 0;

 private:
  std::vector<Case>& cases_;
  Arrays arrays_;
  std::string kernel_;
  double moved_;
  double held_;
  ArrayNames names_;
};

/// A function y = f(x).
template <class Function>
std::function<Call(const Arrays&)> mapped(Function function) {
  return [=](const Arrays& a) -> Call {
    const Tensor x = a.normals("x");
    const Tensor y = a.empty();
    return {[=] { function(a.n, at(x), at(y)); }, {y}};
  };
}

/// A function of the catalogue by its name, on operands from the interval where tests draw them.
/// Parameters: a slope of 0.01, the exponent 1.5, the factor 2 and the summand 1, limits -1 and 1,
/// or
/// 1. Throws ValueError for an unknown function.
void add_pointwise_forward(std::vector<Case>& cases, const Arrays& arrays,
                           const std::string& function, const ArrayNames& names);
void add_pointwise_backward(std::vector<Case>& cases, const Arrays& arrays,
                            const std::string& function, const ArrayNames& names);

/// The steps of softplus between its naive form and the framework's.
void add_softplus_steps(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names);

/// Standard normal numbers of a stream, and the steps from one Philox block for each number to the
/// framework's kernel, for multiples of 64 elements.
void add_normal(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names);
void add_normal_steps(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names);

/// The sum of an array of 64 MiB, and log-softmax over 4096 rows of 1000 columns: the framework's
/// kernels and, on a CUDA device, the steps to them.
void add_reduction_steps(std::vector<Case>& cases, Device device);
void add_softmax_steps(std::vector<Case>& cases, Device device);

/// Max pooling, and its gradient.
void add_pool_forward(std::vector<Case>& cases, Device device, const PoolWindows& windows,
                      const ArrayNames& names);
void add_pool_backward(std::vector<Case>& cases, Device device, const PoolWindows& windows,
                       const ArrayNames& names);

}  // namespace credence::benchmarks
