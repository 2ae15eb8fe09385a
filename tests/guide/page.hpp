// The pages of docs/guide, cut into what the tests compare with programs and sources.
#pragma once

#include "tests/benchmarks/program.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace credence::test::guide {

/// A fenced block of a page: what follows its opening fence, such as "cpp", and its text.
struct Block {
  std::string language;
  std::string text;
};

/// A link [text](target).
struct Link {
  std::string text;
  std::string target;
};

/// A page of Markdown, in its parts.
struct Page {
  std::filesystem::path path;
  std::vector<Block> blocks{};
  std::string prose{};  ///< all outside of blocks, and formulas
  std::vector<Link> links{};

  explicit Page(std::filesystem::path path_) : path(std::move(path_)) {
    std::istringstream lines(read_text(path));
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t fence = line.find("```");
      if (fence != std::string::npos && line.find_first_not_of(' ') == fence) {
        inside = !inside;
        if (inside) blocks.push_back({line.substr(fence + 3), ""});
        continue;
      }
      const bool formula = inside && blocks.back().language == "math";
      (inside && !formula ? blocks.back().text : prose) += line + "\n";
    }
    const std::regex link(R"(\[([^\[\]]*)\]\(([^()\s]+)\))");
    for (std::sregex_iterator at(prose.begin(), prose.end(), link), end; at != end; ++at) {
      links.push_back({(*at)[1], (*at)[2]});
    }
  }

  std::string name() const { return path.stem().string(); }
};

/// The pages of docs/guide, or of a folder in it, in the order of their names.
inline std::vector<Page> guide_pages(const std::string& folder = "") {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(CREDENCE_SOURCE_ROOT "/docs/guide/" + folder)) {
    if (entry.path().extension() == ".md") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return {paths.begin(), paths.end()};
}

/// The numbers of a text as they are written, without signs.
inline std::vector<std::string> numbers_of(const std::string& text) {
  const std::regex number(R"(\d+(\.\d+)?(e[-+]?\d+)?)");
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at) {
    found.push_back(at->str());
  }
  return found;
}

/// The text with "#" in place of each number, and one space in place of all that come together.
inline std::string words_of(const std::string& text) {
  const std::string words = std::regex_replace(text, std::regex(R"(\d+(\.\d+)?(e[-+]?\d+)?)"), "#");
  return std::regex_replace(words, std::regex(R"(\s+)"), " ");
}

/// One unit of a number's last digit: 0.01 of 1.25, 1e-5 of 3e-5.
inline double unit_of(const std::string& number) {
  const std::size_t e = std::min(number.find('e'), number.size());
  const std::size_t point = std::min(number.find('.'), e);
  const double decimals = point == e ? 0 : static_cast<double>(e - point - 1);
  return std::pow(10, (e == number.size() ? 0 : std::stod(number.substr(e + 1))) - decimals);
}

/// Whether both texts have the same words, and numbers that differ by at most two units of their
/// last digit, as rounding on another processor may make them.
inline bool alike(const std::string& a, const std::string& b) {
  if (words_of(a) != words_of(b)) return false;
  const std::vector<std::string> of_a = numbers_of(a);
  const std::vector<std::string> of_b = numbers_of(b);
  if (of_a.size() != of_b.size()) return false;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    const bool whole = of_a[i].find_first_of(".e") == std::string::npos;
    if (whole ? of_a[i] != of_b[i]
              : std::abs(std::stod(of_a[i]) - std::stod(of_b[i])) > 2.01 * unit_of(of_a[i])) {
      return false;
    }
  }
  return true;
}

/// The numbers that a page states as a result: those with a decimal point or a percent sign, in all
/// that is neither a block, code, a link's target nor the section of the paper.
inline std::vector<std::string> claims_of(const Page& page) {
  std::string text = page.prose.substr(0, page.prose.find("\n## Paper"));
  for (const char* const code : {R"(\]\([^()]*\))", R"(`[^`]*`)", R"(arXiv \d+\.\d+)"}) {
    text = std::regex_replace(text, std::regex(code), "");
  }
  const std::regex claim(R"((\d+\.\d+)|(\d+(?= ?\\?%)))");
  std::vector<std::string> claims;
  for (std::sregex_iterator at(text.begin(), text.end(), claim), end; at != end; ++at) {
    claims.push_back(at->str());
  }
  return claims;
}

}  // namespace credence::test::guide
