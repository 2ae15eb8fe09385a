// Training of one weight, step by step.
#include "docs/explorer/core/weight_view.hpp"

#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "examples/against_hmc/known_noise.hpp"
#include "framework/base/error.hpp"

#include <cmath>
#include <numbers>

namespace credence::explorer {
namespace {

std::vector<float> floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

double parameter(nn::Module& layer, std::size_t number) {
  return nn::parameters(layer)[number].parameter->value().item();
}

}  // namespace

double WeightView::mu() const { return parameter(*layer_, 0); }
double WeightView::sigma() const { return std::exp(0.5 * parameter(*layer_, 1)); }

void WeightView::rebuild(double mu, double sigma) {
  nn::LinearOptions options;
  options.bias = false;
  options.weight_init = nn::init::constant(mu);
  layer_ = std::make_unique<bayes::BayesianLinear>(
      1, 1, options,
      bayes::Variational{bayes::Gaussian{.log_variance = 2 * std::log(sigma)},
                         bayes::Normal{.deviation = prior_}},
      Generator(seed_).split(static_cast<std::uint64_t>(steps_)));
  optimizer_ = optim::Adam{.learning_rate = rate_, .beta2 = 0.99}(*layer_, {});
}

Figures WeightView::start(Arguments arguments) {
  const int points = arguments.integer(0, 1000);
  const double weight = arguments.number();
  noise_ = arguments.number();
  prior_ = arguments.number();
  temperature_ = arguments.number();
  rate_ = arguments.number();
  const double mu = arguments.number(), sigma = arguments.number();
  seed_ = static_cast<std::uint64_t>(arguments.integer(0, 1000000));
  if (points < 1) throw ValueError("[explorer] at least one point is needed");
  const RandomStream random = Generator(seed_).split("points").next();
  x_.clear();
  y_.clear();
  for (int i = 0; i < points; ++i) {
    x_.push_back(2 * random.uniform(i) - 1);
    y_.push_back(weight * x_.back() + noise_ * random.normal(points + i));
  }
  data_ = {.inputs = Tensor::from({points, 1}, floats(x_)),
           .targets = Tensor::from({points, 1}, floats(y_))};
  steps_ = 0;
  rebuild(mu, sigma);
  Figures figures;
  figures.add("x", x_);
  figures.add("y", y_);
  return figures;
}

Figures WeightView::change(Arguments arguments) {
  noise_ = arguments.number();
  prior_ = arguments.number();
  temperature_ = arguments.number();
  rate_ = arguments.number();
  rebuild(mu(), sigma());
  return {};
}

Figures WeightView::step(Arguments arguments) {
  const int count = arguments.integer(0, 1000);
  const bayes::Elbo objective{.temperature = temperature_,
                              .likelihood = examples::KnownNoise(noise_)};
  std::vector<double> mus, sigmas, nlls, kls;
  for (int i = 0; i < count; ++i) {
    optimizer_->zero_grad();
    objective(*layer_, data_, {.training_samples = data_.samples()}).total.backward();
    optimizer_->step();
    ++steps_;
    mus.push_back(mu());
    sigmas.push_back(sigma());
    nlls.push_back(expected_nll(mu(), sigma()));
    kls.push_back(bayes::kl_divergence(*layer_).value().item());
  }
  Figures figures;
  figures.add("mu", mus);
  figures.add("sigma", sigmas);
  figures.add("nll", nlls);
  figures.add("kl", kls);
  figures.add("exact", {exact().mean, exact().deviation});
  return figures;
}

WeightView::Exact WeightView::exact() const {
  double squares = 0, products = 0;
  for (std::size_t i = 0; i < x_.size(); ++i) {
    squares += x_[i] * x_[i];
    products += x_[i] * y_[i];
  }
  const double scale = temperature_ * noise_ * noise_;
  const double variance = 1 / (squares / scale + 1 / (prior_ * prior_));
  return {variance * products / scale, std::sqrt(variance)};
}

double WeightView::expected_nll(double mu, double sigma) const {
  double sum = 0;
  for (std::size_t i = 0; i < x_.size(); ++i) {
    const double error = y_[i] - mu * x_[i];
    sum += 0.5 * (error * error + sigma * sigma * x_[i] * x_[i]) / (noise_ * noise_);
  }
  const double constant = std::log(noise_) + 0.5 * std::log(2 * std::numbers::pi);
  return sum + static_cast<double>(x_.size()) * constant;
}

double WeightView::divergence(double mu, double sigma) const {
  const double ratio = sigma * sigma / (prior_ * prior_);
  return 0.5 * (ratio - 1 - std::log(ratio)) + 0.5 * (mu / prior_) * (mu / prior_);
}

Figures WeightView::surface(Arguments arguments) {
  const double low = arguments.number(), high = arguments.number();
  const int columns = arguments.integer(2, 400);
  const double narrow = arguments.number(), wide = arguments.number();
  const int rows = arguments.integer(2, 400);
  std::vector<double> values;
  for (int row = 0; row < rows; ++row) {
    const double sigma = std::pow(10, narrow + (wide - narrow) * row / (rows - 1));
    for (int column = 0; column < columns; ++column) {
      const double mu = low + (high - low) * column / (columns - 1);
      values.push_back(expected_nll(mu, sigma) + temperature_ * divergence(mu, sigma));
    }
  }
  Figures figures;
  figures.add("surface", values);
  return figures;
}

}  // namespace credence::explorer
