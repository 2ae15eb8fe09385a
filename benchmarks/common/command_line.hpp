// What the command lines of all programs have in common: --version, and options that take numbers.
// Numbers are read here: CLI11 by itself takes "010" for octal, and the largest number there is for
// one that is too large.
#pragma once

#include "framework/base/decimal.hpp"
#include "framework/dispatch/build_info.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace credence::benchmarks {

/// Adds --version, upon which parsing throws CLI::CallForVersion, a CLI::Success as that of --help.
inline void add_version(CLI::App& app) {
  app.set_version_flag(
      "--version", [&app] { return version_text(app.get_name()); },
      "Print version, compiler, CPU instruction sets and CUDA, and exit");
}

/// The smallest and the largest value that an option takes.
template <class T>
struct Bounds {
  T low;
  T high;
};

/// Passes numbers in decimal notation (see parse_decimal) within the bounds, which the help text
/// does not repeat, and spells them so that CLI11 reads the same number.
template <class T>
CLI::Validator decimal(const Bounds<T>& bounds) {
  const auto check = [bounds](std::string& text) -> std::string {
    const std::optional<T> value = parse_decimal<T>(text);
    if (!value || *value < bounds.low || *value > bounds.high) {
      return fmt::format("{} is no {} in {}…{}", text.empty() ? "an empty text" : text,
                         std::is_integral_v<T> ? "whole number" : "number", bounds.low,
                         bounds.high);
    }
    text = fmt::format("{}", *value);
    return {};
  };
  return CLI::Validator(check, "");
}

/// Adds an option for a number, for an optional one or for several, into `target`.
template <class T, class Target>
CLI::Option* add_number(CLI::App& app, const std::string& name, Target& target,
                        const Bounds<T>& bounds, const std::string& description) {
  return app.add_option(name, target, description)->transform(decimal(bounds))->type_name("N");
}

/// Adds an option that takes one of the names into `target`; `named` gives each name's value as an
/// optional.
template <class Target, class Named>
CLI::Option* add_named(CLI::App& app, const std::string& option, Target& target,
                       const std::vector<std::string>& names, Named named,
                       const std::string& description) {
  return app
      .add_option_function<std::string>(
          option, [&target, named](const std::string& name) { target = *named(name); }, description)
      ->check(CLI::IsMember(names))
      ->type_name("NAME");
}

}  // namespace credence::benchmarks
