// What the results of a run depend on, beside the program: whether a saved state or a results.json
// is of the same run is decided by it. Threads, device and folders are no part of it.
#pragma once

#include "benchmarks/driver/trial.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace credence::benchmarks {

/// Values as JSON texts ("10", "\"mnist\"") by the names that they have in results.json.
using RunSettings = std::map<std::string, std::string>;

/// A text as a setting: in quotes, and bytes that are not UTF-8 replaced.
std::string text_setting(const std::string& text);

/// What the options say: under "settings" in results.json.
RunSettings settings_of(const Options& options);

/// What the run is given: data set, numbers of samples, CRC-32 of their bytes and of the file of
/// the pretrained model, or a list of them for several; at the top of results.json.
RunSettings inputs_of(const Options& options, const Parts& parts);

/// The data of a run whose models share them, as its report says.
struct RunData {
  std::string dataset{};
  std::string where{};           ///< RunSets::where
  std::string sample = "image";  ///< what a sample is called
  std::int64_t training_samples = 0;
  std::int64_t validation_samples = 0;
  std::int64_t test_samples = 0;
  std::string scored = "test";  ///< what these are: "test", or "held-out" (Options::held_out)
  RunSettings inputs{};         ///< inputs_of the run
};
RunData data_of(const Options& options, const Parts& parts);

/// Throws FileError where `file`, which says `stored` of its run, is of another run than `wanted`,
/// naming the first setting that differs and both values.
void require_same(const std::filesystem::path& file, const RunSettings& wanted,
                  const RunSettings& stored);

/// Throws the same for a results.json; FileError too where it is none.
void require_results_of(const std::filesystem::path& file, const RunSettings& settings,
                        const RunSettings& inputs);

}  // namespace credence::benchmarks
