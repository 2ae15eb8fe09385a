// The names that PyTorch's scripts give to the tensors of a model, as key maps to the zoo's names.
// docs/weights.md has the tables.
#pragma once

#include "framework/io/key_map.hpp"

#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence::zoo {

/// What a file's names mean for a model.
struct PyTorchNames {
  io::KeyMap keys{};      ///< from the file's names to the model's
  std::string without{};  ///< what of the file has no place in the model, and why; empty for none
};

/// A name inside a torch.nn.Sequential: "features.3.weight" is {"features.", 3, "weight"}. The
/// container of "3.weight" is empty.
struct IndexedName {
  std::string container;
  int index = 0;
  std::string member;
};

/// Nothing for a name of another form.
inline std::optional<IndexedName> indexed_name(std::string_view name) {
  const std::size_t last = name.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t dot = name.rfind('.', last - 1);
  const std::size_t number = dot == std::string_view::npos ? 0 : dot + 1;
  IndexedName parsed{std::string(name.substr(0, number)), 0, std::string(name.substr(last + 1))};
  const char* const end = name.data() + last;
  const auto [stop, error] = std::from_chars(name.data() + number, end, parsed.index);
  if (error != std::errc() || stop != end || parsed.index < 0) return {};
  return parsed;
}

/// Takes away what torch.nn.DataParallel and torch.compile put in front of all names.
inline io::KeyRule unwrapping_rule() { return {"^(module\\.|_orig_mod\\.)+", ""}; }

/// For each container, the indices of its entries that have a weight. Names of another form, and
/// all names of a file of more than 10,000 tensors, are left out.
inline std::map<std::string, std::set<int>> entries_with_weights(
    std::span<const std::string> names) {
  std::map<std::string, std::set<int>> found;
  if (names.size() > 10'000) return found;
  const io::KeyMap unwrap({unwrapping_rule()});
  for (const std::string& name : names) {
    const std::optional<IndexedName> parsed = indexed_name(unwrap(name));
    if (parsed && parsed->member == "weight") found[parsed->container].insert(parsed->index);
  }
  return found;
}

/// The rule that gives an entry of a container the name of a layer.
inline io::KeyRule entry_rule(const std::string& container, int index, const std::string& layer) {
  std::string pattern = "^";
  for (const char c : container) {
    if (std::string_view(R"(.*+?^$|()[]{}\)").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return {pattern + std::to_string(index) + "\\.", layer + "."};
}

/// "features.0, features.3"; of many the first 20.
inline std::string listed(const std::string& container, const std::set<int>& indices) {
  std::string text;
  int count = 0;
  for (const int index : indices) {
    if (++count > 20) return text + ", …";
    text += (text.empty() ? "" : ", ") + container + std::to_string(index);
  }
  return text;
}

/// The names of a torch.nn.Sequential whose entries with weights are, in their order, the model's
/// `layers`: "0.weight" and "2.weight", or behind a container's name, "net.0.weight". There may be
/// two containers, `features` before `classifier`. Nothing for a file with other containers or
/// without any.
inline std::optional<PyTorchNames> sequential_names(const std::vector<std::string>& layers,
                                                    std::span<const std::string> names) {
  const std::map<std::string, std::set<int>> found = entries_with_weights(names);
  const bool two =
      found.size() == 2 && found.contains("features.") && found.contains("classifier.");
  if (found.size() != 1 && !two) return {};
  std::vector<io::KeyRule> rules{unwrapping_rule()};
  std::string all;
  std::size_t count = 0;
  // "features." comes after "classifier." by the alphabet.
  for (auto container = found.rbegin(); container != found.rend(); ++container) {
    for (const int index : container->second) {
      if (count++ >= layers.size()) continue;
      rules.push_back(entry_rule(container->first, index, layers[count - 1]));
    }
    all += (all.empty() ? "" : ", ") + listed(container->first, container->second);
  }
  if (count == layers.size()) return PyTorchNames{io::KeyMap(std::move(rules)), {}};
  return PyTorchNames{{},
                      "the file has " + std::to_string(count) + " layers with weights (" + all +
                          "), the model has " + std::to_string(layers.size())};
}

}  // namespace credence::zoo
