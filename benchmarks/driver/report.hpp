#pragma once

#include "benchmarks/driver/accuracy.hpp"
#include "benchmarks/driver/initialisation.hpp"
#include "benchmarks/driver/turned.hpp"

#include <string>

namespace credence::benchmarks {

/// The settings of a run, a line each, for the head of its output.
std::string settings_text(const Options& options, const Images& images);

/// The tables of task acc, in Markdown.
std::string accuracy_tables(const Options& options, const AccuracyResult& result);

/// The same of task init and task uncert.
std::string initialisation_table(const Options& options, const InitialisationResult& result);
std::string turned_table(const Options& options, const TurnedResult& result);

/// Settings and results as JSON; docs/results-json.md lists the fields.
std::string initialisation_json(const Options& options, const InitialisationResult& result);
std::string turned_json(const Options& options, const TurnedResult& result);
std::string accuracy_json(const Options& options, const AccuracyResult& result);

}  // namespace credence::benchmarks
