// The rules of a key map, compiled once. Regular expressions are in this file alone: a program that
// renames nothing is without them.
#include "framework/io/key_map.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
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

// Thrown out of the library's matcher.
struct TooManySteps {};

// A place in a name. The matcher compares two places at each of its steps, also at those that read
// no character, and has no limit of its own: (a*)*b takes 2^n steps on n times "a".
class CountedPlace {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountedPlace() = default;
  CountedPlace(const char* at, std::size_t& steps_left) : at_(at), steps_left_(&steps_left) {}

  reference operator*() const { return *at_; }
  CountedPlace& operator++() {
    ++at_;
    return *this;
  }
  CountedPlace operator++(int) { return {at_++, *steps_left_}; }
  CountedPlace& operator--() {
    --at_;
    return *this;
  }
  CountedPlace operator--(int) { return {at_--, *steps_left_}; }
  friend bool operator==(const CountedPlace& a, const CountedPlace& b) {
    if (a.steps_left_ != nullptr && (*a.steps_left_)-- == 0) throw TooManySteps{};
    return a.at_ == b.at_;
  }

 private:
  const char* at_ = nullptr;
  std::size_t* steps_left_ = nullptr;
};

std::string replaced(const std::string& name, const std::regex& expression,
                     const std::string& replacement) {
  std::size_t steps_left = KeyMap::kMostSteps;
  const CountedPlace begin(name.data(), steps_left);
  const CountedPlace end(name.data() + name.size(), steps_left);
  std::string result;
  std::regex_replace(std::back_inserter(result), begin, end, expression, replacement);
  return result;
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
    try {
      renamed = replaced(renamed, expressions_->all[i], rules_[i].replacement);
    } catch (const TooManySteps&) {
      throw ValueError("[KeyMap] \"" + rules_[i].pattern + "\" takes more than " +
                       std::to_string(kMostSteps) + " steps to match \"" + renamed +
                       "\": a repetition inside a repetition, or several \".*\", may be the cause");
    }
    if (renamed.size() > kLongestKey) return renamed;
  }
  return renamed;
}

}  // namespace credence::io
