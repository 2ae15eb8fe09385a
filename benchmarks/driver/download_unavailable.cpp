// Command download in a build without libcurl or nettle.
#include "benchmarks/driver/download.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

void fetch_dataset(const std::string& name, const std::optional<std::filesystem::path>&) {
  throw Error("cannot fetch " + name +
              ": this build has no libcurl (libcurl4-openssl-dev) or no "
              "nettle (nettle-dev)");
}

}  // namespace credence::benchmarks
