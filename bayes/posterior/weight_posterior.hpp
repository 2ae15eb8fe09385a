// The interface of a posterior distribution of weights, q(w).
#pragma once

#include "framework/core/random.hpp"
#include "framework/nn/module.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace credence::bayes {

class WeightPosterior;
class WeightPrior;

/// What is added to the square of a mean before its logarithm, so that it stays finite where the
/// mean is 0. It changes log α of |mean| = 1e-6 by 1e-4.
inline constexpr double kMeanFloor = 1e-16;

/// Makes the prior of a weight tensor from its posterior. A setting such as Normal{} is one, and so
/// is any function of this signature.
using Prior = std::function<std::unique_ptr<WeightPrior>(const WeightPosterior&)>;

/// The distribution q(w) of one weight tensor, with its parameters. To add a posterior, derive from
/// this class and write a setting that makes it (see Posterior).
class WeightPosterior {
 public:
  WeightPosterior() = default;
  virtual ~WeightPosterior() = default;
  WeightPosterior(const WeightPosterior&) = delete;
  WeightPosterior& operator=(const WeightPosterior&) = delete;

  /// E[w], in the shape of w.
  virtual Variable mean() const = 0;
  /// Var[w] of each element, differentiable with respect to the parameters.
  virtual Variable variance() const = 0;
  /// variance() of each of several posteriors of this object's class, of which it may be one. The
  /// default computes one after the other; a class whose formula is an op of several tensors
  /// (framework/ops/several_tensors.hpp) overrides it.
  virtual std::vector<Variable> variances(
      const std::vector<const WeightPosterior*>& posteriors) const;
  /// log Var[w]; the default is the logarithm of variance().
  virtual Variable log_variance() const;
  /// log α = log(Var[w] / E[w]²). The default is log_variance() − log(E[w]² + kMeanFloor).
  virtual Variable log_alpha() const;
  /// A draw of w by a differentiable function of the parameters and of the stream's noise.
  virtual Variable sample(const RandomStream& stream) const = 0;
  /// E[log q(w)], a scalar in nats: the negative of q's entropy. The default is that of independent
  /// normal elements, −½ Σ (log Var[w] + log 2πe).
  virtual Variable negative_entropy() const;
  /// Whether the elements are independent normal variables. Local reparametrisation needs this, and
  /// so do closed forms of the Kullback-Leibler divergence.
  virtual bool independent_normal() const { return true; }
  /// The prior where none is chosen.
  virtual Prior default_prior() const = 0;
  /// Sets the spread so that the deviation of each weight is `ratio` times its mean's magnitude.
  virtual void set_relative_deviation(double ratio) = 0;
  /// Makes the elements where `kept` is 0 the constant 0: their mean and variance become 0. `kept`
  /// holds 1 for each other element, in the mean's shape and type, on its device. The default sets
  /// the means, for a mean() that is the parameter itself, and throws Error where the variances are
  /// not 0 then.
  virtual void prune(const Tensor& kept);

  /// Passes "weight", the parameter of the mean, to the visitor, and the parameters of the spread
  /// with the role nn::Role::spread.
  virtual void visit(nn::Visitor& visitor) = 0;
};

/// Makes the posterior of a weight tensor whose mean starts at `mean`. A setting such as Gaussian{}
/// is one, and so is any function of this signature. Settings throw ValueError where they are not
/// finite in the mean's type or contradict each other.
using Posterior = std::function<std::unique_ptr<WeightPosterior>(const Variable& mean)>;

}  // namespace credence::bayes
