// The names of torchvision's VGG (torchvision/models/vgg.py, version 0.14) for the zoo's.
#pragma once

#include "zoo/pytorch_names.hpp"
#include "zoo/vgg.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace credence::zoo {

/// The indices of torchvision's layers in the container `features`: an activation follows each
/// convolution, or its normalisation, and max pooling follows each block.
struct VggFeatures {
  std::vector<int> convolutions;
  std::vector<int> norms;  ///< of the forms with batch normalisation
};

/// Throws ValueError as vgg_blocks does.
inline VggFeatures torchvision_features(int depth, bool batch_norm) {
  VggFeatures features;
  int next = 0;
  for (const int count : vgg_blocks(depth)) {
    for (int i = 0; i < count; ++i) {
      features.convolutions.push_back(next++);
      if (batch_norm) features.norms.push_back(next++);
      ++next;  // the activation
    }
    ++next;  // the pooling
  }
  return features;
}

/// The same as a set.
inline std::set<int> torchvision_entries(int depth, bool batch_norm) {
  const VggFeatures features = torchvision_features(depth, batch_norm);
  std::set<int> all(features.convolutions.begin(), features.convolutions.end());
  all.insert(features.norms.begin(), features.norms.end());
  return all;
}

/// The names of torchvision's VGG of this depth, with or without batch normalisation:
/// "features.0.weight", "classifier.0.weight", …; nothing for a file without `features`.
///
/// The convolutions and normalisations mean the same as VGG's. The classifiers differ.
/// torchvision's has three fully connected layers, of 25088, 4096 and 4096 inputs, behind a pooling
/// to 7 × 7; VGG's has two. The two layers of a classifier for small images are fc1 and fc2,
/// whatever their indices: "classifier.0" and "classifier.3", or 1 and 4 behind a dropout layer.
/// Another number of layers has no place in the model, nor has a file whose `features` are laid out
/// for another depth.
inline std::optional<PyTorchNames> torchvision_vgg_names(int depth,
                                                         std::span<const std::string> names) {
  const std::map<std::string, std::set<int>> found = entries_with_weights(names);
  if (!found.contains("features.")) return {};
  const std::set<int>& entries = found.at("features.");
  const bool batch_norm = entries == torchvision_entries(depth, true);
  if (!batch_norm && entries != torchvision_entries(depth, false)) {
    std::string owner = "of no VGG";
    for (const int other : {11, 13, 16, 19}) {
      for (const bool norm : {false, true}) {
        if (entries == torchvision_entries(other, norm)) owner = "of VGG" + std::to_string(other);
      }
    }
    return PyTorchNames{{},
                        "the layers of the file (" + listed("features.", entries) + ") are " +
                            owner + ", not of VGG" + std::to_string(depth)};
  }
  const VggFeatures features = torchvision_features(depth, batch_norm);
  std::vector<io::KeyRule> rules{unwrapping_rule()};
  for (std::size_t i = 0; i < features.convolutions.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    rules.push_back(entry_rule("features.", features.convolutions[i], "conv" + number));
    if (batch_norm) rules.push_back(entry_rule("features.", features.norms[i], "norm" + number));
  }
  const auto classifier = found.find("classifier.");
  const std::set<int> linear = classifier == found.end() ? std::set<int>{} : classifier->second;
  if (linear.size() == 2) {
    rules.push_back(entry_rule("classifier.", *linear.begin(), "fc1"));
    rules.push_back(entry_rule("classifier.", *linear.rbegin(), "fc2"));
    return PyTorchNames{io::KeyMap(std::move(rules)), {}};
  }
  const std::string which = linear.empty() ? "" : " (" + listed("classifier.", linear) + ")";
  return PyTorchNames{io::KeyMap(std::move(rules)), "the classifier of the file has " +
                                                        std::to_string(linear.size()) + " layers" +
                                                        which + ", that of VGG has 2 (fc1, fc2)"};
}

}  // namespace credence::zoo
