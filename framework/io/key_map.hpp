// Renaming the tensors of a file that another program wrote.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace credence::io {

/// Every match of the regular expression `pattern` in a name becomes `replacement`.
struct KeyRule {
  std::string pattern;      ///< ECMAScript's regular expressions, as std::regex: "^features\\.0\\."
  std::string replacement;  ///< $1 to $9 are the groups of the match, $& is all of it, $$ a $
};

/// A function of a tensor's name in a file that gives its name in the model. Each rule is applied
/// to what the rules before it left. A name that no rule matches stays as it is, as do names of
/// more than kLongestKey bytes.
class KeyMap {
 public:
  static constexpr std::size_t kLongestKey = 1000;
  /// Comparisons of places in a name, for one rule and one name.
  static constexpr std::size_t kMostSteps = 1'000'000;

  /// Changes no name.
  KeyMap() = default;
  /// Throws ValueError for a pattern that is none, is longer, or has numbers of 3 digits (a{100}).
  explicit KeyMap(std::vector<KeyRule> rules);
  KeyMap(std::initializer_list<KeyRule> rules) : KeyMap(std::vector<KeyRule>(rules)) {}

  const std::vector<KeyRule>& rules() const { return rules_; }
  /// Throws ValueError where a rule takes more than kMostSteps: (a*)*b doubles them with each "a".
  std::string operator()(const std::string& name) const;

 private:
  struct Expressions;

  std::vector<KeyRule> rules_;
  std::shared_ptr<const Expressions> expressions_;  ///< of the rules; null for none
};

}  // namespace credence::io
