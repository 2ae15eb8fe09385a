// The chains: trajectories, acceptance, adaptation, state.
#include "bayes/methods/hmc.hpp"

#include "bayes/methods/dual_averaging.hpp"
#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/require.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/train/run_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace credence::bayes {
namespace {

constexpr double kDivergence = 1000;

void check(const HmcOptions& options) {
  const auto at_least = [](const char* rule, std::int64_t value, std::int64_t least) {
    require("hmc", value >= least, rule, static_cast<double>(value));
  };
  at_least("there is at least one chain", options.chains, 1);
  at_least("the burn-in must not be negative", options.burn_in, 0);
  at_least("a chain keeps at least one draw", options.samples, 1);
  at_least("thinning is at least 1", options.thinning, 1);
  at_least("the number of leapfrog steps must not be negative", options.leapfrog_steps, 0);
  at_least("a trajectory has at least one leapfrog step", options.max_leapfrog_steps, 1);
  require("hmc", options.path_length > 0 && std::isfinite(options.path_length),
          "the path length must be positive and finite", options.path_length);
  require("hmc", options.target_acceptance > 0 && options.target_acceptance < 1,
          "the acceptance to adapt to must be in (0, 1)", options.target_acceptance);
  require("hmc", options.step_size >= 0 && std::isfinite(options.step_size),
          "the step size must be finite and not negative", options.step_size);
  require("hmc", options.jitter >= 0 && options.jitter < 1, "the jitter must be in [0, 1)",
          options.jitter);
  if (!is_floating(options.dtype)) {
    throw ValueError(std::string("[hmc] computes in float32 or float64, not ") +
                     to_string(options.dtype));
  }
}

double hamiltonian(const EnergyPoint& point, const Tensor& momentum) {
  return point.energy + square_sum(momentum) / 2;
}

// Hoffman and Gelman 2014, algorithm 4: the step whose first leapfrog step is accepted with a
// probability that crosses one half.
double first_step_size(const PosteriorEnergy& energy, const EnergyPoint& start,
                       const Tensor& momentum) {
  constexpr int kTrials = 60;
  const double before = hamiltonian(start, momentum);
  const auto log_ratio = [&](double step) {
    EnergyPoint point = start.clone();
    const Tensor p = momentum.clone();
    leapfrog(energy, point, p, step, 1);
    const double ratio = before - hamiltonian(point, p);
    return std::isnan(ratio) ? -std::numeric_limits<double>::infinity() : ratio;
  };
  const double half = std::log(0.5);
  double step = 1;
  const bool grow = log_ratio(step) > half;
  for (int trial = 0; trial < kTrials; ++trial) {
    step *= grow ? 2 : 0.5;
    if ((log_ratio(step) > half) != grow) break;
  }
  return step;
}

std::string prefix_of(std::size_t chain) { return "chain" + std::to_string(chain + 1) + '.'; }

}  // namespace

struct Hmc::Chain {
  EnergyPoint point;
  Generator noise;
  DualAveraging step;
  // Sums over the trajectories after burn-in.
  double acceptance = 0;
  double leapfrog_steps = 0;
  double divergences = 0;
};

Hmc::Hmc(std::shared_ptr<nn::Module> model, train::BatchSource& source, const HmcOptions& options)
    : model_(std::move(model)), options_(options) {
  check(options_);
  batches_ = batches_of(source, nn::device_of(*model_), options_.dtype);
  const PosteriorEnergy energy = this->energy();
  draws_ = Tensor::zeros({options_.chains, options_.samples, energy.dimension()}, options_.dtype);
  for (std::int64_t c = 0; c < options_.chains; ++c) {
    chains_.push_back(start(energy, static_cast<std::uint64_t>(c)));
  }
}

Hmc::~Hmc() = default;

PosteriorEnergy Hmc::energy() const {
  return {*model_,       batches_, options_.likelihood, options_.prior, options_.temperature,
          options_.dtype};
}

Hmc::Chain Hmc::start(const PosteriorEnergy& energy, std::uint64_t number) const {
  Generator noise = options_.generator.split("hmc").split(number);
  const RandomStream first = noise.next();
  const Tensor& own = energy.model_position();
  Chain chain{energy.at(options_.start == HmcStart::prior ? normal_tensor(own, first) : own), noise,
              DualAveraging(options_.step_size, options_.target_acceptance)};
  if (options_.step_size == 0) {
    const Tensor momentum = normal_tensor(own, chain.noise.next());
    chain.step =
        DualAveraging(first_step_size(energy, chain.point, momentum), options_.target_acceptance);
  }
  return chain;
}

std::int64_t Hmc::total() const { return options_.burn_in + options_.samples * options_.thinning; }

std::int64_t Hmc::kept() const {
  return std::max<std::int64_t>(done_ - options_.burn_in, 0) / options_.thinning;
}

bool Hmc::advance(std::int64_t trajectories) {
  const PosteriorEnergy energy = this->energy();
  for (std::int64_t i = 0; i < trajectories && done_ < total(); ++i) {
    const std::int64_t before = kept();
    for (Chain& chain : chains_) trajectory(energy, chain);
    ++done_;
    if (kept() == before) continue;
    for (std::size_t c = 0; c < chains_.size(); ++c) {
      const std::int64_t row = static_cast<std::int64_t>(c) * options_.samples + before;
      draws_.view_at(row * energy.dimension(), {energy.dimension()})
          .copy_from(energy.weights(chains_[c].point.z));
    }
  }
  return done_ == total();
}

void Hmc::run() { advance(total()); }

void Hmc::trajectory(const PosteriorEnergy& energy, Chain& chain) const {
  const bool adapts = done_ < options_.burn_in && options_.step_size == 0;
  const double unit = chain.noise.next().uniform(0);
  const double step = (adapts ? chain.step.step_size() : chain.step.average()) *
                      (1 + options_.jitter * (2 * unit - 1));
  const double wanted = std::ceil(options_.path_length / step);
  const std::int64_t steps =
      options_.leapfrog_steps > 0
          ? options_.leapfrog_steps
          : static_cast<std::int64_t>(
                std::clamp(wanted, 1.0, static_cast<double>(options_.max_leapfrog_steps)));
  const Tensor momentum = normal_tensor(chain.point.z, chain.noise.next());
  const double before = hamiltonian(chain.point, momentum);
  EnergyPoint end = chain.point.clone();
  leapfrog(energy, end, momentum, step, steps);
  const double rise = hamiltonian(end, momentum) - before;
  const double acceptance = std::isfinite(rise) ? std::min(1.0, std::exp(-rise)) : 0.0;
  if (chain.noise.next().uniform(0) < acceptance) chain.point = std::move(end);
  if (adapts) chain.step.update(acceptance);
  if (done_ < options_.burn_in) return;
  chain.acceptance += acceptance;
  chain.leapfrog_steps += static_cast<double>(steps);
  if (!(rise <= kDivergence)) ++chain.divergences;
}

std::vector<HmcChainReport> Hmc::report() const {
  std::vector<HmcChainReport> reports;
  const std::int64_t counted = std::max<std::int64_t>(done_ - options_.burn_in, 0);
  const double divisor = std::max(1.0, static_cast<double>(counted));
  for (const Chain& chain : chains_) {
    reports.push_back({.trajectories = counted,
                       .acceptance = chain.acceptance / divisor,
                       .step_size = chain.step.average(),
                       .leapfrog_steps = chain.leapfrog_steps / divisor,
                       .divergences = static_cast<std::int64_t>(chain.divergences)});
  }
  return reports;
}

Tensor Hmc::draws() const {
  const std::int64_t parameters = draws_.shape()[2];
  const Tensor result = Tensor::empty({options_.chains, kept(), parameters}, options_.dtype);
  for (std::int64_t c = 0; c < options_.chains; ++c) {
    const Shape rows{kept(), parameters};
    result.view_at(c * rows.numel(), rows)
        .copy_from(draws_.view_at(c * options_.samples * parameters, rows));
  }
  return result;
}

std::vector<NamedTensor> Hmc::state() const {
  std::vector<NamedTensor> state{{"draws", draws_},
                                 {"trajectories", Tensor::from<std::int64_t>({1}, {done_})}};
  for (std::size_t c = 0; c < chains_.size(); ++c) {
    const Chain& chain = chains_[c];
    std::vector<double> numbers(chain.step.numbers().begin(), chain.step.numbers().end());
    numbers.insert(numbers.end(), {chain.acceptance, chain.leapfrog_steps, chain.divergences});
    state.push_back({prefix_of(c) + "position", chain.point.z});
    state.push_back({prefix_of(c) + "numbers",
                     Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers)});
    state.push_back(
        {prefix_of(c) + "noise",
         Tensor::from<std::int64_t>({2}, {static_cast<std::int64_t>(chain.noise.key()),
                                          static_cast<std::int64_t>(chain.noise.draws())})});
  }
  return state;
}

void Hmc::restore(const io::SafeTensors& state) {
  for (const NamedTensor& own : this->state()) {
    const Tensor* const stored = state.find(own.name);
    if (stored == nullptr || stored->shape() != own.tensor.shape() ||
        stored->dtype() != own.tensor.dtype()) {
      throw ValueError("[hmc] the state to go on from has no \"" + own.name + "\" of the shape " +
                       own.tensor.shape().to_string());
    }
  }
  const auto noise_of = [&](std::size_t c) {
    return state.find(prefix_of(c) + "noise")->to_vector<std::int64_t>();
  };
  for (std::size_t c = 0; c < chains_.size(); ++c) {
    if (static_cast<std::uint64_t>(noise_of(c)[0]) != chains_[c].noise.key()) {
      throw ValueError("[hmc] the state to go on from is of a run with another seed");
    }
  }
  const std::int64_t done = state.find("trajectories")->to_vector<std::int64_t>()[0];
  if (!train::is_count(done) || done > total()) {
    throw ValueError("[hmc] the state to go on from has made " + std::to_string(done) + " of " +
                     std::to_string(total()) + " trajectories");
  }
  draws_.copy_from(*state.find("draws"));
  done_ = done;
  const PosteriorEnergy energy = this->energy();
  for (std::size_t c = 0; c < chains_.size(); ++c) {
    Chain& chain = chains_[c];
    chain.point = energy.at(state.find(prefix_of(c) + "position")->to(chain.point.z.device()));
    const std::vector<double> numbers = state.find(prefix_of(c) + "numbers")->to_vector<double>();
    std::array<double, DualAveraging::kNumbers> adaptation{};
    std::copy_n(numbers.begin(), adaptation.size(), adaptation.begin());
    chain.step.set_numbers(adaptation);
    chain.acceptance = numbers[adaptation.size()];
    chain.leapfrog_steps = numbers[adaptation.size() + 1];
    chain.divergences = numbers[adaptation.size() + 2];
    chain.noise.seek(static_cast<std::uint64_t>(noise_of(c)[1]));
  }
}

std::unique_ptr<Method> Hmc::finish() const {
  if (done_ != total()) {
    throw Error("[hmc] has made " + std::to_string(done_) + " of " + std::to_string(total()) +
                " trajectories: the run is not complete");
  }
  const std::int64_t count = options_.chains * options_.samples;
  const std::int64_t row = draws_.shape()[2];
  std::vector<NamedTensor> samples;
  std::int64_t offset = 0;
  for (const nn::NamedParameter& p : nn::parameters(*model_)) {
    if (!p.parameter->requires_grad()) continue;
    const Shape& shape = p.parameter->shape();
    std::vector<std::int64_t> extents{count};
    extents.insert(extents.end(), shape.begin(), shape.end());
    const Tensor own = Tensor::empty(Shape(extents), p.parameter->dtype());
    for (std::int64_t i = 0; i < count; ++i) {
      own.view_at(i * shape.numel(), shape)
          .copy_from(draws_.view_at(i * row + offset, shape).to(own.dtype()));
    }
    samples.push_back({p.name, own});
    offset += shape.numel();
  }
  return std::make_unique<KeptSamples>(model_, "hmc", std::move(samples));
}

}  // namespace credence::bayes
