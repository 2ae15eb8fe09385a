// The rules of a key map, compiled once. Regular expressions are in this file alone: a program that
// renames nothing is without them.
#include "framework/io/key_map.hpp"

#include "framework/base/error.hpp"

#include <regex>
#include <utility>

namespace credence::io {

struct KeyMap::Expressions {
  std::vector<std::regex> all;
};

KeyMap::KeyMap(std::vector<KeyRule> rules) : rules_(std::move(rules)) {
  auto expressions = std::make_shared<Expressions>();
  for (const KeyRule& rule : rules_) {
    try {
      expressions->all.emplace_back(rule.pattern);
    } catch (const std::regex_error& error) {
      throw ValueError("[KeyMap] \"" + rule.pattern +
                       "\" is no regular expression: " + error.what());
    }
  }
  expressions_ = std::move(expressions);
}

std::string KeyMap::operator()(const std::string& name) const {
  // The library's matcher recurses with each character.
  if (name.size() > kLongestKey) return name;
  std::string renamed = name;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    renamed = std::regex_replace(renamed, expressions_->all[i], rules_[i].replacement);
    if (renamed.size() > kLongestKey) return renamed;
  }
  return renamed;
}

}  // namespace credence::io
