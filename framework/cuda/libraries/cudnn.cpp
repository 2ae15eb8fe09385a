// Convolutions by cuDNN.
#include "framework/cuda/libraries/cudnn.hpp"

#include "framework/base/error.hpp"
#include "framework/cuda/libraries/algorithm_choice.hpp"
#include "framework/cuda/libraries/engine_choice.hpp"
#include "framework/cuda/libraries/plan_cache.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/handle.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/device/precision.hpp"

#include <limits>
#include <utility>

namespace credence::cuda {
namespace {

cudnnStatus_t destroy(cudnnTensorDescriptor_t it) { return cudnn().destroy_tensor_descriptor(it); }
cudnnStatus_t destroy(cudnnFilterDescriptor_t it) { return cudnn().destroy_filter_descriptor(it); }
cudnnStatus_t destroy(cudnnConvolutionDescriptor_t it) {
  return cudnn().destroy_convolution_descriptor(it);
}

template <class Handle>
using OwnedHandle = Owned<Handle, static_cast<cudnnStatus_t (*)(Handle)>(&destroy)>;
using TensorDescriptor = OwnedHandle<cudnnTensorDescriptor_t>;
using FilterDescriptor = OwnedHandle<cudnnFilterDescriptor_t>;
using ConvolutionDescriptor = OwnedHandle<cudnnConvolutionDescriptor_t>;

cudnnHandle_t make_handle() {
  cudnnHandle_t handle = nullptr;
  const cudaStream_t work = stream();
  check(cudnn().create(&handle), "cuda");
  check(cudnn().set_stream(handle, work), "cuda");
  return handle;
}

std::string text(const Extents3& e) {
  return std::to_string(e[0]) + "x" + std::to_string(e[1]) + "x" + std::to_string(e[2]);
}

Extents with_channels(std::int64_t outer, std::int64_t channels, const Extents& extents) {
  Extents all{outer, channels};
  all.insert(all.end(), extents.begin(), extents.end());
  return all;
}

// The library takes 32-bit numbers here.
std::vector<int> narrow(const std::string& op, const Extents& extents) {
  std::vector<int> narrowed;
  for (const std::int64_t extent : extents) {
    if (extent > std::numeric_limits<int>::max()) throw ShapeError("[" + op + "] is too large");
    narrowed.push_back(static_cast<int>(extent));
  }
  return narrowed;
}

TensorDescriptor make_tensor(const std::string& op, cudnnDataType_t type, const Extents& extents) {
  cudnnTensorDescriptor_t descriptor = nullptr;
  check(cudnn().create_tensor_descriptor(&descriptor), op);
  TensorDescriptor owned(descriptor);
  check(cudnn().set_tensor_nd_descriptor(descriptor, type, static_cast<int>(extents.size()),
                                         narrow(op, extents).data(),
                                         narrow(op, strides(extents)).data()),
        op);
  return owned;
}

FilterDescriptor make_filter(const std::string& op, cudnnDataType_t type, const Extents& extents) {
  cudnnFilterDescriptor_t descriptor = nullptr;
  check(cudnn().create_filter_descriptor(&descriptor), op);
  FilterDescriptor owned(descriptor);
  check(cudnn().set_filter_nd_descriptor(descriptor, type, CUDNN_TENSOR_NCHW,
                                         static_cast<int>(extents.size()),
                                         narrow(op, extents).data()),
        op);
  return owned;
}

ConvolutionDescriptor make_convolution(const std::string& op, cudnnDataType_t sum_type,
                                       cudnnMathType_t math, const ConvolutionShape& s) {
  cudnnConvolutionDescriptor_t descriptor = nullptr;
  check(cudnn().create_convolution_descriptor(&descriptor), op);
  ConvolutionDescriptor owned(descriptor);
  const std::vector<int> padding = narrow(op, spatial(s, s.padding));
  check(cudnn().set_convolution_nd_descriptor(
            descriptor, static_cast<int>(padding.size()), padding.data(),
            narrow(op, spatial(s, s.stride)).data(), narrow(op, spatial(s, s.dilation)).data(),
            CUDNN_CROSS_CORRELATION, sum_type),
        op);
  check(cudnn().set_convolution_group_count(descriptor, static_cast<int>(s.groups)), op);
  check(cudnn().set_convolution_math_type(descriptor, math), op);
  return owned;
}

template <class Algorithm>
struct Plan {
  TensorDescriptor x;
  FilterDescriptor weight;
  ConvolutionDescriptor convolution;  ///< with the math type of the candidate that runs
  TensorDescriptor y;
  std::vector<Candidate<Algorithm>> candidates{};  ///< not empty
};

template <class T>
cudnnMathType_t math_type() {
  if (std::is_same_v<T, BFloat16>) return CUDNN_TENSOR_OP_MATH;
  return may_use_tensor_cores<T>(precision()) ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
}

// The three passes: what the library calls their algorithms, and how it is asked and told.
struct Forward {
  static constexpr const char* kName = "convolution";
  using Algorithm = cudnnConvolutionFwdAlgo_t;
  using Performance = cudnnConvolutionFwdAlgoPerf_t;
  static constexpr int kCount = CUDNN_CONVOLUTION_FWD_ALGO_COUNT;
  static cudnnStatus_t ask(const Plan<Algorithm>& p, int* count, Performance* found) {
    return cudnn().get_convolution_forward_algorithm(cudnn_handle(), p.x.get(), p.weight.get(),
                                                     p.convolution.get(), p.y.get(), kCount, count,
                                                     found);
  }
};

struct BackwardData {
  static constexpr const char* kName = "convolution's gradient of x";
  using Algorithm = cudnnConvolutionBwdDataAlgo_t;
  using Performance = cudnnConvolutionBwdDataAlgoPerf_t;
  static constexpr int kCount = CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT;
  static cudnnStatus_t ask(const Plan<Algorithm>& p, int* count, Performance* found) {
    return cudnn().get_convolution_backward_data_algorithm(cudnn_handle(), p.weight.get(),
                                                           p.y.get(), p.convolution.get(),
                                                           p.x.get(), kCount, count, found);
  }
};

struct BackwardWeight {
  static constexpr const char* kName = "convolution's gradient of the weight";
  using Algorithm = cudnnConvolutionBwdFilterAlgo_t;
  using Performance = cudnnConvolutionBwdFilterAlgoPerf_t;
  static constexpr int kCount = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT;
  static cudnnStatus_t ask(const Plan<Algorithm>& p, int* count, Performance* found) {
    return cudnn().get_convolution_backward_filter_algorithm(cudnn_handle(), p.x.get(), p.y.get(),
                                                             p.convolution.get(), p.weight.get(),
                                                             kCount, count, found);
  }
};

template <class T, class Pass>
Plan<typename Pass::Algorithm> make_plan(const ConvolutionShape& s) {
  const std::string op = describe(Pass::kName, s);
  const cudnnDataType_t type = kDataType<T>;
  Plan<typename Pass::Algorithm> plan{make_tensor(op, type, x_extents(s)),
                                      make_filter(op, type, weight_extents(s)),
                                      make_convolution(op, kDataType<SumOf<T>>, math_type<T>(), s),
                                      make_tensor(op, type, y_extents(s))};
  std::vector<typename Pass::Performance> found(static_cast<std::size_t>(Pass::kCount));
  int count = 0;
  check(Pass::ask(plan, &count, found.data()), op);
  found.resize(static_cast<std::size_t>(count));
  const bool only_fma = std::is_same_v<T, float> && !may_use_tensor_cores<T>(precision());
  plan.candidates = usable(found, {only_fma, kMostWorkspaceBytes});
  if (plan.candidates.empty()) {
    throw Error("[" + op + "] cuDNN has no deterministic algorithm for it");
  }
  return plan;
}

// Calls run(plan, algorithm, workspace, one, zero) with the first algorithm that is supported.
template <class T, class Pass, class Run>
void with_plan(const ConvolutionShape& s, Run run) {
  using Key = std::pair<Precision, decltype(key_of(s))>;
  using Cache = PlanCache<Key, Plan<typename Pass::Algorithm>>;
  static Cache& plans = *new Cache;
  auto& plan = plans.get(Key(precision(), key_of(s)), [&] { return make_plan<T, Pass>(s); });
  const SumOf<T> one = 1;
  const SumOf<T> zero = 0;
  const cudnnStatus_t status = run_first_supported(plan.candidates, [&](const auto& candidate) {
    const cudnnStatus_t set =
        cudnn().set_convolution_math_type(plan.convolution.get(), candidate.math);
    if (set != CUDNN_STATUS_SUCCESS) return set;
    const Workspace<std::byte> workspace(static_cast<std::int64_t>(candidate.workspace_bytes));
    return run(plan, candidate, workspace.data(), &one, &zero);
  });
  if (status != CUDNN_STATUS_SUCCESS) check(status, describe(Pass::kName, s));
}

}  // namespace

void check(cudnnStatus_t status, const std::string& operation) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  throw Error("[" + operation + "] cuDNN: " + cudnn().get_error_string(status));
}

// Never destroyed: the driver may be gone before objects of static lifetime are.
cudnnHandle_t cudnn_handle() {
  static const cudnnHandle_t handle = make_handle();
  return handle;
}

std::string describe(const char* op, const ConvolutionShape& s) {
  return std::string(op) + " of " + std::to_string(s.batch) + " images of " +
         std::to_string(s.in_channels) + " channels " + text(s.input) + " with " +
         std::to_string(s.out_channels) + " kernels " + text(s.kernel) + " in " +
         std::to_string(s.groups) + " groups";
}

Extents strides(const Extents& extents) {
  Extents steps(extents.size(), 1);
  for (std::size_t i = extents.size() - 1; i > 0; --i) steps[i - 1] = steps[i] * extents[i];
  return steps;
}

Extents spatial(const ConvolutionShape& s, const Extents3& e) {
  const bool flat = s.input[0] == 1 && s.kernel[0] == 1 && s.output[0] == 1;
  return Extents(e.begin() + (flat ? 1 : 0), e.end());
}

Extents x_extents(const ConvolutionShape& s) {
  return with_channels(s.batch, s.in_channels, spatial(s, s.input));
}
Extents weight_extents(const ConvolutionShape& s) {
  return with_channels(s.out_channels, s.in_channels / s.groups, spatial(s, s.kernel));
}
Extents y_extents(const ConvolutionShape& s) {
  return with_channels(s.batch, s.out_channels, spatial(s, s.output));
}

template <class T>
void convolve(const ConvolutionShape& s, const T* x, const T* weight, T* y) {
  with_plan<T, Forward>(s, [&](const auto& plan, const auto& chosen, std::byte* workspace,
                               const auto* one, const auto* zero) {
    return cudnn().convolution_forward(cudnn_handle(), one, plan.x.get(), x, plan.weight.get(),
                                       weight, plan.convolution.get(), chosen.algorithm, workspace,
                                       chosen.workspace_bytes, zero, plan.y.get(), y);
  });
}

template <class T>
void convolve_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                            T* grad_x) {
  with_plan<T, BackwardData>(s, [&](const auto& plan, const auto& chosen, std::byte* workspace,
                                    const auto* one, const auto* zero) {
    return cudnn().convolution_backward_data(cudnn_handle(), one, plan.weight.get(), weight,
                                             plan.y.get(), grad_y, plan.convolution.get(),
                                             chosen.algorithm, workspace, chosen.workspace_bytes,
                                             zero, plan.x.get(), grad_x);
  });
}

template <class T>
void convolve_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y,
                              T* grad_weight) {
  with_plan<T, BackwardWeight>(s, [&](const auto& plan, const auto& chosen, std::byte* workspace,
                                      const auto* one, const auto* zero) {
    return cudnn().convolution_backward_filter(
        cudnn_handle(), one, plan.x.get(), x, plan.y.get(), grad_y, plan.convolution.get(),
        chosen.algorithm, workspace, chosen.workspace_bytes, zero, plan.weight.get(), grad_weight);
  });
}

template void convolve(const ConvolutionShape&, const float*, const float*, float*);
template void convolve(const ConvolutionShape&, const double*, const double*, double*);
template void convolve(const ConvolutionShape&, const BFloat16*, const BFloat16*, BFloat16*);
template void convolve_backward_data(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                                     BFloat16*);
template void convolve_backward_weight(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                                       BFloat16*);
template void convolve_backward_data(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_data(const ConvolutionShape&, const double*, const double*,
                                     double*);
template void convolve_backward_weight(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_weight(const ConvolutionShape&, const double*, const double*,
                                       double*);

}  // namespace credence::cuda
