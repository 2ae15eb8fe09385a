#include "benchmarks/images.hpp"

#include "data/idx.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// As many as MNIST has.
constexpr std::int64_t kTrainDigits = 60000;
constexpr std::int64_t kTestDigits = 10000;

Images synthetic(std::uint64_t seed) {
  const Generator generator = Generator(seed).split("synthetic-digits");
  return {data::synthetic_digits(kTrainDigits, generator, data::Split::train),
          data::synthetic_digits(kTestDigits, generator, data::Split::test),
          "drawn by the program"};
}

}  // namespace

Images find_images(const Options& options) {
  if (options.dataset == "synthetic-digits") return synthetic(options.seed);
  const auto folder = data::find(options.dataset, options.data_dir);
  if (!folder) {
    std::string looked_in;
    for (const auto& path : data::search_folders(options.data_dir)) {
      looked_in += (looked_in.empty() ? "in " : " and ") + path.string();
    }
    if (looked_in.empty()) looked_in = "folder is known";
    fmt::print(stderr,
               "credence-bench: no {0} {1}; using synthetic-digits, drawn by the program, "
               "instead (\"credence-bench download {0}\" fetches {0})\n",
               options.dataset, looked_in);
    return synthetic(options.seed);
  }
  const auto read = options.dataset == "mnist" ? data::mnist : data::fashion_mnist;
  return {read(*folder, data::Split::train), read(*folder, data::Split::test), folder->string()};
}

}  // namespace credence::benchmarks
