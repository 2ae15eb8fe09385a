// A trained model from its file, as the commands predict and evaluate ask for it.
#pragma once

#include "bayes/methods/method.hpp"
#include "benchmarks/common/device.hpp"
#include "benchmarks/common/models.hpp"
#include "data/colour.hpp"
#include "data/transform.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

struct StoredModelOptions {
  std::filesystem::path checkpoint{};
  std::string model{};                         ///< empty: the file says
  std::optional<Family> family{};              ///< that it has to be of
  std::optional<nn::Activation> activation{};  ///< in place of the file's, else the family's own
  std::int64_t samples = 15;                   ///< of the posterior; 0 for its mean
  Computing computing{};
  std::optional<std::string> json{};  ///< file for the results; "-" for stdout
  std::string dataset{};              ///< evaluate; empty: the file's, else the model's
  std::optional<std::filesystem::path> data_dir{};
  std::optional<std::string> ood_data{};  ///< evaluate: other images (see ood_data.hpp)
  /// evaluate: with pictures to test on in a folder for each class
  std::optional<std::filesystem::path> folder{};
  std::vector<std::filesystem::path> pictures{};  ///< predict: files, or folders of them
  bool invert = false;                            ///< predict: exchange black and white
  std::string command{};                          ///< as it was given, for the results
  data::Colour background = data::kWhite;         ///< predict: that transparent pictures lie on
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
  std::int64_t classes;
  std::vector<std::string> class_names;      ///< by label; empty or one for each class
  Shape image;                               ///< [C, H, W] of the images that it takes
  std::optional<data::Normalize> normalize;  ///< of these
  std::optional<zoo::Norm> norm{};           ///< ModelOptions::norm
  std::vector<std::int64_t> widths{};        ///< ModelOptions::widths
  std::map<std::string, std::string> metadata{};
  double training_seconds = 0;  ///< that the file says its training took; 0 where it does not say
};

/// Reads the file that `options.checkpoint` names, by save_model or PyTorch, to the device that
/// `options.computing` names. The number of classes is that of the tensors, the rest is in the
/// metadata, "widths" among them for a model with other widths than its own (with commas between).
/// Where these do not name the family or say which normalisation there is, and of the posterior in
/// any case, the file is of that model whose list of tensors is its own. Throws
/// FileError where the file is none, or of another model than asked for; ValueError where neither
/// it nor the options name one.
StoredModel read_stored_model(const StoredModelOptions& options);

/// Whether its predictions are averages over several functions.
bool averages(const StoredModel& stored);

/// "BayesianLeNet5"
std::string full_name(const StoredModel& stored);

}  // namespace credence::benchmarks
