// A trained model from its file, as the commands predict and evaluate ask for it.
#pragma once

#include "benchmarks/common/device.hpp"
#include "benchmarks/common/models.hpp"
#include "data/colour.hpp"
#include "framework/io/key_map.hpp"
#include "zoo/stored_model.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

struct StoredModelOptions {
  std::filesystem::path checkpoint{};
  std::string model{};  ///< empty: the file says
  /// From the file's names to the model's; without rules, where the names are some that PyTorch's
  /// scripts commonly have, by zoo::Architecture::pytorch_names.
  io::KeyMap key_map{};
  std::optional<Family> family{};              ///< that it has to be of
  std::optional<nn::Activation> activation{};  ///< in place of the file's, else the family's own
  std::int64_t samples = 15;                   ///< of the posterior; 0 for its mean
  bayes::PassDraw draw = bayes::PassDraw::outputs;
  Computing computing{};
  std::optional<std::string> json{};  ///< file for the results; "-" for stdout
  /// Evaluate; empty: the file's, else the model's. It may be the file of a table.
  std::string dataset{};
  std::optional<std::string> target{};  ///< evaluate: of a table, in place of the model's
  std::optional<std::filesystem::path> data_dir{};
  std::optional<std::string> ood_data{};  ///< evaluate: other images (see ood_data.hpp)
  /// evaluate: with pictures to test on in a folder for each class
  std::optional<std::filesystem::path> folder{};
  std::vector<std::filesystem::path> pictures{};  ///< predict: files, or folders of them
  bool invert = false;                            ///< predict: exchange black and white
  std::string command{};                          ///< as it was given, for the results
  data::Colour background = data::kWhite;         ///< predict: that transparent pictures lie on
};

using zoo::stored_images;
using zoo::StoredImages;
using zoo::StoredModel;
using zoo::takes_rows;

/// zoo::read_stored_model, to the device that `options.computing` names.
inline StoredModel read_stored_model(const StoredModelOptions& options) {
  return zoo::read_stored_model({.checkpoint = options.checkpoint,
                                 .model = options.model,
                                 .key_map = options.key_map,
                                 .family = options.family,
                                 .activation = options.activation,
                                 .draw = options.draw,
                                 .device = chosen_device(options.computing.device)});
}

}  // namespace credence::benchmarks
