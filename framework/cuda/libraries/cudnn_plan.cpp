// Plans of cuDNN's graph interface: the graph of a convolution's pass, with a bias and ReLU, and
// the choice of an engine for it.
#include "framework/cuda/libraries/cudnn_plan.hpp"

#include <utility>
#include <vector>

namespace credence::cuda {
namespace {

// The values between two operations, which are not stored.
constexpr std::int64_t kProduct = 5;
constexpr std::int64_t kSum = 6;

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

// What the library calls a pass, and the attributes of its operation.
struct PassNames {
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t convolution;
  cudnnBackendAttributeName_t x;
  cudnnBackendAttributeName_t weight;
  cudnnBackendAttributeName_t y;
  cudnnBackendAttributeName_t alpha;
  cudnnBackendAttributeName_t beta;
};

PassNames names_of(ConvolutionPass pass) {
  switch (pass) {
    case ConvolutionPass::backward_data:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case ConvolutionPass::backward_weight:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
    case ConvolutionPass::forward:
      break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
}

// The number of groups follows from the channels of x and of the weight. Sum is the type of sums.
template <class Sum>
Descriptor convolution_of(ConvolutionPass pass, const ConvolutionShape& s, const Descriptor& x,
                          const Descriptor& weight, const Descriptor& y) {
  const Extents padding = spatial(s, s.padding);
  Descriptor convolution(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, kDataType<Sum>);
  convolution.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, static_cast<std::int64_t>(padding.size()));
  convolution.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding);
  convolution.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding);
  convolution.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, spatial(s, s.stride));
  convolution.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, spatial(s, s.dilation));
  convolution.finalize();

  const PassNames names = names_of(pass);
  Descriptor operation(names.operation);
  operation.set(names.convolution, convolution);
  operation.set(names.x, x);
  operation.set(names.weight, weight);
  operation.set(names.y, y);
  operation.set(names.alpha, Sum(1));
  operation.set(names.beta, Sum(0));
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

Descriptor make_function(cudnnPointwiseMode_t mode, cudnnDataType_t type) {
  Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  function.set(CUDNN_ATTR_POINTWISE_MODE, mode);
  function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, type);
  if (mode == CUDNN_POINTWISE_RELU_FWD) {
    function.set(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, CUDNN_PROPAGATE_NAN);
  }
  function.finalize();
  return function;
}

template <class T>
Descriptor make_graph(const Descriptor* device, const ConvolutionShape& s,
                      const PlanRequest& request, const Alignments& alignments) {
  using Sum = SumOf<T>;
  constexpr cudnnDataType_t kSumType = kDataType<Sum>;
  const auto type_of = [&](ConvolutionPass pass) {
    return request.pass == pass && request.wide ? kSumType : kDataType<T>;
  };
  const Extents extents = y_extents(s);
  Extents bias_extents(extents.size(), 1);
  bias_extents[1] = s.out_channels;
  const Descriptor x =
      make_tensor(kX, type_of(ConvolutionPass::backward_data), x_extents(s), alignments.x);
  const Descriptor weight = make_tensor(kWeight, type_of(ConvolutionPass::backward_weight),
                                        weight_extents(s), alignments.weight);
  const Descriptor bias = make_tensor(kBias, kSumType, bias_extents, alignments.bias);
  const Descriptor y = make_tensor(kY, type_of(ConvolutionPass::forward), extents, alignments.y);
  const Descriptor product = make_tensor(kProduct, kSumType, extents, kMostAlignment, false);
  const Descriptor sum = make_tensor(kSum, kSumType, extents, kMostAlignment, false);

  std::vector<Descriptor> operations;
  operations.push_back(convolution_of<Sum>(request.pass, s, x, weight, request.bias ? product : y));
  if (request.bias) {
    operations.push_back(pointwise_of(make_function(CUDNN_POINTWISE_ADD, kSumType), product, &bias,
                                      request.relu ? sum : y));
  }
  if (request.relu) {
    operations.push_back(
        pointwise_of(make_function(CUDNN_POINTWISE_RELU_FWD, kSumType), sum, nullptr, y));
  }
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  if (device == nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, cudnn_handle());
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  graph.finalize();
  return graph;
}

std::vector<Descriptor> configurations(const Descriptor* device, const Descriptor& graph,
                                       cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (device != nullptr) heuristics.set(kHeuristicsDevice, *device);
  heuristics.finalize();
  return heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
}

// The notes of a configuration's engine; nothing where the library does not report them.
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
    notes.transforms |= note == CUDNN_NUMERICAL_NOTE_FFT || note == CUDNN_NUMERICAL_NOTE_WINOGRAD;
  }
  if (!engines[0].succeeded()) return {};
  return notes;
}

std::optional<Plan> plan_of(const Descriptor* device, Descriptor& configuration,
                            const EngineLimits& limits) {
  const std::optional<EngineNotes> notes = notes_of(configuration);
  if (!notes || !limits.allow(*notes)) return {};
  Descriptor execution(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  if (device == nullptr) {
    execution.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, cudnn_handle());
  } else {
    execution.set(kPlanDevice, *device);
  }
  execution.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
  execution.finalize();
  const std::vector<std::int64_t> bytes =
      execution.values<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  if (bytes.size() != 1 || !limits.allow_workspace(bytes[0])) return {};
  return Plan{std::move(execution), {*notes, bytes[0]}};
}

}  // namespace

template <class T>
std::optional<Plan> make_plan(const Descriptor* device, Precision precision,
                              const ConvolutionShape& s, const PlanRequest& request,
                              const Alignments& alignments, int skipped) {
  const EngineLimits limits{may_use_tensor_cores<T>(precision), kMostWorkspaceBytes};
  const Descriptor graph = make_graph<T>(device, s, request, alignments);
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (Descriptor& configuration : configurations(device, graph, mode)) {
      std::optional<Plan> plan = plan_of(device, configuration, limits);
      if (plan && skipped-- == 0) return plan;
    }
  }
  return {};
}

template std::optional<Plan> make_plan<float>(const Descriptor*, Precision, const ConvolutionShape&,
                                              const PlanRequest&, const Alignments&, int);
template std::optional<Plan> make_plan<double>(const Descriptor*, Precision,
                                               const ConvolutionShape&, const PlanRequest&,
                                               const Alignments&, int);
template std::optional<Plan> make_plan<BFloat16>(const Descriptor*, Precision,
                                                 const ConvolutionShape&, const PlanRequest&,
                                                 const Alignments&, int);

}  // namespace credence::cuda
