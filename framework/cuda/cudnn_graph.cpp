// Convolutions with a bias and ReLU in one kernel, by cuDNN's graph interface: it is told the
// operations one by one and names engines that do them all at once.
#include "framework/cuda/alignment.hpp"
#include "framework/cuda/check.hpp"
#include "framework/cuda/context.hpp"
#include "framework/cuda/cudnn.hpp"
#include "framework/cuda/cudnn_descriptor.hpp"
#include "framework/cuda/engine_choice.hpp"
#include "framework/cuda/plan_cache.hpp"
#include "framework/cuda/workspace.hpp"

#include <optional>
#include <utility>

namespace credence::cuda {
namespace {

constexpr const char* kName = "convolution with bias and activation";

// The arrays, and what lies between two operations and is nowhere stored.
constexpr std::int64_t kX = 1;
constexpr std::int64_t kWeight = 2;
constexpr std::int64_t kBias = 3;
constexpr std::int64_t kY = 4;
constexpr std::int64_t kProduct = 5;
constexpr std::int64_t kSum = 6;

// No kernel asks for more.
constexpr std::int64_t kMostAlignment = 16;

std::int64_t alignment(const void* array) {
  return static_cast<std::int64_t>(alignment_of({array}, kMostAlignment));
}

// What follows the convolution, and the alignment of the arrays.
struct Fusion {
  bool bias;
  bool relu;  ///< after a bias only
  std::int64_t x_alignment;
  std::int64_t weight_alignment;
  std::int64_t bias_alignment;
  std::int64_t y_alignment;

  auto key() const {
    return std::tuple(bias, relu, x_alignment, weight_alignment, bias_alignment, y_alignment);
  }
};

Descriptor make_tensor(std::int64_t id, cudnnDataType_t type, const Extents& extents,
                       std::int64_t byte_alignment, bool stored = true) {
  Descriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, type);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, extents);
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, strides(extents));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, byte_alignment);
  tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, !stored);
  tensor.finalize();
  return tensor;
}

// The groups follow from the channels of x and of the weight.
Descriptor convolution_of(const ConvolutionShape& s, cudnnDataType_t sum_type, const Descriptor& x,
                          const Descriptor& weight, const Descriptor& y) {
  const Extents padding = spatial(s, s.padding);
  Descriptor convolution(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, sum_type);
  convolution.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, static_cast<std::int64_t>(padding.size()));
  convolution.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding);
  convolution.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding);
  convolution.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, spatial(s, s.stride));
  convolution.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, spatial(s, s.dilation));
  convolution.finalize();

  Descriptor operation(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, weight);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0F);
  operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0F);
  operation.finalize();
  return operation;
}

Descriptor pointwise_of(const Descriptor& function, const Descriptor& x, const Descriptor* bias,
                        const Descriptor& y) {
  Descriptor operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
  if (bias != nullptr) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *bias);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  operation.finalize();
  return operation;
}

Descriptor make_sum(cudnnDataType_t type) {
  Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  function.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_ADD);
  function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, type);
  function.finalize();
  return function;
}

Descriptor make_relu(cudnnDataType_t type) {
  Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  function.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_RELU_FWD);
  function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, type);
  function.set(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, CUDNN_PROPAGATE_NAN);
  function.finalize();
  return function;
}

template <class T>
Descriptor make_graph(const ConvolutionShape& s, const Fusion& fusion) {
  constexpr cudnnDataType_t kType = kDataType<T>;
  constexpr cudnnDataType_t kSumType = kDataType<SumOf<T>>;
  const Extents extents = y_extents(s);
  Extents bias_extents(extents.size(), 1);
  bias_extents[1] = s.out_channels;
  const Descriptor x = make_tensor(kX, kType, x_extents(s), fusion.x_alignment);
  const Descriptor weight = make_tensor(kWeight, kType, weight_extents(s), fusion.weight_alignment);
  const Descriptor bias = make_tensor(kBias, kSumType, bias_extents, fusion.bias_alignment);
  const Descriptor y = make_tensor(kY, kSumType, extents, fusion.y_alignment);
  const Descriptor product = make_tensor(kProduct, kSumType, extents, kMostAlignment, false);
  const Descriptor sum = make_tensor(kSum, kSumType, extents, kMostAlignment, false);

  std::vector<Descriptor> operations;
  operations.push_back(convolution_of(s, kSumType, x, weight, fusion.bias ? product : y));
  if (fusion.bias) {
    operations.push_back(pointwise_of(make_sum(kSumType), product, &bias, fusion.relu ? sum : y));
  }
  if (fusion.relu) {
    operations.push_back(pointwise_of(make_relu(kSumType), sum, nullptr, y));
  }
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, cudnn());
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  graph.finalize();
  return graph;
}

std::vector<Descriptor> configurations(const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  heuristics.finalize();
  return heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
}

// Nothing where the library does not tell.
std::optional<EngineNotes> notes_of(Descriptor& configuration) {
  std::vector<Descriptor> engines =
      configuration.descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  if (engines.empty()) return {};
  EngineNotes notes;
  for (const cudnnBackendNumericalNote_t note :
       engines[0].values<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE)) {
    notes.nondeterministic |= note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
    notes.tensor_cores |= note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
    notes.rounds_factors |= note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
    notes.rounds_sums |= note == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION;
  }
  if (!engines[0].succeeded()) return {};
  return notes;
}

struct Plan {
  Descriptor execution;
  std::int64_t workspace_bytes;
};

std::optional<Plan> plan_of(Descriptor& configuration, const EngineLimits& limits) {
  const std::optional<EngineNotes> notes = notes_of(configuration);
  if (!notes || !limits.allow(*notes)) return {};
  Descriptor execution(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  execution.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, cudnn());
  execution.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
  execution.finalize();
  const std::vector<std::int64_t> bytes =
      execution.values<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  if (bytes.size() != 1 || !limits.allow_workspace(bytes[0])) return {};
  return Plan{std::move(execution), bytes[0]};
}

// That of the first engine that keeps to the limits, of which the library names the fastest first;
// nothing where none does.
template <class T>
std::optional<Plan> make_plan(const ConvolutionShape& s, const Fusion& fusion) {
  const EngineLimits limits{may_use_tensor_cores<T>(precision()), kMostWorkspaceBytes};
  const Descriptor graph = make_graph<T>(s, fusion);
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (Descriptor& configuration : configurations(graph, mode)) {
      std::optional<Plan> plan = plan_of(configuration, limits);
      if (plan) return plan;
    }
  }
  return {};
}

cudnnStatus_t execute(const Plan& plan, const std::vector<std::int64_t>& ids,
                      const std::vector<void*>& arrays) {
  const Workspace<std::byte> workspace(plan.workspace_bytes);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, arrays);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, static_cast<void*>(workspace.data()));
  pack.finalize();
  if (!pack.succeeded()) return pack.status();
  return cudnnBackendExecute(cudnn(), plan.execution.get(), pack.get());
}

}  // namespace

template <class T>
bool convolve_fused(const ConvolutionShape& s, const T* x, const T* weight, const SumOf<T>* bias,
                    bool relu, SumOf<T>* y) {
  // The library has ReLU only after a bias: zeros stand for one that is missing.
  const bool zeros_needed = relu && bias == nullptr;
  const Workspace<SumOf<T>> zeros(zeros_needed ? s.out_channels : 0);
  if (zeros_needed) bias = zeros.data();
  const Fusion fusion{bias != nullptr, relu,        alignment(x), alignment(weight),
                      alignment(bias), alignment(y)};
  using Key = std::tuple<Precision, decltype(key_of(s)), decltype(fusion.key())>;
  using Cache = PlanCache<Key, std::optional<Plan>>;
  static Cache& plans = *new Cache;
  const std::optional<Plan>& plan =
      plans.get(Key(precision(), key_of(s), fusion.key()), [&] { return make_plan<T>(s, fusion); });
  if (!plan) return false;
  if (zeros_needed) {
    check(cudaMemsetAsync(zeros.data(), 0,
                          sizeof(SumOf<T>) * static_cast<std::size_t>(s.out_channels), stream()),
          kName);
  }
  std::vector<std::int64_t> ids{kX, kWeight, kY};
  std::vector<void*> arrays{const_cast<T*>(x), const_cast<T*>(weight), y};
  if (bias != nullptr) {
    ids.push_back(kBias);
    arrays.push_back(const_cast<SumOf<T>*>(bias));
  }
  const cudnnStatus_t status = execute(*plan, ids, arrays);
  if (status != CUDNN_STATUS_SUCCESS) check(status, describe(kName, s));
  return true;
}

// Double precision is for checks, which may take their time.
template <>
bool convolve_fused(const ConvolutionShape&, const double*, const double*, const double*, bool,
                    double*) {
  return false;
}

template bool convolve_fused(const ConvolutionShape&, const float*, const float*, const float*,
                             bool, float*);
template bool convolve_fused(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                             const float*, bool, float*);

}  // namespace credence::cuda
