#include "benchmarks/images.hpp"

#include "data/cifar10.hpp"
#include "data/idx.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "data/transform.hpp"
#include "framework/core/error.hpp"

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

// The folders that were looked in, for a message.
std::string searched(const Options& options) {
  std::string text;
  for (const auto& path : data::search_folders(options.data_dir)) {
    text += (text.empty() ? "" : " and ") + path.string();
  }
  return text.empty() ? "any known folder" : text;
}

}  // namespace

Images find_images(const Options& options) {
  if (options.dataset == "synthetic-digits") return synthetic(options.seed);
  const auto folder = data::find(options.dataset, options.data_dir);
  if (!folder && options.dataset == "cifar10") {
    throw Error("no cifar10 in " + searched(options) +
                " (\"credence-bench download cifar10\" fetches it)");
  }
  if (!folder) {
    fmt::print(stderr,
               "credence-bench: no {0} in {1}; using synthetic-digits, drawn by the program, "
               "instead (\"credence-bench download {0}\" fetches {0})\n",
               options.dataset, searched(options));
    return synthetic(options.seed);
  }
  const auto read = options.dataset == "mnist"     ? data::mnist
                    : options.dataset == "cifar10" ? data::cifar10
                                                   : data::fashion_mnist;
  return {read(*folder, data::Split::train), read(*folder, data::Split::test), folder->string()};
}

Tensor to_float(const Tensor& images) {
  const Shape& shape = images.shape();
  const data::SampleTransform transform({}, {shape[1], shape[2], shape[3]});
  const Tensor pixels = Tensor::empty(shape);
  const std::int64_t numel = shape.numel_from(1);
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    transform.apply(images.data<std::uint8_t>() + n * numel, pixels.data<float>() + n * numel, {});
  }
  return pixels;
}

}  // namespace credence::benchmarks
