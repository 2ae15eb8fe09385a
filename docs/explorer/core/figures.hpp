// What a command of the explorer returns: named lists of numbers.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace credence::explorer {

/// Lists of numbers in the order in which they were added. The page draws them.
class Figures {
 public:
  void add(std::string name, std::vector<double> values) {
    lists_.emplace_back(std::move(name), std::move(values));
  }
  void add(std::string name, double value) { add(std::move(name), std::vector<double>{value}); }

  const std::vector<std::pair<std::string, std::vector<double>>>& lists() const { return lists_; }

 private:
  std::vector<std::pair<std::string, std::vector<double>>> lists_;
};

/// The arguments of a command, read from the front.
class Arguments {
 public:
  explicit Arguments(std::span<const double> values) : values_(values) {}

  /// The next number. Throws ValueError where there is none, or where it is not finite.
  double number();
  /// The next number as an integer. Throws ValueError as number() does, and outside [low, high].
  int integer(int low, int high);
  /// All that is left.
  std::span<const double> rest();

 private:
  std::span<const double> values_;
};

}  // namespace credence::explorer
