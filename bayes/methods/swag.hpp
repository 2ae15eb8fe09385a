// SWAG (Maddox et al. 2019, arXiv 1902.02476): a Gaussian around the average of a run's weights.
#pragma once

#include "bayes/methods/weight_samples.hpp"

#include <memory>

namespace credence::bayes {

class MethodReader;

/// What a SWAG posterior is made of. n is the number of the model's parameters, all in the order of
/// visit.
struct SwagMoments {
  /// [n], the mean square deviation of the snapshots from their mean, mean(w²) − mean(w)².
  Tensor variance;
  /// D [K, n]: the last K snapshots minus the mean of the snapshots up to each. Undefined or empty
  /// for the diagonal form.
  Tensor deviations;
};

/// The settings of a Swag.
struct SwagDraws {
  double scale = 1;  ///< on the deviation of draws: 1 is the paper's, 0 the mean alone
  Generator generator{};
};

/// Draws weights by equation (1) of the paper, with z₁ [n] and z₂ [K] standard normal:
///   w = mean + scale / √2 · (√variance · z₁ + Dᵀ z₂ / √(K − 1))
/// or, without deviations, w = mean + scale · √variance · z₁ (SWAG-Diagonal). samples = 0 gives the
/// mean, which is the prediction of stochastic weight averaging (SWA, arXiv 1803.05407).
///
/// Batch normalisation: running statistics belong to weights, so those of training fit no draw. The
/// paper passes all training data for each draw. update_batch_norm() does so for the mean and for
/// as many draws as wanted, and keeps the statistics, a few numbers for each channel; predictions
/// then need no training data. Later draws take the mean's statistics. Other buffers are those
/// that training left.
///
/// Memory: K + 3 times the model's. A draw costs K + 4 multiply-adds for each parameter.
class Swag : public WeightSamples {
 public:
  /// The model holds the mean. Throws ValueError for a negative or infinite scale and for moments
  /// that do not fit the model or have one deviation.
  Swag(std::shared_ptr<nn::Module> model, const SwagMoments& moments, const SwagDraws& draws = {});

  /// Throws ValueError where draws may not have this scale.
  static void check_scale(double scale);

  std::string name() const override { return "swag"; }
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

  /// Computes the batch normalisation statistics of the mean and of the first `draws` draws over
  /// epoch 0 of the training data, see train::update_batch_norm: draws + 1 forward passes of all
  /// the data. A model without batch normalisation is left alone.
  void update_batch_norm(train::BatchSource& training, std::int64_t draws);

 protected:
  void set_weights(std::int64_t pass, std::int64_t passes) override;

 private:
  Tensor draw(std::int64_t pass) const;

  Tensor mean_;        // [n]
  Tensor variance_;    // [n]
  Tensor deviations_;  // [K, n], undefined for the diagonal form
  double scale_;
  Generator generator_;
  Tensor batch_norm_;  // [1 + draws, statistics]: the mean's, then those of each draw
};

}  // namespace credence::bayes
