// The divergence from normal priors with one variance for each row, at its best value.
#include "bayes/prior/group_ard.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <vector>

namespace credence::bayes {
namespace {

class GroupArdPrior : public WeightPrior {
 public:
  bool has_closed_form(const WeightPosterior& posterior) const override {
    return posterior.independent_normal();
  }
  Variable kl_divergence(const WeightPosterior& posterior) const override {
    const Variable second_moments = square(posterior.mean()) + posterior.variance();
    std::vector<int> within_row;
    for (int d = 1; d < second_moments.shape().rank(); ++d) within_row.push_back(d);
    const Variable row_variances =
        within_row.empty() ? second_moments : mean(second_moments, within_row);
    const auto n = static_cast<double>(second_moments.shape().numel_from(1));
    return 0.5 * (n * sum(log(row_variances)) - sum(posterior.log_variance()));
  }
};

}  // namespace

std::unique_ptr<WeightPrior> GroupArd::operator()(const WeightPosterior& posterior) const {
  if (!posterior.independent_normal()) {
    throw ValueError("[prior] the prior group-ard needs a posterior of independent normal weights");
  }
  return std::make_unique<GroupArdPrior>();
}

}  // namespace credence::bayes
