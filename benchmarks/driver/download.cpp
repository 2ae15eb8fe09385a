// Command download in a build that has libcurl and nettle.
#include "benchmarks/driver/download.hpp"

#include "data/download.hpp"
#include "data/location.hpp"
#include "framework/base/standard_streams.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {

void fetch_dataset(const std::string& name, const std::optional<std::filesystem::path>& folder) {
  const auto path = data::download(name, folder ? *folder : data::cache_folder());
  write_stdout(fmt::format("{}: {}\n", name, path.string()));
}

}  // namespace credence::benchmarks
