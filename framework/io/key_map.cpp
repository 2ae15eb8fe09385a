// The rules of a key map, compiled once. Regular expressions are in this file alone: a program that
// renames nothing is without them.
#include "framework/io/key_map.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <regex>
#include <utility>

namespace credence::io {
namespace {

// libstdc++ reads a number without a limit, overflowing, and makes a state for each repetition,
// with each of which its matcher recurses.
bool has_long_number(const std::string& pattern) {
  constexpr std::size_t kMostDigits = 2;
  constexpr const char* kDigits = "0123456789";
  for (std::size_t at = 0; (at = pattern.find_first_of("\\{,", at)) != std::string::npos; ++at) {
    const std::size_t end = pattern.find_first_not_of(kDigits, at + 1);
    if (std::min(end, pattern.size()) - (at + 1) > kMostDigits) return true;
  }
  return false;
}

}  // namespace

struct KeyMap::Expressions {
  std::vector<std::regex> all;
};

KeyMap::KeyMap(std::vector<KeyRule> rules) : rules_(std::move(rules)) {
  auto expressions = std::make_shared<Expressions>();
  for (const KeyRule& rule : rules_) {
    if (rule.pattern.size() > kLongestKey || has_long_number(rule.pattern)) {
      throw ValueError("[KeyMap] \"" + rule.pattern.substr(0, kLongestKey) + "\" is longer than " +
                       std::to_string(kLongestKey) +
                       " bytes, or has a number of more than 2 digits");
    }
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
