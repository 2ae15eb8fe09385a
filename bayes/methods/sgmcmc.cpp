// The optimiser that adds noise, and the observer that keeps samples.
#include "bayes/methods/sgmcmc.hpp"

#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/require.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/random_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

void check(const SgMcmcOptions& options) {
  require("sgmcmc", options.friction > 0 && options.friction <= 1, "the friction must be in (0, 1]",
          options.friction);
  require("sgmcmc", options.prior_deviation > 0 && std::isfinite(options.prior_deviation),
          "the prior's deviation must be positive and finite", options.prior_deviation);
  require("sgmcmc", options.temperature >= 0 && std::isfinite(options.temperature),
          "the temperature must be finite and not negative", options.temperature);
  require("sgmcmc", options.exploration >= 0 && options.exploration < 1,
          "the exploring share of a cycle must be in [0, 1)", options.exploration);
  require("sgmcmc", options.floor >= 0 && options.floor <= 1, "the floor must be in [0, 1]",
          options.floor);
  require("sgmcmc", options.cycles >= 1, "a run has at least one cycle",
          static_cast<double>(options.cycles));
  require("sgmcmc", options.samples_per_cycle >= 1, "a cycle has at least one sample",
          static_cast<double>(options.samples_per_cycle));
}

// The number of exploring steps of a cycle.
std::int64_t exploring(const SgMcmcOptions& options, const optim::CyclePlace& place) {
  return static_cast<std::int64_t>(
      std::ceil(options.exploration * static_cast<double>(place.length)));
}

// The number of samples of this cycle that are kept up to and with this step.
std::int64_t kept_by(const SgMcmcOptions& options, const optim::CyclePlace& place) {
  const std::int64_t before = exploring(options, place);
  const std::int64_t sampling = place.length - before;
  return std::max<std::int64_t>(place.step + 1 - before, 0) * options.samples_per_cycle / sampling;
}

class Dynamics final : public optim::Optimizer {
 public:
  Dynamics(nn::Module& module, const SgMcmcOptions& options, const optim::RunSize& run)
      : Optimizer(module, options.learning_rate,
                  1 / (static_cast<double>(run.training_samples) * options.prior_deviation *
                       options.prior_deviation),
                  options.groups),
        options_(options),
        run_(run),
        generator_(options.generator),
        velocity_(options.friction == 1 ? Tensor() : Tensor::zeros_like(values_)) {
    write_settings();
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    if (velocity_.defined()) state.push_back({"velocity", velocity_});
    return state;
  }

  // The gaps between parameters get noise too; nothing reads them.
  void update() override {
    const Variable noise(normal_tensor(values_, generator_.next()));
    std::int64_t first = 0;
    for (const optim::Group& group : groups()) {
      const Shape range{group.size};
      const auto setting = [&](std::int64_t i) {
        return Variable(settings_on_device().view_at(first + i, {1}));
      };
      const Tensor values = values_.view_at(group.begin, range);
      const Variable gradient(gradients_.view_at(group.begin, range));
      Variable change = Variable(noise.value().view_at(group.begin, range)) * setting(kNoise) -
                        (gradient + Variable(values) * setting(kDecay)) * setting(kRate);
      if (velocity_.defined()) {
        const Tensor velocity = velocity_.view_at(group.begin, range);
        change = Variable(velocity) * (1 - options_.friction) + change;
        velocity.copy_from(change.value());
      }
      values.copy_from((Variable(values) + change).value());
      first += kSettings;
    }
  }

  bool repeats() const override { return true; }
  std::vector<nn::NamedGenerator> generators() override { return {{"dynamics", &generator_}}; }

 private:
  enum Setting : std::int64_t { kRate, kDecay, kNoise, kSettings };

  Tensor step_settings() const override {
    const double noise = noisy() ? options_.temperature : 0;
    std::vector<float> settings;
    for (const optim::Group& group : groups()) {
      const double rate = learning_rate() * group.learning_rate_factor;
      const double variance =
          2 * options_.friction * rate * noise / static_cast<double>(run_.training_samples);
      for (const double value : {rate, group.weight_decay, std::sqrt(variance)}) {
        settings.push_back(static_cast<float>(value));
      }
    }
    return Tensor::from<float>({static_cast<std::int64_t>(settings.size())}, settings);
  }

  bool noisy() const {
    const optim::CyclePlace place = optim::cycle_place(steps() - 1, run_.steps, options_.cycles);
    return options_.noisy_exploration || place.step >= exploring(options_, place);
  }

  SgMcmcOptions options_;
  optim::RunSize run_;
  Generator generator_;
  Tensor velocity_;
};

SgMcmcOptions constant_steps(SgMcmcOptions options) {
  options.cycles = 1;
  options.exploration = 0.5;
  options.noisy_exploration = true;
  options.floor = 1;
  options.samples_per_cycle = 12;
  return options;
}

}  // namespace

std::string SgMcmcOptions::name() const {
  return std::string(floor < 1 ? "c" : "") + (friction == 1 ? "sgld" : "sghmc");
}

SgMcmcOptions sgld() { return constant_steps(csgld()); }
SgMcmcOptions sghmc() { return constant_steps(csghmc()); }
SgMcmcOptions csgld() { return {.friction = 1}; }
SgMcmcOptions csghmc() { return {}; }

optim::Factory sgmcmc_optimizer(const SgMcmcOptions& options) {
  check(options);
  return [options](nn::Module& module,
                   const optim::RunSize& run) -> std::unique_ptr<optim::Optimizer> {
    // The first cycle is the shortest.
    const optim::CyclePlace shortest = optim::cycle_place(0, run.steps, options.cycles);
    const std::int64_t sampling = shortest.length - exploring(options, shortest);
    if (sampling < options.samples_per_cycle) {
      throw ValueError("[sgmcmc] the run is too short: a cycle has " + std::to_string(sampling) +
                       " steps that sample, for " + std::to_string(options.samples_per_cycle) +
                       " samples");
    }
    return std::make_unique<Dynamics>(module, options, run);
  };
}

// Keeps the samples as [K, …] of each trained parameter and each buffer.
class SgMcmc::Keeper : public train::Observer {
 public:
  Keeper(nn::Module& model, const SgMcmcOptions& options) : options_(options) {
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      if (p.parameter->requires_grad()) add(p.name, p.parameter->value());
    }
    for (const nn::NamedBuffer& b : nn::buffers(model)) add(b.name, *b.buffer);
  }

  std::string name() const override { return "sgmcmc"; }

  void after_step(nn::Module& model, const train::TrainingPosition& position) override {
    optim::CyclePlace place = optim::cycle_place(position.step, position.steps, options_.cycles);
    const std::int64_t kept = kept_by(options_, place);
    --place.step;
    if (kept == kept_by(options_, place)) return;
    keep(model, place.cycle * options_.samples_per_cycle + kept - 1);
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = samples_;
    state.push_back({kCount, count_});
    return state;
  }

  void restore(const io::SafeTensors& state) override {
    for (const NamedTensor& own : this->state()) {
      const Tensor* const stored = state.find(own.name);
      if (stored == nullptr || stored->shape() != own.tensor.shape() ||
          stored->dtype() != own.tensor.dtype()) {
        throw ValueError("[sgmcmc] the state to go on from has no kept samples of \"" + own.name +
                         "\" of the shape " + own.tensor.shape().to_string());
      }
      own.tensor.copy_from(*stored);
    }
  }

  std::vector<NamedTensor> finished() const {
    const std::int64_t kept = *count_.data<std::int64_t>();
    const std::int64_t wanted = options_.cycles * options_.samples_per_cycle;
    if (kept != wanted) {
      throw Error("[sgmcmc] the run has kept " + std::to_string(kept) + " of " +
                  std::to_string(wanted) + " samples: it is not complete");
    }
    std::vector<NamedTensor> samples;
    for (const NamedTensor& own : samples_) {
      samples.push_back({own.name.substr(kPrefix.size()), own.tensor.clone()});
    }
    return samples;
  }

 private:
  static constexpr const char* kCount = "count";
  static constexpr std::string_view kPrefix = "samples.";

  void add(const std::string& name, const Tensor& member) {
    std::vector<std::int64_t> shape{options_.cycles * options_.samples_per_cycle};
    shape.insert(shape.end(), member.shape().begin(), member.shape().end());
    samples_.push_back({std::string(kPrefix) + name, Tensor::zeros(Shape(shape), member.dtype())});
  }

  void keep(nn::Module& model, std::int64_t number) {
    auto next = samples_.begin();
    const auto copy = [&](const Tensor& value) {
      next++->tensor.slice(number, number + 1).reshape(value.shape()).copy_from(value);
    };
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      if (p.parameter->requires_grad()) copy(p.parameter->value());
    }
    for (const nn::NamedBuffer& b : nn::buffers(model)) copy(*b.buffer);
    count_.fill(static_cast<double>(number + 1));
  }

  SgMcmcOptions options_;
  std::vector<NamedTensor> samples_;
  Tensor count_ = Tensor::zeros({1}, DType::int64);
};

SgMcmc::SgMcmc(std::shared_ptr<nn::Module> model, const SgMcmcOptions& options)
    : model_(std::move(model)), options_(options) {
  check(options);
  require_no_bayesian_layers(*model_, options.name());
}

SgMcmc::~SgMcmc() = default;

void SgMcmc::prepare(train::FitOptions& options) {
  keeper_ = std::make_shared<Keeper>(*model_, options_);
  options.optimizer = sgmcmc_optimizer(options_);
  options.schedule = optim::cyclical_cosine(options_.cycles, options_.floor);
  options.observers.push_back(keeper_);
}

std::unique_ptr<Method> SgMcmc::finish() const {
  if (!keeper_) throw Error("[" + options_.name() + "] finish() comes after prepare() and the run");
  return std::make_unique<KeptSamples>(model_, options_.name(), keeper_->finished());
}

}  // namespace credence::bayes
