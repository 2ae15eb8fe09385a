// Divergences from normal priors. normal.hpp states the formulas.
#include "bayes/prior/normal.hpp"

#include "bayes/posterior/spread.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/core.h>

namespace credence::bayes {
namespace {

class NormalPrior : public WeightPrior {
 public:
  NormalPrior(const Normal& settings, const Variable& mean) : settings_(settings) {
    check(mean.dtype());
    if (settings.centre == Centre::weights) centre_ = mean.value().clone();
    if (settings.learned) {
      log_variance_ = Variable(
          Tensor::full({}, 2 * std::log(settings.deviation), mean.dtype(), mean.device()), true);
    }
  }

  bool has_closed_form(const WeightPosterior&) const override { return true; }

  Variable kl_divergence(const WeightPosterior& posterior) const override {
    if (!posterior.independent_normal()) return posterior.negative_entropy() + cross(posterior);
    const Variable spread = sum(divergence(posterior.log_variance()));
    if (settings_.centre == Centre::posterior) return spread;
    return spread + 0.5 * sum(square(scaled(distance(posterior.mean()))));
  }

  Variable log_density(const Variable& weight) const override {
    if (settings_.centre == Centre::posterior) {
      throw ValueError("[prior] a prior around the posterior's own mean has no density");
    }
    return -(normaliser(weight) + 0.5 * sum(square(scaled(distance(weight)))));
  }

  void set_centre(const Tensor& weight) override {
    if (settings_.centre == Centre::weights) centre_.copy_from(weight);
  }

  void visit(nn::Visitor& visitor) override {
    if (settings_.centre == Centre::weights) visitor.buffer("prior_mean", centre_);
    if (settings_.learned) {
      visitor.parameter("prior_log_variance", log_variance_, nn::Role::spread);
    }
  }

 private:
  void check(DType dtype) const {
    if (!(settings_.deviation > 0 && std::isfinite(settings_.deviation))) {
      throw ValueError(fmt::format("[prior] the deviation must be positive and finite, not {}",
                                   settings_.deviation));
    }
    if (!fits(1 / settings_.deviation, dtype)) {
      throw ValueError(fmt::format("[prior] the deviation {} is too small for {} weights",
                                   settings_.deviation, to_string(dtype)));
    }
  }

  // w − m
  Variable distance(const Variable& weight) const {
    return settings_.centre == Centre::weights ? weight - Variable(centre_) : weight;
  }

  // x / s. It comes before squares, because 1 / s² may overflow.
  Variable scaled(const Variable& x) const {
    if (settings_.learned) return x * exp(affine(log_variance_, -0.5, 0));
    return settings_.deviation == 1 ? x : x * (1 / settings_.deviation);
  }

  // ½ (r − 1 − log r)
  Variable divergence(const Variable& log_variance) const {
    if (settings_.learned) return normal_divergence(log_variance - log_variance_, 0);
    return normal_divergence(log_variance, 2 * std::log(settings_.deviation));
  }

  // Σ ½ log 2πs², for as many weights as `like` has.
  Variable normaliser(const Variable& like) const {
    const auto count = static_cast<double>(like.value().numel());
    const double constant = 0.5 * count * std::log(2 * std::numbers::pi);
    if (settings_.learned) return affine(log_variance_, 0.5 * count, constant);
    return Variable(Tensor::full({}, constant + count * std::log(settings_.deviation), like.dtype(),
                                 like.device()));
  }

  // −E[log p(w)], for any posterior with this mean and variance.
  Variable cross(const WeightPosterior& posterior) const {
    const Variable mean = posterior.mean();
    const Variable spread = sum(square(scaled(sqrt(posterior.variance()))));
    const Variable total = normaliser(mean) + 0.5 * spread;
    if (settings_.centre == Centre::posterior) return total;
    return total + 0.5 * sum(square(scaled(distance(mean))));
  }

  Normal settings_;
  Tensor centre_;
  Variable log_variance_;
};

}  // namespace

std::unique_ptr<WeightPrior> Normal::operator()(const WeightPosterior& posterior) const {
  return std::make_unique<NormalPrior>(*this, posterior.mean());
}

}  // namespace credence::bayes
