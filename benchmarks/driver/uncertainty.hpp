// Task uncert: the uncertainty of a Bayesian model, trained here or before, about test images that
// are rotated by 0 to 330 degrees.
#pragma once

#include "benchmarks/driver/run_settings.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// A mean over images and their quartiles.
struct Spread {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// What the model makes of images rotated by one angle. The uncertainties are the traces of the
/// covariance matrices, sums over all classes.
struct AngleScores {
  double angle = 0;  ///< degrees
  double accuracy = 0;
  Spread epistemic{};
  Spread aleatoric{};
};

struct UncertaintyResult {
  std::string dataset;
  std::string where;
  std::int64_t rotated_images = 0;
  FamilyResult training{};  ///< without epochs where the model came from a file
  std::vector<AngleScores> angles{};
  RunSettings inputs{};
};

/// Trains unless `options.pretrained` is set. Where `options.out` is set, writes the figures
/// turned.png and turned.svg (12 images at 12 angles), angles.png and angles.svg (uncertainty
/// against the angle) and the checkpoint bayesian.safetensors of a model trained here.
UncertaintyResult run_uncertainty(const Options& options, const Images& images);

/// The results as a table in Markdown, and as JSON.
std::string uncertainty_table(const Options& options, const UncertaintyResult& result);
std::string uncertainty_json(const Options& options, const UncertaintyResult& result);

}  // namespace credence::benchmarks
