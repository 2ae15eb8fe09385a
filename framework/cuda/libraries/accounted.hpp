// The functions of libraries.hpp, which tell the account of each call
// (framework/device/account.hpp).
#pragma once

#include "framework/cuda/libraries/libraries.hpp"
#include "framework/device/account.hpp"
#include "framework/device/precision.hpp"

namespace credence::cuda::accounted {

using device::Work;

/// The numbers that a library multiplies where the factors have type T.
template <class T>
device::Arithmetic arithmetic_of() {
  if (std::is_same_v<T, double>) return device::Arithmetic::fp64;
  if (std::is_same_v<T, BFloat16>) return device::Arithmetic::bf16;
  return precision() == Precision::tf32 ? device::Arithmetic::tf32 : device::Arithmetic::fp32;
}

/// What follows a product of n results, c of them in each row or channel: a bias and ReLU, each one
/// flop a result.
template <class T>
Work epilogue_work(std::int64_t n, std::int64_t channels, bool bias, bool relu) {
  return device::elements<SumOf<T>>(bias ? channels : 0, 0, (bias ? n : 0) + (relu ? n : 0));
}

/// A product of 2 m n k flops.
template <class T>
Work gemm_work(std::int64_t m, std::int64_t n, std::int64_t k) {
  return device::elements<T>(m * k + k * n, 0, 2 * m * n * k) +
         device::elements<SumOf<T>>(0, m * n);
}

/// The flops of each of a convolution's three passes: 2 for each output and each weight that it is
/// computed from, products with padding among them.
inline std::int64_t convolution_flops(const ConvolutionShape& s) {
  return 2 * s.output_numel() * (s.in_channels / s.groups) * ConvolutionShape::volume(s.kernel);
}

template <class T>
void tell(device::Source library, const char* name, const Work& work) {
  device::tell_account({name, library, arithmetic_of<T>(), work});
}

template <class T>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const SumOf<T>* bias, bool relu, SumOf<T>* c) {
  cuda::gemm(op, m, n, k, a, b, bias, relu, c);
  if (!device::account_listens()) return;
  tell<T>(device::Source::cublas_lt, op,
          gemm_work<T>(m, n, k) + epilogue_work<T>(m * n, n, bias != nullptr, relu));
}

template <class T>
void gemm_pair(const char* op, const Product& product, const ArrayPair<const T>& a,
               const ArrayPair<const T>& b, const ArrayPair<SumOf<T>>& c) {
  cuda::gemm_pair<T>(op, product, a, b, c);
  if (!device::account_listens()) return;
  const Work one = gemm_work<T>(product.m, product.n, product.k);
  tell<T>(device::Source::cublas_lt, op, one + one);
}

template <class T>
void convolve(const ConvolutionShape& s, const T* x, const T* weight, T* y) {
  cuda::convolve(s, x, weight, y);
  if (!device::account_listens()) return;
  tell<T>(device::Source::cudnn, "convolution",
          device::elements<T>(s.input_numel() + s.weight_numel(), s.output_numel(),
                              convolution_flops(s)));
}

template <class T>
bool convolve_fused(const ConvolutionShape& s, const T* x, const T* weight, const SumOf<T>* bias,
                    bool relu, SumOf<T>* y) {
  if (!cuda::convolve_fused(s, x, weight, bias, relu, y)) return false;
  if (!device::account_listens()) return true;
  tell<T>(device::Source::cudnn, "convolution with epilogue",
          device::elements<T>(s.input_numel() + s.weight_numel(), 0, convolution_flops(s)) +
              device::elements<SumOf<T>>(0, s.output_numel()) +
              epilogue_work<T>(s.output_numel(), s.out_channels, bias != nullptr, relu));
  return true;
}

template <class T>
void convolve_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                            T* grad_x) {
  cuda::convolve_backward_data(s, grad_y, weight, grad_x);
  if (!device::account_listens()) return;
  tell<T>(device::Source::cudnn, "convolution backward data",
          device::elements<T>(s.output_numel() + s.weight_numel(), s.input_numel(),
                              convolution_flops(s)));
}

template <class T>
void convolve_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y,
                              T* grad_weight) {
  cuda::convolve_backward_weight(s, x, grad_y, grad_weight);
  if (!device::account_listens()) return;
  tell<T>(device::Source::cudnn, "convolution backward weight",
          device::elements<T>(s.input_numel() + s.output_numel(), s.weight_numel(),
                              convolution_flops(s)));
}

}  // namespace credence::cuda::accounted
