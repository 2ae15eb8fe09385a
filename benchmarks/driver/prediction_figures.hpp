// The figures of the tasks calib and ood. Each is written to stem.png and stem.svg.
#pragma once

#include "bayes/metrics/calibration.hpp"
#include "bayes/metrics/detection.hpp"
#include "bayes/metrics/selective.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// A model's reliability diagram, before and after temperature scaling.
struct ReliabilityDiagram {
  std::string name;  ///< the model's
  std::vector<bayes::metrics::ReliabilityBin> before;
  std::optional<double> temperature{};  ///< nothing where there is no best one
  std::vector<bayes::metrics::ReliabilityBin> after{};
};

/// A column for each model. Above: accuracy and mean confidence of the bins, before and after.
/// Beneath: the share of the images in each bin.
void draw_reliability(const std::string& title, const std::vector<ReliabilityDiagram>& models,
                      const std::filesystem::path& stem);

struct NamedRiskCoverage {
  std::string name;
  bayes::metrics::RiskCoverage curve;
};

/// The risk against the coverage, a curve for each model.
void draw_risk_coverage(const std::string& title, const std::vector<NamedRiskCoverage>& models,
                        const std::filesystem::path& stem);

/// A model's predictive entropies of two sets of images, in nats.
struct Entropies {
  std::string name;  ///< the model's
  std::vector<double> own{};
  std::vector<double> other{};
};

/// A histogram of both sets for each model, over 0 to log(classes).
void draw_entropies(const std::string& title, const std::vector<Entropies>& models,
                    const std::string& own, const std::string& other, std::int64_t classes,
                    const std::filesystem::path& stem);

/// A model's ROC curves by score, the other images being positive.
struct RocCurves {
  struct Named {
    std::string score;
    bayes::metrics::RocCurve curve;
    std::size_t colour;  ///< its number among the chart's, the same for all models
  };
  std::string name;  ///< the model's
  std::vector<Named> curves{};
};

/// A panel for each model.
void draw_roc(const std::string& title, const std::vector<RocCurves>& models,
              const std::filesystem::path& stem);

/// What becomes of a model's predictions from level to level of a corruption; level 0 is without.
struct ShiftCurves {
  std::string name;              ///< the model's
  std::vector<double> accuracy;  ///< of the levels from 0
  std::vector<double> ece;       ///< likewise
  std::vector<double> auroc;     ///< of the levels from 1
};

/// Accuracy, ECE and AUROC against the level, a curve for each model. `score` is that of AUROC.
void draw_shift(const std::string& title, const std::vector<ShiftCurves>& models,
                const std::string& score, const std::filesystem::path& stem);

}  // namespace credence::benchmarks
