// A curve through points that the reader sets, by the methods of lesson 7.
#pragma once

#include "bayes/methods/hmc.hpp"
#include "docs/explorer/core/figures.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/batch.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace credence::explorer {

/// What is known of a curve: a small network with the same prior for all methods, and noise of a
/// known deviation.
class CurveMethod {
 public:
  virtual ~CurveMethod() = default;
  /// Other points from the next step on.
  virtual void set_data(const train::Batch& data) = 0;
  virtual void step(int count) = 0;
  /// The values of functions at x [N, 1], [S, N]: `samples` of them, or as many as there are.
  virtual Tensor functions(const Tensor& x, int samples) = 0;
  /// How far a run is that has an end, 0 to 1; 1 where it has none.
  virtual double progress() const { return 1; }

 protected:
  CurveMethod() = default;
  CurveMethod(const CurveMethod&) = delete;
  CurveMethod& operator=(const CurveMethod&) = delete;
};

/// The methods: one posterior that is normal in each weight, an ensemble of five networks, and
/// Hamiltonian Monte Carlo.
enum class CurveKind : std::uint8_t { variational, ensemble, hmc };

class CurveView {
 public:
  /// Begins again. Arguments: the method (0 variational, 1 ensemble, 2 HMC), hidden units, the
  /// noise's deviation, the temperature, the seed, and x and y of each point.
  Figures start(Arguments arguments);
  /// Other points; HMC begins again. Arguments: x and y of each point.
  Figures points(Arguments arguments);
  /// Trains. Arguments: steps of Adam, or trajectories of HMC. "progress", "steps" so far.
  Figures step(Arguments arguments);
  /// What is known of the curve at evenly spaced x. Arguments: the first x, the last, how many,
  /// functions for the band, functions to return. "mean" and "deviation" of the curve; "functions",
  /// one after the other.
  Figures band(Arguments arguments);

 private:
  CurveKind kind_ = CurveKind::variational;
  int hidden_ = 30;
  double noise_ = 0.12, temperature_ = 1;
  std::uint64_t seed_ = 1;
  std::int64_t steps_ = 0;
  train::Batch data_;
  std::unique_ptr<CurveMethod> method_;

  void read_points(std::span<const double> points);
  std::unique_ptr<CurveMethod> make() const;
};

}  // namespace credence::explorer
