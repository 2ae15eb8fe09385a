#include "benchmarks/accuracy.hpp"
#include "benchmarks/download.hpp"
#include "benchmarks/options.hpp"
#include "benchmarks/report.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/io/atomic_file.hpp"

#include <cstdio>
#include <system_error>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Throws where the file could not be written. An older one stays.
void require_writable(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) {
    throw FileError(file.string(), "cannot be written: it is no regular file");
  }
  const std::filesystem::path probe = file.parent_path() / (file.filename().string() + ".probe");
  io::write_file_atomically(probe, "");
  std::filesystem::remove(probe, error);
}

// Throws before the work rather than after it where the results could not be written.
void prepare_output(const Options& options) {
  if (options.out) {
    std::error_code error;
    std::filesystem::create_directories(*options.out, error);
    if (error) {
      throw FileError(options.out->string(), "cannot be made a folder: " + error.message());
    }
    require_writable(*options.out / "results.json");
  }
  if (options.json && *options.json != "-") require_writable(*options.json);
}

void run(const Options& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  prepare_output(options);
  const Images images = find_images(options);
  const bool json_to_stdout = options.json && *options.json == "-";
  std::FILE* const text = json_to_stdout ? stderr : stdout;
  fmt::print(text, "{}\n", settings_text(options, images));
  std::fflush(text);
  const AccuracyResult result = run_accuracy(options, images);
  fmt::print(text, "{}", accuracy_tables(options, result));
  const std::string json = accuracy_json(options, result);
  if (json_to_stdout) {
    fmt::print("{}", json);
  } else if (options.json) {
    io::write_file_atomically(*options.json, json);
    fmt::print(text, "\nresults: {}\n", *options.json);
  }
  if (options.out) {
    const auto at = [&](const char* name) { return (*options.out / name).string(); };
    io::write_file_atomically(at("results.json"), json);
    fmt::print(text, "\nresults: {}\ncheckpoints: {} {}\n", at("results.json"),
               at("frequentist.safetensors"), at("bayesian.safetensors"));
  }
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  using namespace credence::benchmarks;
  try {
    const CommandLine line = parse_command_line(argc, argv);
    switch (line.action) {
      case CommandLine::Action::done:
        return line.exit_status;
      case CommandLine::Action::download:
        fetch_dataset(line.download_dataset, line.options.data_dir);
        return 0;
      case CommandLine::Action::run:
        run(line.options);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "credence-bench: {}\n", error.what());
    return 1;
  }
}
