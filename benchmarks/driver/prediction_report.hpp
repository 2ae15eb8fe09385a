// What a classifier's predictions are worth, as tables for people and as JSON: the command evaluate
// and the tasks calib and ood share it.
#pragma once

#include "bayes/classification_report.hpp"

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace credence::benchmarks {

/// A report and the name that the head of its column says.
struct NamedReport {
  std::string name;
  bayes::ClassificationReport report;
};

/// Up to so many classes, confusion_table is narrow enough for a terminal.
inline constexpr std::int64_t kMostClassesInTable = 20;

/// A number with three significant digits: "0.0198", "2.30".
std::string three_digits(double value);

/// "99.30 ± 0.08 %", with the standard error.
std::string accuracy_text(const bayes::ClassificationReport& report);

/// All metrics of the reports: a row for each metric, a column for each report.
std::string report_table(const std::vector<NamedReport>& reports);

/// The confusion matrix: a row for each label with its accuracy, a column for each prediction.
std::string confusion_table(const bayes::ClassificationReport& report,
                            const std::vector<std::string>& class_names);

/// All metrics by their names, with the bins of the reliability diagram and the confusion matrix.
nlohmann::ordered_json report_json(const bayes::ClassificationReport& report);

/// The bins of a reliability diagram.
nlohmann::ordered_json reliability_json(const std::vector<bayes::metrics::ReliabilityBin>& bins);

}  // namespace credence::benchmarks
