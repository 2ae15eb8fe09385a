// The command export: a trained model as an ONNX file.
#pragma once

#include "bayes/onnx.hpp"
#include "benchmarks/driver/stored_model.hpp"

#include <cstdint>
#include <filesystem>

namespace credence::benchmarks {

struct ExportOptions {
  StoredModelOptions stored{};  ///< its samples are those of form moments
  bayes::OnnxForm form = bayes::OnnxForm::mean;
  std::uint64_t seed = 0;       ///< of the draws (OnnxOptions::seed)
  bool pixels = false;          ///< whether the input is bytes, which the graph scales
  std::filesystem::path out{};  ///< the file
};

/// Writes the model of the checkpoint to the file `out`, which is replaced if it is there. Its
/// metadata are those of the checkpoint and, by channel, the mean and the deviation that inputs are
/// to be normalised with. Prints the inputs and the outputs. Throws FileError for a file of a
/// method that is more than one network, such as an ensemble, and as read_stored_model does;
/// ValueError as bayes::to_onnx.
void export_model(const ExportOptions& options);

}  // namespace credence::benchmarks
