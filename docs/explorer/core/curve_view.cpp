// The methods of the curve, trained a few steps at a time.
#include "docs/explorer/core/curve_view.hpp"

#include "bayes/elbo.hpp"
#include "bayes/function_draw.hpp"
#include "bayes/maximum_likelihood.hpp"
#include "bayes/methods/parameter_vector.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "docs/explorer/core/moments.hpp"
#include "examples/against_hmc/known_noise.hpp"
#include "examples/against_hmc/unit_prior_net.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace credence::explorer {
namespace {

// What all methods share.
struct Setting {
  int hidden;
  double noise;
  double temperature;
  Generator seed;

  bayes::Likelihood likelihood() const { return examples::KnownNoise(noise); }
};

// The network of lesson 7. `linear` makes a layer from its sizes, options and generator.
template <class MakeLinear>
std::shared_ptr<nn::Module> network(const Setting& setting, const Generator& generator,
                                    const MakeLinear& linear) {
  nn::LinearOptions options;
  options.bias = false;
  options.weight_init = nn::init::normal(1);
  return examples::unit_prior_net(
      {.hidden = setting.hidden,
       .weight_deviation = 3,
       .bias_deviation = 3,
       .output_deviation = 2 / std::sqrt(setting.hidden)},
      [&](std::int64_t in, std::int64_t out, const Generator& of_layer) {
        return linear(in, out, options, of_layer);
      },
      generator);
}

std::shared_ptr<nn::Module> ordinary_network(const Setting& setting, const Generator& generator) {
  return network(setting, generator,
                 [](std::int64_t in, std::int64_t out, const nn::LinearOptions& options,
                    const Generator& of_layer) { return nn::Linear(in, out, options, of_layer); });
}

// The values of a network's function at x, into row `row` of [S, N].
void write_function(nn::Module& net, const Tensor& x, const Tensor& rows, std::int64_t row) {
  const NoGrad no_grad;
  rows.slice(row, row + 1).copy_from(net(Variable(x)).value().reshape({1, -1}));
}

void train_step(nn::Module& net, optim::Optimizer& optimizer, const train::Objective& objective,
                const train::Batch& data) {
  optimizer.zero_grad();
  objective(net, data, {.training_samples = data.samples()}).total.backward();
  optimizer.step();
}

class VariationalCurve : public CurveMethod {
 public:
  VariationalCurve(const Setting& setting, train::Batch data)
      : data_(std::move(data)),
        net_(network(setting, setting.seed.split("variational"),
                     [](std::int64_t in, std::int64_t out, const nn::LinearOptions& options,
                        const Generator& of_layer) {
                       return bayes::BayesianLinear(
                           in, out, options, {bayes::Gaussian{-6}, bayes::Normal{.deviation = 1}},
                           of_layer);
                     })),
        objective_(bayes::Elbo{
            .temperature = setting.temperature, .samples = 2, .likelihood = setting.likelihood()}),
        optimizer_(optim::Adam{.learning_rate = 1e-2}(*net_, {})) {}

  void set_data(const train::Batch& data) override { data_ = data; }
  void step(int count) override {
    for (int i = 0; i < count; ++i) train_step(*net_, *optimizer_, objective_, data_);
  }
  Tensor functions(const Tensor& x, int samples) override {
    Tensor rows = Tensor::empty({samples, x.shape()[0]});
    for (int s = 0; s < samples; ++s) {
      const bayes::FunctionDraw draw(*net_, static_cast<std::uint64_t>(s));
      write_function(*net_, x, rows, s);
    }
    return rows;
  }

 private:
  train::Batch data_;
  std::shared_ptr<nn::Module> net_;
  train::Objective objective_;
  std::unique_ptr<optim::Optimizer> optimizer_;
};

// Networks from different starts, each trained to the mode of its posterior.
class EnsembleCurve : public CurveMethod {
 public:
  EnsembleCurve(const Setting& setting, train::Batch data)
      : objective_(bayes::MaximumLikelihood{.likelihood = setting.likelihood()}) {
    for (std::uint64_t i = 0; i < 5; ++i) {
      nets_.push_back(ordinary_network(setting, setting.seed.split("member").split(i)));
    }
    temperature_ = setting.temperature;
    set_data(data);
  }

  // The decay of the prior N(0, 1) depends on the number of points, and with it the optimiser.
  void set_data(const train::Batch& data) override {
    data_ = data;
    optimizers_.clear();
    for (const auto& net : nets_) {
      optimizers_.push_back(optim::Adam{
          .learning_rate = 1e-2,
          .weight_decay = temperature_ / static_cast<double>(data.samples())}(*net, {}));
    }
  }
  void step(int count) override {
    for (std::size_t m = 0; m < nets_.size(); ++m) {
      for (int i = 0; i < count; ++i) train_step(*nets_[m], *optimizers_[m], objective_, data_);
    }
  }
  Tensor functions(const Tensor& x, int /*samples*/) override {
    const auto members = static_cast<std::int64_t>(nets_.size());
    Tensor rows = Tensor::empty({members, x.shape()[0]});
    for (std::int64_t m = 0; m < members; ++m) {
      write_function(*nets_[static_cast<std::size_t>(m)], x, rows, m);
    }
    return rows;
  }

 private:
  train::Batch data_;
  double temperature_ = 1;
  std::vector<std::shared_ptr<nn::Module>> nets_;
  std::vector<std::unique_ptr<optim::Optimizer>> optimizers_;
  train::Objective objective_;
};

// All points as the only batch of an epoch.
class OneBatch : public train::BatchSource {
 public:
  explicit OneBatch(train::Batch batch) : batch_(std::move(batch)) {}
  std::int64_t samples() const override { return batch_.samples(); }
  std::int64_t batches() const override { return 1; }
  void start_epoch(std::int64_t /*epoch*/) override { given_ = false; }
  bool next(train::Batch& batch) override {
    if (given_) return false;
    given_ = true;
    batch = batch_;
    return true;
  }

 private:
  train::Batch batch_;
  bool given_ = true;
};

class HmcCurve : public CurveMethod {
 public:
  HmcCurve(const Setting& setting, const train::Batch& data) : setting_(setting) { set_data(data); }

  void set_data(const train::Batch& data) override {
    net_ = ordinary_network(setting_, setting_.seed.split("hmc"));
    OneBatch source(data);
    hmc_ = std::make_unique<bayes::Hmc>(net_, source,
                                        bayes::HmcOptions{.likelihood = setting_.likelihood(),
                                                          .temperature = setting_.temperature,
                                                          .chains = 2,
                                                          .burn_in = kBurnIn,
                                                          .samples = kDraws,
                                                          .max_leapfrog_steps = 60,
                                                          .generator = setting_.seed.split("hmc")});
  }
  void step(int count) override { hmc_->advance(count); }
  double progress() const override {
    return static_cast<double>(hmc_->trajectories()) / static_cast<double>(hmc_->total());
  }
  Tensor functions(const Tensor& x, int samples) override {
    const Tensor draws = hmc_->draws();
    const std::int64_t all = draws.shape()[0] * draws.shape()[1], size = draws.shape()[2];
    const std::int64_t count = std::min<std::int64_t>(samples, all);
    Tensor rows = Tensor::empty({count, x.shape()[0]});
    const std::vector<Tensor> weights = bayes::parameter_tensors(*net_, "explorer");
    for (std::int64_t s = 0; s < count; ++s) {
      // Evenly spaced among those of all chains.
      bayes::from_vector(draws.view_at((s * all / count) * size, {size}), weights);
      write_function(*net_, x, rows, s);
    }
    return rows;
  }

 private:
  static constexpr std::int64_t kBurnIn = 50, kDraws = 100;
  Setting setting_;
  std::shared_ptr<nn::Module> net_;
  std::unique_ptr<bayes::Hmc> hmc_;
};

}  // namespace

void CurveView::read_points(std::span<const double> points) {
  if (points.empty() || points.size() % 2 != 0) {
    throw ValueError("[explorer] the curve needs points, each with x and y");
  }
  std::vector<float> x, y;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    x.push_back(static_cast<float>(points[i]));
    y.push_back(static_cast<float>(points[i + 1]));
  }
  const auto count = static_cast<std::int64_t>(x.size());
  data_ = {.inputs = Tensor::from({count, 1}, x), .targets = Tensor::from({count, 1}, y)};
}

std::unique_ptr<CurveMethod> CurveView::make() const {
  const Setting setting{hidden_, noise_, temperature_, Generator(seed_)};
  switch (kind_) {
    case CurveKind::ensemble:
      return std::make_unique<EnsembleCurve>(setting, data_);
    case CurveKind::hmc:
      return std::make_unique<HmcCurve>(setting, data_);
    case CurveKind::variational:
      break;
  }
  return std::make_unique<VariationalCurve>(setting, data_);
}

Figures CurveView::start(Arguments arguments) {
  kind_ = static_cast<CurveKind>(arguments.integer(0, 2));
  hidden_ = arguments.integer(1, 200);
  noise_ = arguments.number();
  temperature_ = arguments.number();
  seed_ = static_cast<std::uint64_t>(arguments.integer(0, 1000000));
  read_points(arguments.rest());
  steps_ = 0;
  method_ = make();
  return {};
}

Figures CurveView::points(Arguments arguments) {
  read_points(arguments.rest());
  method_->set_data(data_);
  return {};
}

Figures CurveView::step(Arguments arguments) {
  const int count = arguments.integer(0, 10000);
  method_->step(count);
  steps_ += count;
  Figures figures;
  figures.add("progress", method_->progress());
  figures.add("steps", static_cast<double>(steps_));
  return figures;
}

Figures CurveView::band(Arguments arguments) {
  const double low = arguments.number(), high = arguments.number();
  const int count = arguments.integer(2, 1000);
  const int samples = arguments.integer(1, 1000), shown = arguments.integer(0, 100);
  std::vector<float> grid;
  for (int i = 0; i < count; ++i) {
    grid.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
  }
  const Tensor rows = method_->functions(Tensor::from({count, 1}, grid), samples);
  Figures figures;
  if (rows.shape()[0] == 0) return figures;
  const std::vector<double> values = rows.to_vector<double>();
  const auto functions = static_cast<std::size_t>(rows.shape()[0]);
  const auto size = static_cast<std::size_t>(count);
  const Moments curve = moments(rows);
  figures.add("mean", curve.mean);
  figures.add("deviation", curve.deviation);
  const std::size_t few = std::min(functions, static_cast<std::size_t>(shown));
  figures.add("functions",
              {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(few * size)});
  return figures;
}

}  // namespace credence::explorer
