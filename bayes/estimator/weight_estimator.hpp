// The interface of an estimator: how the noise of weights reaches a layer's output.
#pragma once

#include "bayes/posterior/weight_posterior.hpp"
#include "framework/nn/activation.hpp"
#include "framework/ops/random_convolution.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

namespace credence::bayes {

/// What a layer computes from its input x and a weight w: y = w · x + b, linear in both, such as a
/// matrix product or a convolution. The second dimension of x and of y counts their channels.
class Product {
 public:
  Product() = default;
  Product(const Product&) = default;
  Product(Product&&) = default;
  Product& operator=(const Product&) = default;
  Product& operator=(Product&&) = default;
  virtual ~Product() = default;

  /// activation(w · x + bias); the bias may be undefined.
  virtual Variable apply(const Variable& x, const Variable& weight, const Variable& bias,
                         const std::optional<nn::Activation>& activation) const = 0;
  /// The product's sizes where it is a convolution or a fully connected layer. Its outputs are
  /// drawn by a fused kernel then.
  virtual std::optional<ConvolutionShape> convolution_shape(const Shape& /*x*/) const { return {}; }
  /// Whether convolution_shape() gives sizes.
  virtual bool is_convolution() const { return false; }
  /// What error messages call the layer.
  virtual std::string product_name() const = 0;
};

/// A call of a layer whose output is to be drawn.
struct LayerDraw {
  const Product& product;
  const Variable& x;
  const WeightPosterior& weight;
  const Variable& bias;  ///< may be undefined
  const std::optional<nn::Activation>& activation;
  Generator& noise;          ///< the layer's own
  std::optional<Fold> fold;  ///< where x holds several samples (see FoldedSamples)
  Variable variance{};       ///< of the weight, where it was computed already

  Variable weight_variance() const { return variance.defined() ? variance : weight.variance(); }
};

/// An output that was drawn.
struct LayerOutput {
  Variable output;
  Variable weight;  ///< the draw of the weight, where there was one
};

/// Draws a layer's outputs for weights from a posterior. To add an estimator, derive from this
/// class. An estimator is constant: layers share it.
class WeightEstimator {
 public:
  WeightEstimator() = default;
  WeightEstimator(const WeightEstimator&) = default;
  WeightEstimator(WeightEstimator&&) = default;
  WeightEstimator& operator=(const WeightEstimator&) = default;
  WeightEstimator& operator=(WeightEstimator&&) = default;
  virtual ~WeightEstimator() = default;

  virtual LayerOutput draw(const LayerDraw& call) const = 0;
  /// Throws ValueError where outputs cannot be drawn for this posterior.
  virtual void check(const WeightPosterior& /*posterior*/) const {}
  /// Whether draw() accepts a fold with this product.
  virtual bool folds(const Product& /*product*/) const { return false; }
  /// Whether draw() reads LayerDraw::weight_variance().
  virtual bool needs_variance() const { return false; }
  /// The number of products that a draw computes.
  virtual int products() const = 0;
};

/// The choice of an estimator. An object of a class that is derived from WeightEstimator is one.
class Estimator {
 public:
  /// LocalReparametrization for a posterior of independent normal weights, else
  /// WeightReparametrization.
  Estimator() = default;
  template <std::derived_from<WeightEstimator> E>
  Estimator(E estimator)  // NOLINT: implicit, so that a choice reads as the estimator
      : chosen_(std::make_shared<const E>(std::move(estimator))) {}

  /// The estimator for this posterior. Throws ValueError where it cannot draw for it.
  std::shared_ptr<const WeightEstimator> for_posterior(const WeightPosterior& posterior) const;

 private:
  std::shared_ptr<const WeightEstimator> chosen_;
};

}  // namespace credence::bayes
