#include "benchmarks/results_file.hpp"

#include "framework/core/error.hpp"
#include "framework/core/standard_streams.hpp"
#include "framework/io/atomic_file.hpp"

#include <system_error>

namespace credence::benchmarks {

void require_writable(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) {
    throw FileError(file.string(), "cannot be written: it is no regular file");
  }
  const std::filesystem::path probe = file.parent_path() / (file.filename().string() + ".probe");
  io::write_file_atomically(probe, "");
  std::filesystem::remove(probe, error);
}

void require_writable(const std::optional<std::string>& json_file) {
  if (json_file && *json_file != "-") require_writable(std::filesystem::path(*json_file));
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
