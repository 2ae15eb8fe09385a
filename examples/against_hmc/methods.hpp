// The methods that the examples compare with Hamiltonian Monte Carlo, each trained on one problem.
#pragma once

#include "examples/against_hmc/unit_prior_net.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::examples {

/// What is the same for every method: the network and its prior N(0, 1), the likelihood, the data,
/// and the numbers of passes through them. The other settings are in methods.cpp.
struct Problem {
  UnitPriorOptions net;
  bayes::Likelihood likelihood;
  bayes::LaplaceOptions laplace;  ///< its kind of likelihood and its noise
  train::BatchSource* batches;    ///< the training data, shuffled
  train::BatchSource* whole;      ///< the same in one batch
  std::int64_t epochs;
  std::int64_t members = 5;    ///< of the ensemble
  std::int64_t samples = 100;  ///< functions of each method that has as many
  /// The same of methods with noise of its own for each input, whose averages are rougher.
  std::int64_t noisy_samples = 100;
  /// Rates: of Adam for networks and for posteriors, ℓ of SGLD and of SGHMC, and of IVON.
  double adam = 1e-2;
  double variational = 1e-2;
  double sgld = 1;
  double sghmc = 1;
  double ivon = 1;
  bayes::HmcOptions hmc;
  Generator seed;
};

/// A trained method, and what it took.
struct Trained {
  std::string name{};
  std::unique_ptr<bayes::Method> method;
  std::int64_t samples = 1;  ///< functions to average over
  double seconds = 0;
};

/// Trains all methods but HMC, in the order of the tables, or those of these names.
std::vector<Trained> train_methods(const Problem& problem,
                                   const std::vector<std::string>& names = {});

/// The chains of Hamiltonian Monte Carlo. Prints their progress on stderr.
struct HmcRun {
  std::unique_ptr<bayes::Method> method;
  std::vector<bayes::HmcChainReport> report;
  double seconds = 0;
};
HmcRun run_hmc(const Problem& problem);

/// Prints what the chains did, and R̂ and the effective sample size of a function's values
/// [chains, draws, …].
void print_chains(const HmcRun& run, const char* values_name, const Tensor& values);

/// The arguments of the two programs: [--quick] [--validation] [PATH].
struct Arguments {
  bool quick = false;       ///< short runs that show nothing but that the program works
  bool validation = false;  ///< whether the table is of validation data instead of test data
  std::string path{};
};
/// Nothing where there are other ones; the usage is then on stderr.
std::optional<Arguments> parse_arguments(const char* program, int argc, char** argv);

}  // namespace credence::examples
