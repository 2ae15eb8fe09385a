// Tests of the choice among cuDNN's algorithms for a pass of a convolution.
#include "framework/cuda/libraries/algorithm_choice.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(algorithm_choice)

namespace {

using Performance = cudnnConvolutionFwdAlgoPerf_t;
using Algorithms = std::vector<Candidate<cudnnConvolutionFwdAlgo_t>>;

constexpr auto kGemm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM;
constexpr auto kPrecomputed = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
constexpr AlgorithmLimits kFma{.only_fma = true, .workspace_bytes = 1000};
constexpr AlgorithmLimits kAny{.only_fma = false, .workspace_bytes = 1000};

Performance performance(cudnnConvolutionFwdAlgo_t algorithm, std::size_t memory = 0,
                        cudnnMathType_t math = CUDNN_FMA_MATH) {
  Performance one{};
  one.algo = algorithm;
  one.status = CUDNN_STATUS_SUCCESS;
  one.determinism = CUDNN_DETERMINISTIC;
  one.memory = memory;
  one.mathType = math;
  return one;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_order_the_math_type_and_the_memory_of_the_answer_are_kept) {
  const Algorithms found =
      usable(std::vector{performance(kPrecomputed, 70, CUDNN_TENSOR_OP_MATH),
                         performance(kGemm, 30, CUDNN_DEFAULT_MATH), performance(kGemm, 20)},
             kAny);
  const Algorithms expected{{kPrecomputed, CUDNN_TENSOR_OP_MATH, 70},
                            {kGemm, CUDNN_DEFAULT_MATH, 30},
                            {kGemm, CUDNN_FMA_MATH, 20}};
  BOOST_TEST((found == expected));
}

// CUDNN_DEFAULT_MATH lets cards of compute capability 8.0 and newer round float32 to tf32.
BOOST_AUTO_TEST_CASE(without_tensor_cores_only_fma_is_allowed) {
  const Algorithms found =
      usable(std::vector{performance(kPrecomputed, 0, CUDNN_TENSOR_OP_MATH),
                         performance(kPrecomputed, 0, CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION),
                         performance(kPrecomputed, 0, CUDNN_DEFAULT_MATH), performance(kGemm)},
             kFma);
  BOOST_TEST((found == Algorithms{{kGemm, CUDNN_FMA_MATH, 0}}));
}

BOOST_AUTO_TEST_CASE(what_failed_differs_each_time_or_needs_too_much_memory_is_left_out) {
  Performance failed = performance(kPrecomputed);
  failed.status = CUDNN_STATUS_NOT_SUPPORTED;
  Performance random = performance(kPrecomputed);
  random.determinism = CUDNN_NON_DETERMINISTIC;
  const Algorithms found = usable(
      std::vector{failed, random, performance(kPrecomputed, 1001), performance(kGemm, 1000)}, kFma);
  BOOST_TEST((found == Algorithms{{kGemm, CUDNN_FMA_MATH, 1000}}));
}

BOOST_AUTO_TEST_CASE(transforms_are_left_out_in_each_pass) {
  for (const auto transform :
       {CUDNN_CONVOLUTION_FWD_ALGO_FFT, CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING,
        CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED}) {
    BOOST_TEST(usable(std::vector{performance(transform)}, kAny).empty());
  }
  for (const auto transform :
       {CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT, CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING,
        CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD,
        CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED}) {
    BOOST_TEST(!sums_products(transform));
  }
  for (const auto transform :
       {CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING,
        CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD,
        CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED}) {
    BOOST_TEST(!sums_products(transform));
  }
  BOOST_TEST(sums_products(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1));
  BOOST_TEST(sums_products(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1));
}

BOOST_AUTO_TEST_CASE(a_refused_algorithm_is_followed_by_the_next_which_is_remembered) {
  Algorithms candidates{
      {kPrecomputed, CUDNN_FMA_MATH, 2}, {kGemm, CUDNN_FMA_MATH, 1}, {kGemm, CUDNN_FMA_MATH, 0}};
  std::vector<std::size_t> asked;
  const auto run = [&](const auto& candidate) {
    asked.push_back(candidate.workspace_bytes);
    return candidate.workspace_bytes == 2 ? CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH
                                          : CUDNN_STATUS_SUCCESS;
  };
  for (int call = 0; call < 2; ++call) {
    BOOST_TEST(run_first_supported(candidates, run) == CUDNN_STATUS_SUCCESS);
  }
  BOOST_TEST((asked == std::vector<std::size_t>{2, 1, 1}));
}

BOOST_AUTO_TEST_CASE(other_failures_and_the_last_refusal_are_answers) {
  Algorithms candidates{{kPrecomputed, CUDNN_FMA_MATH, 1}, {kGemm, CUDNN_FMA_MATH, 0}};
  BOOST_TEST(run_first_supported(candidates, [](const auto&) {
               return CUDNN_STATUS_EXECUTION_FAILED;
             }) == CUDNN_STATUS_EXECUTION_FAILED);
  BOOST_TEST(candidates.size() == 2U);
  BOOST_TEST(run_first_supported(candidates, [](const auto&) {
               return CUDNN_STATUS_NOT_SUPPORTED;
             }) == CUDNN_STATUS_NOT_SUPPORTED);
  BOOST_TEST(candidates.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::cuda
