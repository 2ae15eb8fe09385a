// Training of each method, with its settings.
#include "examples/against_hmc/methods.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <utility>

namespace credence::examples {
namespace {

nn::LinearOptions unit_prior() {
  nn::LinearOptions options;
  options.bias = false;
  options.weight_init = nn::init::normal(1);
  return options;
}

std::shared_ptr<nn::Module> network(const UnitPriorOptions& options, const Generator& generator) {
  return unit_prior_net(
      options,
      [](std::int64_t in, std::int64_t out, const Generator& of_layer) {
        return nn::Linear(in, out, unit_prior(), of_layer);
      },
      generator);
}

std::shared_ptr<nn::Module> bayesian_network(const UnitPriorOptions& options,
                                             const bayes::Variational& variational,
                                             const Generator& generator) {
  return unit_prior_net(
      options,
      [&](std::int64_t in, std::int64_t out, const Generator& of_layer) {
        return bayes::BayesianLinear(in, out, unit_prior(), variational, of_layer);
      },
      generator);
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

double data_size(const Problem& problem) { return static_cast<double>(problem.whole->samples()); }

// Adam on the mean negative log-likelihood, with the gradient θ / N of the prior as its decay.
train::FitOptions map_training(const Problem& problem) {
  return {.epochs = problem.epochs,
          .optimizer =
              optim::Adam{.learning_rate = problem.adam, .weight_decay = 1 / data_size(problem)},
          .schedule = optim::cosine(),
          .objective = bayes::MaximumLikelihood{.likelihood = problem.likelihood},
          .progress = false};
}

struct Network {
  std::shared_ptr<nn::Module> model;
  double seconds = 0;
};

Network trained(const Problem& problem, std::shared_ptr<nn::Module> model,
                const train::FitOptions& options) {
  const Stopwatch time;
  train::fit(*model, *problem.batches, options);
  return {std::move(model), time.seconds()};
}

Trained ensemble(const std::vector<Network>& networks) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  double seconds = 0;
  for (const Network& member : networks) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(member.model));
    seconds += member.seconds;
  }
  return {.method = std::make_unique<bayes::DeepEnsemble>(std::move(members)), .seconds = seconds};
}

Trained dropout(const Problem& problem) {
  UnitPriorOptions net = problem.net;
  net.dropout = 0.1;
  const Network one =
      trained(problem, network(net, problem.seed.split("mc-dropout")), map_training(problem));
  return {.method = std::make_unique<bayes::McDropout>(one.model),
          .samples = problem.noisy_samples,
          .seconds = one.seconds};
}

Trained swag(const Problem& problem) {
  const bayes::SwagTraining method({.draws = {.generator = problem.seed.split("swag draws")}});
  train::FitOptions options = map_training(problem);
  method.prepare(options);
  const Network one = trained(problem, network(problem.net, problem.seed.split("swag")), options);
  return {.method = method.finish(one.model, *problem.batches),
          .samples = problem.samples,
          .seconds = one.seconds};
}

Trained ivon(const Problem& problem) {
  const bayes::IvonTraining method({.learning_rate = problem.ivon,
                                    .beta2 = 0.999,
                                    .hessian_start = 0.1,
                                    .weight_decay = 1 / data_size(problem),
                                    .generator = problem.seed.split("ivon draws")});
  train::FitOptions options = map_training(problem);
  method.prepare(options);
  const Network one = trained(problem, network(problem.net, problem.seed.split("ivon")), options);
  return {.method = method.finish(one.model), .samples = problem.samples, .seconds = one.seconds};
}

Trained laplace(const Problem& problem, const Network& mode, bayes::LaplaceLayers layers,
                bayes::HessianStructure structure) {
  const Stopwatch time;
  bayes::LaplaceOptions options = problem.laplace;
  options.layers = layers;
  options.structure = structure;
  options.prior = bayes::PriorTuning::fixed;
  options.prior_precision = 1;
  std::unique_ptr<bayes::Method> method = bayes::laplace(mode.model, *problem.whole, options);
  return {.method = std::move(method), .seconds = mode.seconds + time.seconds()};
}

Trained sgmcmc(const Problem& problem, bayes::SgMcmcOptions options, double rate) {
  options.learning_rate = rate;
  options.samples_per_cycle = std::max<std::int64_t>(1, problem.samples / options.cycles);
  options.generator = problem.seed.split(options.name() + " noise");
  const auto model = network(problem.net, problem.seed.split(options.name()));
  bayes::SgMcmc method(model, options);
  train::FitOptions fit = map_training(problem);
  method.prepare(fit);
  const Network one = trained(problem, model, fit);
  return {.method = method.finish(), .samples = problem.samples, .seconds = one.seconds};
}

Trained variational(const Problem& problem, const char* name,
                    const bayes::Variational& variational) {
  train::FitOptions options = map_training(problem);
  options.optimizer = optim::Adam{.learning_rate = problem.variational};
  options.objective = bayes::Elbo{.likelihood = problem.likelihood};
  const Network one = trained(
      problem, bayesian_network(problem.net, variational, problem.seed.split(name)), options);
  return {.method = std::make_unique<bayes::TrainedNetwork>(one.model),
          .samples = problem.noisy_samples,
          .seconds = one.seconds};
}

// The least, the median and the largest of the numbers.
void print_spread(const char* what, const char* name, const Tensor& numbers) {
  std::vector<double> x = numbers.to_vector<double>();
  std::sort(x.begin(), x.end());
  std::printf("%s of %s: least %.3f, median %.3f, largest %.3f\n", what, name, x.front(),
              x[x.size() / 2], x.back());
}

}  // namespace

std::vector<Trained> train_methods(const Problem& problem, const std::vector<std::string>& names) {
  std::vector<Network> networks;
  for (std::int64_t i = 0; i < problem.members; ++i) {
    networks.push_back(
        trained(problem, network(problem.net, problem.seed.split("member " + std::to_string(i))),
                map_training(problem)));
  }
  const Network& first = networks.front();
  std::vector<Trained> all;
  const auto add = [&](const std::string& name, const std::function<Trained()>& train) {
    if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) return;
    all.push_back(train());
    all.back().name = name;
  };
  const auto add_laplace = [&](const char* name, bayes::LaplaceLayers layers,
                               bayes::HessianStructure structure) {
    add(name, [&] { return laplace(problem, first, layers, structure); });
  };
  const auto add_sgmcmc = [&](const char* name, const bayes::SgMcmcOptions& options, double rate) {
    add(name, [&] { return sgmcmc(problem, options, rate); });
  };
  const auto add_variational = [&](const char* name, const bayes::Posterior& posterior) {
    add(name, [&] {
      return variational(problem, name, {posterior, bayes::Normal{.deviation = 1}});
    });
  };
  add("trained network", [&] {
    return Trained{.method = std::make_unique<bayes::TrainedNetwork>(first.model),
                   .seconds = first.seconds};
  });
  add("ensemble of " + std::to_string(networks.size()), [&] { return ensemble(networks); });
  add("MC dropout", [&] { return dropout(problem); });
  add("SWAG", [&] { return swag(problem); });
  add("IVON", [&] { return ivon(problem); });
  add_laplace("Laplace, last layer, full", bayes::LaplaceLayers::last,
              bayes::HessianStructure::full);
  add_laplace("Laplace, all layers, Kronecker", bayes::LaplaceLayers::all,
              bayes::HessianStructure::kronecker);
  add_sgmcmc("cyclical SGLD", bayes::csgld(), problem.sgld);
  add_sgmcmc("cyclical SGHMC", bayes::csghmc(), problem.sghmc);
  add_variational("variational, Gaussian", bayes::Gaussian{});
  add_variational("variational, dropout", bayes::VariationalDropout{});
  return all;
}

HmcRun run_hmc(const Problem& problem) {
  const Stopwatch time;
  bayes::HmcOptions options = problem.hmc;
  options.likelihood = problem.likelihood;
  options.generator = problem.seed.split("hmc");
  bayes::Hmc hmc(network(problem.net, problem.seed.split("hmc")), *problem.whole, options);
  const std::int64_t tenth = std::max<std::int64_t>(1, hmc.total() / 10);
  while (!hmc.advance(tenth)) {
    std::fprintf(stderr, "HMC: %lld of %lld trajectories\n",
                 static_cast<long long>(hmc.trajectories()), static_cast<long long>(hmc.total()));
  }
  return {hmc.finish(), hmc.report(), time.seconds()};
}

void print_chains(const HmcRun& run, const char* values_name, const Tensor& values) {
  for (const bayes::HmcChainReport& chain : run.report) {
    std::printf("chain: acceptance %.2f, step size %.4f, %.0f leapfrog steps, %lld divergences\n",
                chain.acceptance, chain.step_size, chain.leapfrog_steps,
                static_cast<long long>(chain.divergences));
  }
  print_spread("split R-hat", values_name, bayes::metrics::split_r_hat(values));
  print_spread("effective draws", values_name, bayes::metrics::effective_sample_size(values));
}

std::optional<Arguments> parse_arguments(const char* program, int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--quick") {
      arguments.quick = true;
    } else if (argument == "--validation") {
      arguments.validation = true;
    } else if (argument.starts_with("-") || !arguments.path.empty()) {
      write_stderr(std::string(program) + ": takes [--quick] [--validation] [PATH], not " +
                   argument + "\n");
      return std::nullopt;
    } else {
      arguments.path = argument;
    }
  }
  return arguments;
}

}  // namespace credence::examples
