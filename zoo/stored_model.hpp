// A trained model of the zoo from its file: which model it is, the metadata say.
#pragma once

#include "bayes/function_draw.hpp"
#include "bayes/methods/method.hpp"
#include "data/transform.hpp"
#include "framework/io/key_map.hpp"
#include "zoo/architecture.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::zoo {

struct StoredModelOptions {
  std::filesystem::path checkpoint{};
  std::string model{};  ///< empty: the file says
  /// From the file's names to the model's; without rules, where the names are some that PyTorch's
  /// scripts commonly have, by Architecture::pytorch_names.
  io::KeyMap key_map{};
  std::optional<Family> family{};              ///< that it has to be of
  std::optional<nn::Activation> activation{};  ///< in place of the file's, else the family's own
  /// Of the model's noise, in place of the file's.
  std::optional<std::uint64_t> seed{};
  /// What a pass draws, of a file whose method is the network itself.
  bayes::PassDraw draw = bayes::PassDraw::outputs;
  Device device = Device::cpu;  ///< that the model is moved to
};

/// What images a stored model takes.
struct StoredImages {
  Shape image;                                 ///< [C, H, W]
  std::optional<data::Normalize> normalize{};  ///< without it, pixels / 255
};

/// Reads what the metadata of a file say of this: "image", or else the shape of the model's own
/// images, and "mean" and "std". Throws FileError where they name what there cannot be.
StoredImages stored_images(const std::filesystem::path& file, const std::string& model);

struct StoredModel {
  NamedModel model;  ///< of a method's file its network, of an ensemble's file that of member 1
  /// How the file predicts: the model as it is, or by the method that the file names. It may refer
  /// to the model.
  std::unique_ptr<bayes::Method> method{};
  std::string name;  ///< "LeNet5"
  Family family;
  std::string dataset;     ///< that it was trained on; empty where the file does not say
  std::uint64_t seed = 1;  ///< of its training
  std::optional<std::int64_t> validation{};  ///< images held back from it, if the file says so
  std::int64_t held_out = 0;  ///< training images that its run scored, before `validation`
  std::int64_t classes;
  std::vector<std::string> columns{};    ///< of a table, the names of its inputs; else empty
  std::vector<std::string> class_names;  ///< by label; empty or one for each class
  /// [C, H, W] of the images that it takes, [1, 1, columns] where it takes the rows of a table.
  Shape image;
  std::optional<data::Normalize> normalize;  ///< of these
  std::optional<Norm> norm{};                ///< ModelOptions::norm
  std::vector<std::int64_t> widths{};        ///< ModelOptions::widths
  std::map<std::string, std::string> metadata{};
  double training_seconds = 0;  ///< that the file says its training took; 0 where it does not say
};

/// Reads the file that `options.checkpoint` names, by credence-bench or PyTorch. The number of
/// classes is that of the tensors, the rest is in the metadata, "widths" among them for a model
/// with other widths than its own (with commas between). Where these do not name the family or say
/// which normalisation there is, and of the posterior in any case, the file is of that model whose
/// list of tensors is its own. Elements may be of 16, 32 or 64 bits (see io::LoadOptions::cast).
/// The noise of posterior samples is that of Generator(seed).split(
/// "model"), with which credence-bench makes models; a method that keeps its draws or a generator
/// of its own in the file has those whatever the seed is. Throws FileError where the file is none,
/// or of another model than asked for; ValueError where neither it nor the options name one, and
/// where `draw` is not the default and the file names another method than the network itself.
StoredModel read_stored_model(const StoredModelOptions& options);

/// Whether its predictions are averages over several functions.
bool averages(const StoredModel& stored);

/// Whether it takes the rows of a table in place of images.
bool takes_rows(const StoredModel& stored);

/// "BayesianLeNet5"
std::string full_name(const StoredModel& stored);

}  // namespace credence::zoo
