// Where the results of a command go: text for people on stdout, JSON where --json says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Throws FileError where the file could not be written, naming the folder if that is missing.
/// Nothing changes.
void require_writable(const std::filesystem::path& file);

/// The same for the value of --json; nothing to check where there is none or it is "-".
void require_writable(const std::optional<std::string>& json_file);

/// Throws FileError where --json names one of the files that the command reads.
void require_other_than(const std::optional<std::string>& json_file,
                        const std::vector<std::filesystem::path>& inputs);

/// Of a program that writes PREFIX.json and figures: throws FileError where one of the files could
/// not be written, or is there and may not be replaced.
void require_new(const std::vector<std::string>& files, bool force);

/// Prints the JSON alone where `json_file` is "-"; otherwise the text, after the JSON is written to
/// the file, if one is given.
void print_results(const std::optional<std::string>& json_file, const std::string& text,
                   const std::string& json);

}  // namespace credence::benchmarks
