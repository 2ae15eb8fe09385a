// Sums of losses, terms and correct samples, in double precision on the model's device.
#include "framework/train/running_sums.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/train/evaluate.hpp"

#include <algorithm>
#include <cmath>

namespace credence::train {
namespace {

constexpr std::int64_t kCorrect = 0;
constexpr std::int64_t kFiniteChecks = 1;
constexpr std::int64_t kLoss = 2;
constexpr std::int64_t kTerms = 3;
constexpr std::size_t kMostTerms = Scalars<float>::kMost - 1;

}  // namespace

RunningSums::RunningSums(Device device, const EpochSums& begun) {
  std::vector<double> totals(kTerms + kMostTerms, 0.0);
  totals[kCorrect] = static_cast<double>(begun.correct);
  totals[kLoss] = begun.loss;
  for (std::size_t i = 0; i < begun.terms.size(); ++i) {
    terms_.push_back(begun.terms[i].first);
    totals.at(kTerms + i) = begun.terms[i].second;
  }
  totals_ = Tensor::from({static_cast<std::int64_t>(totals.size())}, totals).to(device);
}

void RunningSums::add(const Loss& loss, const Tensor& labels) {
  if (terms_.empty()) {
    for (const NamedTensor& term : loss.terms) terms_.push_back(term.name);
  }
  const bool same =
      std::equal(terms_.begin(), terms_.end(), loss.terms.begin(), loss.terms.end(),
                 [](const std::string& own, const NamedTensor& term) { return own == term.name; });
  if (!same) throw Error("[fit] the objective must report the same terms for every batch");
  if (terms_.size() > kMostTerms) {
    throw Error("[fit] the objective reports " + std::to_string(terms_.size()) +
                " terms, at most " + std::to_string(kMostTerms) + " can be summed up");
  }
  double* const totals = totals_.data<double>();
  visit_kernels(loss.scores, [&]<class T>(const Kernels<T>& kernels) {
    Scalars<T> scalars{.values = {loss.total.value().data<T>()}};
    scalars.count = 1;
    for (const NamedTensor& term : loss.terms) {
      scalars.values[static_cast<std::size_t>(scalars.count++)] = term.tensor.data<T>();
    }
    kernels.add_scalars(scalars, static_cast<double>(labels.numel()), totals + kLoss);
    kernels.add_correct(loss.scores.shape()[0], loss.scores.shape()[1], loss.scores.data<T>(),
                        labels.data<std::int64_t>(), totals + kCorrect);
  });
}

void RunningSums::add_finite_check(const Tensor& scalar) {
  visit_kernels(scalar, [&]<class T>(const Kernels<T>& kernels) {
    kernels.add_scalars({1, {scalar.data<T>()}}, 1, totals_.data<double>() + kFiniteChecks);
  });
}

bool RunningSums::read(EpochSums& sums) const {
  const Tensor totals = totals_.to(Device::cpu);
  const double* const values = totals.data<double>();
  require_labels("fit", values[kCorrect]);
  sums.correct = static_cast<std::int64_t>(values[kCorrect]);
  sums.loss = values[kLoss];
  sums.terms.clear();
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    sums.terms.emplace_back(terms_[i], values[kTerms + static_cast<std::int64_t>(i)]);
  }
  return std::isfinite(values[kLoss]) && std::isfinite(values[kFiniteChecks]);
}

}  // namespace credence::train
