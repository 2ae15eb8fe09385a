// Cost curves: how the time of a piece of work grows with its size, and where it grows too fast.
#pragma once

#include "benchmarks/common/models.hpp"
#include "benchmarks/common/provenance.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The time that one size of the work takes.
struct CostPoint {
  std::int64_t size = 0;
  double milliseconds = 0;  ///< median
  double least = 0;         ///< in milliseconds
  std::int64_t repeats = 0;

  double milliseconds_each() const { return milliseconds / static_cast<double>(size); }
};

/// A piece of work at ascending sizes.
struct CostCurve {
  std::string work;  ///< "training step"
  std::string size;  ///< what grows: "batch size"
  std::string unit;  ///< one of it: "image"
  std::vector<CostPoint> points;
};

/// What was measured, and where.
struct CostCurves {
  std::string model;
  Family family = Family::frequentist;
  std::string device;       ///< "cpu" or "cuda"
  std::string description;  ///< of the device, for people
  std::string precision;
  int threads = 1;
  std::vector<CostCurve> curves;
  Provenance program{};

  /// "BayesianLeNet5"
  std::string name() const { return full_name(family, model); }
};

/// By how much the time grew from one point to the next for each doubling's worth of work,
/// 2 · (t₂ / t₁) / (n₂ / n₁): 2 where time is proportional to size; t₂ / t₁ itself where the size
/// doubles.
double growth(const CostPoint& before, const CostPoint& point);

/// A growth above this is a cliff: a quarter more than proportional.
inline constexpr double kCliff = 2.5;

/// The indices of the points that a cliff leads to.
std::vector<std::size_t> cliffs(const CostCurve& curve);

/// A table of the points for each curve, then a line for each cliff, or "no cliff".
std::string cost_text(const CostCurves& curves);

/// The same with all numbers, for machines.
std::string cost_json(const CostCurves& curves);

}  // namespace credence::benchmarks
