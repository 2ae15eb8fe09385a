// The running mean of each parameter.
#include "framework/train/weight_average.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/schedule.hpp"
#include "framework/train/run_state.hpp"

#include <algorithm>
#include <utility>

namespace credence::train {
namespace {

constexpr const char* kCount = "count";
const std::string kMean = "mean.";

void require_same_parameters(const std::vector<nn::NamedParameter>& parameters,
                             const std::map<std::string, Tensor>& means) {
  const auto has_mean = [&](const nn::NamedParameter& p) {
    const auto mean = means.find(p.name);
    const Tensor& value = p.parameter->value();
    return mean != means.end() && mean->second.shape() == value.shape() &&
           mean->second.dtype() == value.dtype();
  };
  if (means.size() != parameters.size() ||
      !std::all_of(parameters.begin(), parameters.end(), has_mean)) {
    throw ValueError("[weight_average] the state to go on from is of another model");
  }
}

}  // namespace

WeightAverage::WeightAverage(double start)
    : start_(start), count_(Tensor::zeros({1}, DType::int64)) {
  if (!(start >= 0 && start < 1)) {
    throw ValueError("[weight_average] starts at a share of the run in [0, 1), not " +
                     std::to_string(start));
  }
}

void WeightAverage::after_step(nn::Module& model, const TrainingPosition& position) {
  if (position.step < optim::swa_start_step(start_, position.steps)) return;
  const NoGrad no_grad;
  const std::vector<nn::NamedParameter> parameters = nn::parameters(model);
  if (means_.empty()) {
    for (const nn::NamedParameter& p : parameters) {
      means_.emplace(p.name, Tensor::zeros_like(p.parameter->value()));
    }
  }
  require_same_parameters(parameters, means_);
  const double share = 1 / static_cast<double>(++*count_.data<std::int64_t>());
  const bool last = position.step + 1 == position.steps;
  for (const nn::NamedParameter& p : parameters) {
    Tensor value = p.parameter->value();
    Tensor& stored = means_.at(p.name);
    const Variable mean(stored.to(value.device()));
    stored = (mean + (Variable(value) - mean) * share).value();
    if (last) value.copy_from(stored);
  }
}

std::vector<NamedTensor> WeightAverage::state() const {
  std::vector<NamedTensor> state{{kCount, count_}};
  for (const auto& [name, mean] : means_) state.push_back({kMean + name, mean});
  return state;
}

void WeightAverage::restore(const io::SafeTensors& state) {
  const Tensor* const count = state.find(kCount);
  if (count == nullptr || count->dtype() != DType::int64 || count->numel() != 1 ||
      !is_count(*count->data<std::int64_t>())) {
    throw ValueError("[weight_average] the state to go on from has no fitting \"count\"");
  }
  count_ = count->clone();
  means_.clear();
  for (const NamedTensor& stored : state.tensors) {
    if (!stored.name.starts_with(kMean)) continue;
    means_.emplace(stored.name.substr(kMean.size()), stored.tensor.clone());
  }
}

}  // namespace credence::train
