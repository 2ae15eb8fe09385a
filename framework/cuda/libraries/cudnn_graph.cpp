// Convolutions with a bias and ReLU in one kernel, through cuDNN's graph interface: it gets the
// operations one by one and finds engines that compute them together.
#include "framework/cuda/libraries/algorithm_choice.hpp"
#include "framework/cuda/libraries/alignment.hpp"
#include "framework/cuda/libraries/cudnn_plan.hpp"
#include "framework/cuda/libraries/plan_cache.hpp"
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/workspace.hpp"

#include <optional>
#include <utility>

namespace credence::cuda {
namespace {

constexpr const char* kName = "convolution with bias and activation";

std::int64_t alignment(const void* array) {
  return static_cast<std::int64_t>(alignment_of({array}, kMostAlignment));
}

cudnnStatus_t execute(const Plan& plan, const std::vector<std::int64_t>& ids,
                      const std::vector<void*>& arrays) {
  const Workspace<std::byte> workspace(plan.properties.workspace_bytes);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, arrays);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, static_cast<void*>(workspace.data()));
  pack.finalize();
  if (!pack.succeeded()) return pack.status();
  return cudnn().backend_execute(cudnn_handle(), plan.execution.get(), pack.get());
}

// The plan that runs, after those that the library made and then refused to run.
struct Choice {
  std::optional<Plan> plan;
  int refused = 0;
};

}  // namespace

template <class T>
bool convolve_fused(const ConvolutionShape& s, const T* x, const T* weight, const SumOf<T>* bias,
                    bool relu, SumOf<T>* y) {
  // The library supports ReLU only after a bias, so a missing bias is zeros.
  const bool zeros_needed = relu && bias == nullptr;
  const Workspace<SumOf<T>> zeros(zeros_needed ? s.out_channels : 0);
  if (zeros_needed) bias = zeros.data();
  const Fusion fusion{bias != nullptr, relu,        alignment(x), alignment(weight),
                      alignment(bias), alignment(y)};
  using Key = std::tuple<Precision, decltype(key_of(s)), decltype(fusion.key())>;
  using Cache = PlanCache<Key, Choice>;
  static Cache& plans = *new Cache;
  const auto make = [&](int refused) {
    return Choice{make_plan<T>(nullptr, precision(), s, fusion, refused), refused};
  };
  Choice& choice = plans.get(Key(precision(), key_of(s), fusion.key()), [&] { return make(0); });
  if (!choice.plan) return false;
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
  while (choice.plan) {
    const cudnnStatus_t status = execute(*choice.plan, ids, arrays);
    if (!is_unsupported(status)) {
      if (status != CUDNN_STATUS_SUCCESS) check(status, describe(kName, s));
      return true;
    }
    choice = make(choice.refused + 1);
  }
  return false;
}

// Double precision serves checks, where speed does not matter.
template <>
bool convolve_fused(const ConvolutionShape&, const double*, const double*, const double*, bool,
                    double*) {
  return false;
}

bool can_describe_devices() { return cudnn().get_version() >= 90800; }

std::optional<FusedPlan> fused_plan(const std::string& device, Precision precision,
                                    const ConvolutionShape& shape, bool bias, bool relu) {
  Descriptor description(kDeviceDescription);
  description.set(kDeviceAsJson, std::vector<char>(device.begin(), device.end()));
  description.finalize();
  check(description.status(), "the description of a device");
  const Fusion fusion{bias, relu, kMostAlignment, kMostAlignment, kMostAlignment, kMostAlignment};
  const std::optional<Plan> plan = precision == Precision::bf16
                                       ? make_plan<BFloat16>(&description, precision, shape, fusion)
                                       : make_plan<float>(&description, precision, shape, fusion);
  return plan ? std::optional(plan->properties) : std::nullopt;
}

template bool convolve_fused(const ConvolutionShape&, const float*, const float*, const float*,
                             bool, float*);
template bool convolve_fused(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                             const float*, bool, float*);

}  // namespace credence::cuda
