// The passes of convolutions through cuDNN's graph interface: it gets the operations one by one and
// finds engines that compute them together.
#include "framework/cuda/libraries/alignment.hpp"
#include "framework/cuda/libraries/candidates.hpp"
#include "framework/cuda/libraries/cudnn_plan.hpp"
#include "framework/cuda/libraries/plan_cache.hpp"
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/workspace.hpp"

#include <optional>
#include <utility>

namespace credence::cuda {
namespace {

// The arrays of a pass. Two are read, and the third one is written.
struct Arrays {
  const void* x;
  const void* weight;
  const void* bias;  // may be null
  const void* y;
};

std::int64_t alignment(const void* array) {
  return static_cast<std::int64_t>(alignment_of({array}, kMostAlignment));
}

const char* name_of(ConvolutionPass pass) {
  switch (pass) {
    case ConvolutionPass::backward_data:
      return "convolution's gradient of x";
    case ConvolutionPass::backward_weight:
      return "convolution's gradient of the weight";
    case ConvolutionPass::forward:
      break;
  }
  return "convolution";
}

cudnnStatus_t execute(const Plan& plan, const Arrays& arrays) {
  std::vector<std::int64_t> ids{kX, kWeight, kY};
  std::vector<void*> pointers{const_cast<void*>(arrays.x), const_cast<void*>(arrays.weight),
                              const_cast<void*>(arrays.y)};
  if (arrays.bias != nullptr) {
    ids.push_back(kBias);
    pointers.push_back(const_cast<void*>(arrays.bias));
  }
  const Workspace<std::byte> workspace(plan.properties.workspace_bytes);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, pointers);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, static_cast<void*>(workspace.data()));
  pack.finalize();
  if (!pack.succeeded()) return pack.status();
  return cudnn().backend_execute(cudnn_handle(), plan.execution.get(), pack.get());
}

// Computes the pass. Returns false, with nothing done, where the library has no engine for it.
template <class T>
bool run(const ConvolutionShape& s, const PlanRequest& request, const Arrays& arrays) {
  const Alignments alignments{alignment(arrays.x), alignment(arrays.weight), alignment(arrays.bias),
                              alignment(arrays.y)};
  using Key = std::tuple<Precision, decltype(key_of(s)), decltype(request.key()),
                         decltype(alignments.key())>;
  using Cache = PlanCache<Key, Candidates<Plan>>;
  static Cache& plans = *new Cache;
  Candidates<Plan>& candidates =
      plans.get(Key(precision(), key_of(s), request.key(), alignments.key()), [&] {
        return Candidates<Plan>([=, at = precision()](int refused) {
          return make_plan<T>(nullptr, at, s, request, alignments, refused);
        });
      });
  const std::optional<cudnnStatus_t> status =
      candidates.run([&](const Plan& plan) { return execute(plan, arrays); });
  if (!status) return false;
  if (*status != CUDNN_STATUS_SUCCESS) check(*status, describe(name_of(request.pass), s));
  return true;
}

template <class T>
void require_run(const ConvolutionShape& s, ConvolutionPass pass, const Arrays& arrays) {
  if (run<T>(s, {.pass = pass}, arrays)) return;
  throw Error("[" + describe(name_of(pass), s) + "] cuDNN has no deterministic engine for it");
}

}  // namespace

template <class T>
void convolve(const ConvolutionShape& s, const T* x, const T* weight, T* y) {
  require_run<T>(s, ConvolutionPass::forward, {x, weight, nullptr, y});
}

template <class T>
bool convolve_fused(const ConvolutionShape& s, const T* x, const T* weight, const SumOf<T>* bias,
                    bool relu, SumOf<T>* y) {
  // Double precision serves checks, where speed does not matter.
  if (std::is_same_v<T, double>) return false;
  // The library supports ReLU only after a bias, so a missing bias is zeros.
  const bool zeros_needed = relu && bias == nullptr;
  const Workspace<SumOf<T>> zeros(zeros_needed ? s.out_channels : 0);
  if (zeros_needed) {
    bias = zeros.data();
    check(cudaMemsetAsync(zeros.data(), 0,
                          sizeof(SumOf<T>) * static_cast<std::size_t>(s.out_channels), stream()),
          "convolution");
  }
  return run<T>(s, {.wide = true, .bias = bias != nullptr, .relu = relu}, {x, weight, bias, y});
}

template <class T>
void convolve_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                            T* grad_x) {
  require_run<T>(s, ConvolutionPass::backward_data, {grad_x, weight, nullptr, grad_y});
}

template <class T>
void convolve_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y,
                              T* grad_weight) {
  require_run<T>(s, ConvolutionPass::backward_weight, {x, grad_weight, nullptr, grad_y});
}

bool can_describe_devices() { return cudnn().get_version() >= 90800; }

std::optional<PlanProperties> plan_on(const std::string& device, DType dtype, Precision precision,
                                      const ConvolutionShape& shape, const PlanRequest& request) {
  Descriptor description(kDeviceDescription);
  description.set(kDeviceAsJson, std::vector<char>(device.begin(), device.end()));
  description.finalize();
  check(description.status(), "the description of a device");
  const auto plan = [&]<class T>(const T*) {
    const std::optional<Plan> made = make_plan<T>(&description, precision, shape, request, {});
    return made ? std::optional(made->properties) : std::nullopt;
  };
  if (dtype == DType::float64) return plan(static_cast<const double*>(nullptr));
  return precision == Precision::bf16 ? plan(static_cast<const BFloat16*>(nullptr))
                                      : plan(static_cast<const float*>(nullptr));
}

template void convolve(const ConvolutionShape&, const float*, const float*, float*);
template void convolve(const ConvolutionShape&, const double*, const double*, double*);
template void convolve(const ConvolutionShape&, const BFloat16*, const BFloat16*, BFloat16*);
template bool convolve_fused(const ConvolutionShape&, const float*, const float*, const float*,
                             bool, float*);
template bool convolve_fused(const ConvolutionShape&, const double*, const double*, const double*,
                             bool, double*);
template bool convolve_fused(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                             const float*, bool, float*);
template void convolve_backward_data(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_data(const ConvolutionShape&, const double*, const double*,
                                     double*);
template void convolve_backward_data(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                                     BFloat16*);
template void convolve_backward_weight(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_weight(const ConvolutionShape&, const double*, const double*,
                                       double*);
template void convolve_backward_weight(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                                       BFloat16*);

}  // namespace credence::cuda
