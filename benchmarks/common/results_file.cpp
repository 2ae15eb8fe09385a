// Checks of the files that results go to, and the printing of results.
#include "benchmarks/common/results_file.hpp"

#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/atomic_file.hpp"

#include <system_error>

namespace credence::benchmarks {

void require_writable(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::exists(folder, error)) {
    throw FileError(file.string(),
                    "cannot be written: there is no folder \"" + folder.string() + "\"");
  }
  io::require_replaceable(file);
}

void require_writable(const std::optional<std::string>& json_file) {
  if (json_file && *json_file != "-") require_writable(std::filesystem::path(*json_file));
}

void require_other_than(const std::optional<std::string>& json_file,
                        const std::vector<std::filesystem::path>& inputs) {
  if (!json_file || *json_file == "-") return;
  for (const std::filesystem::path& input : inputs) {
    std::error_code error;
    if (!std::filesystem::equivalent(*json_file, input, error)) continue;
    throw FileError(*json_file, "is read by this command, --json would replace it");
  }
}

void require_new(const std::vector<std::string>& files, bool force) {
  for (const std::string& file : files) {
    require_writable(std::filesystem::path(file));
    std::error_code error;
    if (force || !std::filesystem::exists(file, error)) continue;
    throw FileError(file, "is there already; --force replaces it");
  }
}

void print_results(const std::optional<std::string>& json_file, const std::string& text,
                   const std::string& json) {
  if (json_file && *json_file == "-") {
    write_stdout(json);
    return;
  }
  if (json_file) io::write_file_atomically(*json_file, json);
  write_stdout(text);
}

}  // namespace credence::benchmarks
