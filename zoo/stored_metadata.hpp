// What a checkpoint's metadata and its list of tensors say of the model, part by part. Part of
// zoo/stored_model.cpp.
#pragma once

#include "data/transform.hpp"
#include "framework/base/decimal.hpp"
#include "framework/io/key_map.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"
#include "zoo/architecture.hpp"
#include "zoo/scale.hpp"
#include "zoo/variational_choice.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::zoo {

/// A file's tensors, and its metadata by key. Errors are FileErrors with its path.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& path);

  /// The tensors of the network, or of the first of several, under the model's names.
  const io::SafeTensors& file() const { return file_; }
  const io::SafeTensors& whole() const { return whole_; }
  void rename(const io::KeyMap& keys);
  void load(nn::Module& model) const;
  [[noreturn]] void fail(const std::string& what) const;

  /// Empty where there is none.
  std::string text(const std::string& key) const;
  std::vector<std::string> parts(const std::string& key, char separator) const;
  /// Nothing where there is none.
  std::optional<double> number(const std::string& key) const;
  /// With commas between.
  template <class T>
  std::vector<T> numbers(const std::string& key) const {
    std::vector<T> numbers;
    for (const std::string& part : parts(key, ',')) {
      const std::optional<T> value = parse_decimal<T>(part);
      if (!value) fail("\"" + key + "\" of the metadata is no list of numbers: " + text(key));
      numbers.push_back(*value);
    }
    return numbers;
  }
  /// Of the tensors, under the model's names.
  std::vector<std::string> names() const;

 private:
  std::string path_;
  io::SafeTensors whole_;
  io::SafeTensors stored_;  // the network's tensors under the file's names
  io::KeyMap keys_;
  io::SafeTensors file_;
};

// All of these throw FileError where the metadata name what there cannot be.

/// "family" of the metadata; nothing where they do not say.
std::optional<Family> stored_family(const Checkpoint& checkpoint);

/// "norm" names it. Files without that may have "batch_norm", true or false.
std::optional<Norm> stored_norm(const Checkpoint& checkpoint, const Architecture& model);

/// "widths" of the metadata. A file whose tensors have not these numbers of rows, or fewer elements
/// than their products, is damaged; so no memory is asked for that the file does not justify.
std::vector<std::int64_t> stored_widths(const Checkpoint& checkpoint);

/// The probability of dropout: it leaves no tensors.
double stored_dropout(const Checkpoint& checkpoint);

/// The rows of the last layer's weight.
std::int64_t class_count(const Checkpoint& checkpoint, const std::string& model);

/// Of a model for the rows of a table: as many columns as its tensors have. Their scale is in the
/// file's tensors.
std::optional<Scale> stored_rows(const Checkpoint& checkpoint, const std::string& model);

/// "activation"; nothing where there is none.
std::optional<nn::Activation> stored_activation(const Checkpoint& checkpoint);

/// "mean" and "std", a number for each channel; nothing where there are none.
std::optional<data::Normalize> normalization_of(const Checkpoint& checkpoint,
                                                std::int64_t channels);

/// "image" of the metadata. The tensors justify the memory that images of this shape ask for.
Shape stored_image(const Checkpoint& checkpoint, const Architecture& model);

/// The Bayesian models that the file may be of: the one that the metadata name; where they name no
/// posterior, one with each parameter of the spread.
std::vector<VariationalChoice> stored_choices(const Checkpoint& checkpoint);

}  // namespace credence::zoo
