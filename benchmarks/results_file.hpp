// Where the results of a command go: text for people on stdout, JSON where --json says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// Throws FileError where the file could not be written. An older one stays as it is.
void require_writable(const std::filesystem::path& file);

/// The same for the value of --json; nothing to check where there is none or it is "-".
void require_writable(const std::optional<std::string>& json_file);

/// Prints the JSON alone where `json_file` is "-"; otherwise the text, after the JSON is written to
/// the file, if one is given.
void print_results(const std::optional<std::string>& json_file, const std::string& text,
                   const std::string& json);

}  // namespace credence::benchmarks
