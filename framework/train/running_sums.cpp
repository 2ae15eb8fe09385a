// Sums of losses and monitors, in double precision on the model's device. Scalars whose totals lie
// side by side and have one factor are added by one kernel.
#include "framework/train/running_sums.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cmath>

namespace credence::train {
namespace {

constexpr std::size_t kCheck = 0;
constexpr std::size_t kLoss = 1;
constexpr std::size_t kFirstMonitor = 2;

// A scalar of a batch, and what its total grows by: factor · scalar.
struct Term {
  std::size_t total;
  const Tensor* scalar;
  double factor;
};

double factor_of(const Monitor& monitor, std::int64_t samples, double share) {
  const bool is_mean = monitor.rule == Rule::mean || monitor.rule == Rule::root_mean;
  return is_mean ? static_cast<double>(samples) : monitor.of_means ? share : 1.0;
}

// `terms` are in ascending order of their totals.
template <class T>
void add_terms(const Kernels<T>& kernels, const std::vector<Term>& terms, double* totals) {
  for (std::size_t next = 0; next < terms.size();) {
    const Term& first = terms[next];
    Scalars<T> scalars;
    const auto follows = [&](const Term& term) {
      return term.total == first.total + static_cast<std::size_t>(scalars.count) &&
             term.factor == first.factor && scalars.count < Scalars<T>::kMost;
    };
    for (; next < terms.size() && follows(terms[next]); ++next) {
      scalars.values[static_cast<std::size_t>(scalars.count++)] =
          terms[next].scalar->template data<T>();
    }
    kernels.add_scalars(scalars, first.factor, totals + first.total);
  }
}

}  // namespace

void RunningSums::start(const Totals& begun) {
  begun_ = begun;
  if (listed_.empty()) {
    for (const MonitorSum& sum : begun.monitors) listed_.push_back({.sum = sum});
  }
  if (totals_.defined()) write_begun(totals_.device());
}

void RunningSums::write_begun(Device device) {
  const std::size_t count = listed_.size();
  std::vector<double> numbers(kFirstMonitor + 2 * count, 0.0);
  numbers[kCheck] = begun_.check;
  numbers[kLoss] = begun_.loss;
  for (std::size_t i = 0; i < begun_.monitors.size(); ++i) {
    numbers.at(kFirstMonitor + i) = begun_.monitors[i].total;
    numbers.at(kFirstMonitor + count + i) = begun_.monitors[i].divisor;
  }
  const Tensor host = Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers);
  if (!totals_.defined()) totals_ = Tensor::empty(host.shape(), DType::float64, device);
  totals_.copy_from(host);
}

void RunningSums::list(const std::vector<Monitor>& monitors) {
  for (const Monitor& monitor : monitors) {
    const auto same_name = [&](const Listed& other) { return other.sum.name == monitor.name; };
    if (monitor.name.empty() || monitor.name.find('\n') != std::string::npos ||
        std::any_of(listed_.begin(), listed_.end(), same_name)) {
      throw Error("[" + caller_ + "] the monitors of an objective need names, one line each and " +
                  "all different, not \"" + monitor.name + "\"");
    }
    listed_.push_back({.sum = {monitor.name, monitor.rule, monitor.display}});
  }
}

void RunningSums::require_listed(const std::vector<Monitor>& monitors) const {
  const bool same =
      std::equal(listed_.begin(), listed_.end(), monitors.begin(), monitors.end(),
                 [](const Listed& own, const Monitor& monitor) {
                   return own.sum.name == monitor.name && own.sum.rule == monitor.rule;
                 });
  if (!same) {
    throw Error("[" + caller_ + "] the objective must report the same monitors for every batch");
  }
}

void RunningSums::add(const Tensor& loss, const std::vector<Monitor>& monitors,
                      std::int64_t samples, double share) {
  if (!totals_.defined() && listed_.empty()) list(monitors);
  require_listed(monitors);
  if (!totals_.defined()) write_begun(loss.device());
  for (std::size_t i = 0; i < monitors.size(); ++i) {
    listed_[i].if_nan = monitors[i].if_nan;
    listed_[i].own_divisor = monitors[i].rule == Rule::ratio && monitors[i].divisor.defined();
  }
  if (share == 0) return;
  const auto checked = [&](const Monitor& monitor, const Tensor& scalar) {
    if (scalar.defined() && scalar.numel() == 1 && scalar.dtype() == loss.dtype() &&
        scalar.device() == loss.device()) {
      return &scalar;
    }
    throw Error(
        "[" + caller_ + "] the monitor \"" + monitor.name + "\" must be a scalar like the " +
        "loss, which is " + to_string(loss.dtype()) + " on " + to_string(loss.device()) + ", not " +
        (scalar.defined() ? std::string(to_string(scalar.dtype())) + ' ' +
                                scalar.shape().to_string() + " on " + to_string(scalar.device())
                          : std::string("undefined")));
  };
  double* const totals = totals_.data<double>();
  std::vector<Term> terms{{kLoss, &loss, static_cast<double>(samples)}};
  for (std::size_t i = 0; i < monitors.size(); ++i) {
    const Monitor& monitor = monitors[i];
    if (monitor.add_to) {
      monitor.add_to(totals + kFirstMonitor + i);
    } else {
      terms.push_back(
          {kFirstMonitor + i, checked(monitor, monitor.value), factor_of(monitor, samples, share)});
    }
  }
  for (std::size_t i = 0; i < monitors.size(); ++i) {
    if (!listed_[i].own_divisor) continue;
    terms.push_back({kFirstMonitor + monitors.size() + i, checked(monitors[i], monitors[i].divisor),
                     factor_of(monitors[i], samples, share) * monitors[i].divisor_factor});
  }
  visit_kernels(loss, [&](const auto& kernels) { add_terms(kernels, terms, totals); });
}

void RunningSums::add_check(const Tensor& scalar) {
  visit_kernels(scalar, [&]<class T>(const Kernels<T>& kernels) {
    kernels.add_scalars({1, {scalar.data<T>()}}, 1, check().data<double>());
  });
}

Tensor RunningSums::check() const { return totals_.slice(kCheck, kCheck + 1); }

Tensor RunningSums::check_and_loss() const { return totals_.slice(kCheck, kLoss + 1); }

RunningSums::Totals RunningSums::read(std::int64_t samples) const {
  if (!totals_.defined()) return begun_;
  const std::vector<double> numbers = totals_.to_vector<double>();
  Totals totals{.loss = numbers[kLoss], .check = numbers[kCheck]};
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    const Listed& listed = listed_[i];
    MonitorSum sum = listed.sum;
    sum.total = numbers[kFirstMonitor + i];
    sum.divisor = listed.own_divisor ? numbers[kFirstMonitor + listed_.size() + i]
                                     : static_cast<double>(samples);
    if (std::isnan(sum.total) && !listed.if_nan.empty()) {
      throw ValueError("[" + caller_ + "] " + listed.if_nan);
    }
    totals.monitors.push_back(std::move(sum));
  }
  return totals;
}

}  // namespace credence::train
