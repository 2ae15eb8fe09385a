// Hamiltonian Monte Carlo over all data: the reference posterior of small networks (Neal 2011,
// arXiv 1206.1901; for networks Izmailov et al. 2021, arXiv 2104.14421).
//
// The target is exp(−U(z)) with the energy of PosteriorEnergy, in coordinates in which the prior is
// N(0, I). A trajectory starts at z with a new momentum p ~ N(0, I), makes L leapfrog steps of size
// ε to (z', p'), and is accepted, so that z' is the next draw, with probability
//   a = min(1, exp(H(z, p) − H(z', p'))),   H = U(z) + ½ |p|²;
// else the draw is z again. Each chain adapts its ε during burn-in by dual averaging, to the mean
// acceptance wanted (DualAveraging; ε₀ by algorithm 4 of Hoffman and Gelman 2014). L is
// path_length / ε rounded up. After burn-in ε is fixed but for a jitter drawn for each trajectory,
// which keeps L ε from the period of a direction (Neal 2011, section 4.2).
//
// Draws have the exact posterior as their limit, apart from rounding; R̂ and the effective sample
// size of metrics/chains.hpp say how far they are from it. A trajectory costs L gradients over all
// data; memory is that of the data, of 4 vectors for each chain, and of all draws.
#pragma once

#include "bayes/methods/method.hpp"
#include "bayes/methods/posterior_energy.hpp"
#include "framework/core/random.hpp"
#include "framework/io/safetensors.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace credence::bayes {

/// Where chains start: at draws from the prior, so that R̂ shows whether they forget their starts,
/// or all at the model's weights.
enum class HmcStart : std::uint8_t { prior, model };

/// The settings of HMC.
struct HmcOptions {
  Likelihood likelihood{};  ///< of classes; any other
  PriorDeviations prior{};
  double temperature = 1;      ///< 1 for the posterior; see PosteriorEnergy
  std::int64_t chains = 3;     ///< at least 1
  std::int64_t burn_in = 100;  ///< trajectories of each chain before its first draw
  std::int64_t samples = 100;  ///< draws that are kept of each chain
  std::int64_t thinning = 1;   ///< trajectories for each draw that is kept
  /// ε L, in deviations of the prior. π/2, the choice of Izmailov et al., turns a draw from N(0, I)
  /// into an independent one; where data hold the weights more closely, less does.
  double path_length = 1.5707963267948966;
  std::int64_t leapfrog_steps = 0;         ///< L where it is fixed; 0 for path_length / ε
  std::int64_t max_leapfrog_steps = 1000;  ///< the largest L
  double target_acceptance = 0.8;
  double step_size = 0;  ///< ε where it is not adapted; 0 to adapt it
  double jitter = 0.1;   ///< ε is multiplied by a uniform number in 1 ± jitter
  HmcStart start = HmcStart::prior;
  /// The type of positions, gradients and passes. In float32 the energy, which is summed in double
  /// precision, has an error of about 10⁻⁴ for a thousand samples, far below what changes an
  /// acceptance. In float64 products run on the reference kernels, several times slower.
  DType dtype = DType::float32;
  Generator generator{};
};

/// What a chain did after burn-in.
struct HmcChainReport {
  std::int64_t trajectories = 0;
  double acceptance = 0;      ///< the mean of a
  double step_size = 0;       ///< ε
  double leapfrog_steps = 0;  ///< the mean L
  /// Trajectories whose H rose by more than 1000 or was not finite.
  std::int64_t divergences = 0;
};

/// Chains on one model. They run side by side, one trajectory of each after the other.
///   bayes::Hmc hmc(model, source, {.chains = 3, .samples = 200});
///   while (!hmc.advance(10)) save(hmc.state());
///   const std::unique_ptr<bayes::Method> posterior = hmc.finish();
class Hmc {
 public:
  /// Keeps copies of the batches of epoch 0. Throws ValueError for settings out of range and as
  /// PosteriorEnergy does.
  Hmc(std::shared_ptr<nn::Module> model, train::BatchSource& source, const HmcOptions& options);
  ~Hmc();

  /// Runs up to `trajectories` further ones of each chain. Returns whether the run is complete. The
  /// model has its own weights before and after.
  bool advance(std::int64_t trajectories);
  /// Runs to the end.
  void run();
  /// The number of trajectories of each chain so far, and of the whole run.
  std::int64_t trajectories() const { return done_; }
  std::int64_t total() const;

  std::vector<HmcChainReport> report() const;
  /// The kept draws of the weights so far, [chains, draws, P] on the CPU: the parameters one after
  /// the other in the order of visit.
  Tensor draws() const;

  /// The tensors that the rest of the run depends on. A run of the same model, data and options
  /// that restores them has the same draws, bit for bit.
  std::vector<NamedTensor> state() const;
  /// Throws ValueError, with nothing changed, where they are not of such a run.
  void restore(const io::SafeTensors& state);

  /// The method "hmc" with all draws of all chains, one chain after the other (KeptSamples); the
  /// model gets the last. Throws Error before the end of the run.
  std::unique_ptr<Method> finish() const;

 private:
  struct Chain;
  Chain start(const PosteriorEnergy& energy, std::uint64_t number) const;
  void trajectory(const PosteriorEnergy& energy, Chain& chain) const;
  PosteriorEnergy energy() const;
  std::int64_t kept() const;

  std::shared_ptr<nn::Module> model_;
  HmcOptions options_;
  std::vector<train::Batch> batches_;
  std::vector<Chain> chains_;
  Tensor draws_;  // [chains, samples, P]
  std::int64_t done_ = 0;
};

}  // namespace credence::bayes
