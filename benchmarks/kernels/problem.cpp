// The notation of problems, and the files that list them.
#include "benchmarks/kernels/problem.hpp"

#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

constexpr double kMostElements = 1e9;

std::string_view trimmed(std::string_view text) {
  constexpr const char* kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

[[noreturn]] void fail(std::string_view text, const std::string& what) {
  throw ValueError(fmt::format("\"{}\": {}", text, what));
}

ProductShape parse_matmul(std::string_view text) {
  std::string_view sizes = text;
  std::string_view order = "nn";
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    sizes = text.substr(0, colon);
    order = text.substr(colon + 1);
  }
  const auto is_order = [](char c) { return c == 'n' || c == 't'; };
  if (order.size() != 2 || !is_order(order[0]) || !is_order(order[1])) {
    fail(text, fmt::format("\"{}\" is none of the orders nn, nt, tn and tt", order));
  }
  std::array<std::int64_t, 3> extents{};
  constexpr std::array kNames{"M", "K", "N"};
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const std::size_t end = i < 2 ? sizes.find('x') : sizes.size();
    const auto value = parse_decimal<std::int64_t>(sizes.substr(0, end));
    if (end == std::string_view::npos || !value || *value < 1 || *value > 1'000'000) {
      fail(text, fmt::format("{} has to be a whole number from 1 to 1000000 in MxKxN[:nt]",
                             kNames.at(i)));
    }
    extents.at(i) = *value;
    sizes.remove_prefix(std::min(end + 1, sizes.size()));
  }
  const auto [m, k, n] = extents;
  for (const auto& [array, rows, columns] :
       {std::tuple{'A', m, k}, std::tuple{'B', k, n}, std::tuple{'C', m, n}}) {
    if (static_cast<double>(rows) * static_cast<double>(columns) > kMostElements) {
      fail(text, fmt::format("{} has more than 1e9 elements", array));
    }
  }
  return {m, n, k, order[0] == 't', order[1] == 't'};
}

std::string matmul_text(const ProductShape& s) {
  return fmt::format("{}x{}x{}:{}{}", s.m, s.k, s.n, s.transpose_a ? 't' : 'n',
                     s.transpose_b ? 't' : 'n');
}

template <class... Functors>
std::vector<std::string> names_of(pointwise::List<Functors...>) {
  return {Functors::kName...};
}

PointwiseWork parse_pointwise(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string function(text.substr(0, colon));
  std::vector<std::string> known = names_of(pointwise::Catalogue{});
  known.emplace_back(kNormalFunction);
  if (std::find(known.begin(), known.end(), function) == known.end()) {
    fail(text, fmt::format("\"{}\" is none of the functions {}", function, fmt::join(known, ", ")));
  }
  const auto count = colon == std::string_view::npos
                         ? std::nullopt
                         : parse_decimal<double>(text.substr(colon + 1));
  if (!count || *count < 1 || *count > kMostElements || *count != std::floor(*count)) {
    fail(text, "the number of elements has to be a whole one from 1 to 1e9, as in relu:1e6");
  }
  return {function, static_cast<std::int64_t>(*count)};
}

// A line without its comment: "#" in a name is part of it.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return line.substr(0, i);
  }
  return line;
}

// Takes "* COUNT" off the end of the text.
std::int64_t take_count(std::string_view& text) {
  const std::size_t star = text.rfind('*');
  if (star == std::string_view::npos || text.find('"', star) != std::string_view::npos) return 1;
  const auto count = parse_decimal<std::int64_t>(trimmed(text.substr(star + 1)));
  if (!count || *count < 1 || *count > 1'000'000) {
    fail(text, "the number after * has to be a whole one from 1 to 1000000");
  }
  text = trimmed(text.substr(0, star));
  return *count;
}

Problem parse_line(std::string_view line) {
  const std::int64_t count = take_count(line);
  const std::vector<std::string>& kinds = problem_kinds();
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  const bool named = std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  Problem problem =
      parse_problem(named ? word : "conv", named ? trimmed(line.substr(word.size())) : line);
  problem.count = count;
  return problem;
}

}  // namespace

const std::vector<std::string>& problem_kinds() {
  static const std::vector<std::string> kinds{"conv", "matmul", "pool", "pointwise"};
  return kinds;
}

Problem parse_problem(std::string_view kind, std::string_view text) {
  if (kind == "conv") {
    NamedConvolution named = parse_convolution(text);
    return {named.shape, std::move(named.name)};
  }
  if (kind == "pool") {
    NamedPool named = parse_pool(text);
    return {named.windows, std::move(named.name)};
  }
  if (kind == "matmul") return {parse_matmul(text), {}};
  if (kind == "pointwise") return {parse_pointwise(text), {}};
  throw ValueError(fmt::format("\"{}\" is no kind of problem", kind));
}

std::string kind_of(const Problem& problem) { return problem_kinds().at(problem.work.index()); }

std::string text_of(const Problem& problem) {
  struct Writer {
    std::string operator()(const ConvolutionShape& s) const { return descriptor_of(s); }
    std::string operator()(const ProductShape& s) const { return matmul_text(s); }
    std::string operator()(const PoolWindows& w) const { return descriptor_of(w); }
    std::string operator()(const PointwiseWork& w) const {
      return fmt::format("{}:{}", w.function, w.elements);
    }
  };
  return std::visit(Writer{}, problem.work);
}

ProblemList parse_problems(std::string_view text, const std::string& file) {
  ProblemList list;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(without_comment(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) continue;
    try {
      list.problems.push_back(parse_line(line));
    } catch (const UnsupportedProblem& error) {
      list.refused.push_back({number, error.what()});
    } catch (const ValueError& error) {
      throw FileError(file, fmt::format("line {}: {}", number, error.what()));
    }
  }
  return list;
}

}  // namespace credence::benchmarks
