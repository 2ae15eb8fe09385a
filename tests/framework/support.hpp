// Helpers that the tests of this folder share.
#pragma once

#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"
#include "framework/dispatch/kernels.hpp"

#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace credence {

/// Standard normal numbers, float64, different for each name.
inline Tensor normals(const Shape& shape, std::string_view name) {
  const Tensor x = Tensor::empty(shape, DType::float64);
  kernels<double>(Device::cpu).normal(Generator(1).split(name).next(), x.numel(), x.data<double>());
  return x;
}

/// A predicate for BOOST_CHECK_EXCEPTION: whether the message contains this text.
inline auto says(const std::string& text) {
  return [text](const std::exception& error) {
    return std::string(error.what()).find(text) != std::string::npos;
  };
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw_data(), b.raw_data(), a.bytes()) == 0;
}

/// Whether `function` gives the same bits with one, two and three threads.
inline bool same_bits_with_threads(const std::function<std::vector<Tensor>()>& function) {
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> expected = function();
  bool same = true;
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    const std::vector<Tensor> actual = function();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      same = same && same_bits(actual[i], expected[i]);
    }
  }
  set_num_threads(before);
  return same;
}

}  // namespace credence
