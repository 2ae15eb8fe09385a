// Writes the numbers beside the ticks of figures.
#include "benchmarks/common/tick_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/core.h>

namespace credence::benchmarks {

namespace {

std::string superscript(int number) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(number))) text += kDigits[digit - '0'];
  return text;
}

// "10⁵", "2.5·10⁻⁵", "−3·10⁷"
std::string power_text(double value) {
  if (value == 0) return "0";
  const int power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  const std::string factor = fmt::format("{:.4g}", value / std::pow(10.0, power));
  const std::string ten = "10" + superscript(power);
  return factor == "1" ? ten : factor + "·" + ten;
}

}  // namespace

std::string linear_tick_text(double value, double step) {
  if (std::abs(value) >= 1e7 || step >= 1e6 || step < 1e-6) return power_text(value);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return fmt::format("{:.{}f}", value, decimals);
}

std::string log_tick_text(double value) {
  if (value >= 1e-3 && value < 1e5) return fmt::format("{:.5g}", value);
  return power_text(value);
}

}  // namespace credence::benchmarks
