// The choice among the algorithms that cuDNN names for a pass of a convolution. Includes cuDNN's
// header and calls none of its functions.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <cudnn.h>

namespace credence::cuda {

/// Whether the call was refused for what it asked, and another algorithm may do it.
constexpr bool is_unsupported(cudnnStatus_t status) {
  return CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED;
}

// Whether an algorithm computes the sums that define a convolution. FFT and Winograd's algorithm
// transform the factors first: their errors grow with the largest numbers of a tile, so that sums
// of squares may become negative.
constexpr bool sums_products(cudnnConvolutionFwdAlgo_t algorithm) {
  return algorithm < CUDNN_CONVOLUTION_FWD_ALGO_FFT;
}
constexpr bool sums_products(cudnnConvolutionBwdDataAlgo_t algorithm) {
  return algorithm < CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT;
}
constexpr bool sums_products(cudnnConvolutionBwdFilterAlgo_t algorithm) {
  return algorithm < CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT ||
         algorithm == CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3;
}

/// What an algorithm is allowed.
struct AlgorithmLimits {
  bool only_fma = false;  ///< no tensor cores, which round the factors
  std::int64_t workspace_bytes = 0;
};

/// An algorithm with the math type and the working memory that belong to it. cuDNN runs another
/// kernel, which may need more memory, where the convolution's descriptor has another math type.
template <class Algorithm>
struct Candidate {
  Algorithm algorithm;
  cudnnMathType_t math;
  std::size_t workspace_bytes;

  bool operator==(const Candidate&) const = default;
};

/// Those of `found`, cuDNN's answer with the fastest first, that give the same bits each time, sum
/// products, and keep to the limits.
template <class Performance>
auto usable(const std::vector<Performance>& found, const AlgorithmLimits& limits) {
  std::vector<Candidate<decltype(Performance::algo)>> candidates;
  for (const Performance& one : found) {
    if (one.status == CUDNN_STATUS_SUCCESS && one.determinism == CUDNN_DETERMINISTIC &&
        sums_products(one.algo) && (!limits.only_fma || one.mathType == CUDNN_FMA_MATH) &&
        std::cmp_less_equal(one.memory, limits.workspace_bytes)) {
      candidates.push_back({one.algo, one.mathType, one.memory});
    }
  }
  return candidates;
}

/// run(candidate) of the first candidate that is supported. Those before it are erased, so that the
/// next call begins with it. The last one's answer is returned in any case; there must be one.
template <class Algorithm, class Run>
cudnnStatus_t run_first_supported(std::vector<Candidate<Algorithm>>& candidates, Run run) {
  while (true) {
    const cudnnStatus_t status = run(std::as_const(candidates.front()));
    if (!is_unsupported(status) || candidates.size() == 1) return status;
    candidates.erase(candidates.begin());
  }
}

}  // namespace credence::cuda
