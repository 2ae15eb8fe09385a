// The checksum of the data of a run.
#include "benchmarks/driver/run_sets.hpp"

#include <utility>

#include <fmt/core.h>
#include <zlib.h>

namespace credence::benchmarks {
namespace {

std::string checksum_of(const data::Dataset& train, const data::Dataset& test) {
  uLong crc = crc32_z(0, nullptr, 0);
  for (const Tensor* tensor : {&train.inputs, &train.targets, &test.inputs, &test.targets}) {
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(tensor->raw_data()), tensor->bytes());
  }
  return fmt::format("crc32:{:08x}", crc);
}

}  // namespace

RunSets with_checksum(data::Dataset train, data::Dataset test, std::string where) {
  std::string checksum = checksum_of(train, test);
  return {.train = std::move(train),
          .test = std::move(test),
          .where = std::move(where),
          .checksum = std::move(checksum)};
}

std::string sample_name(const data::Dataset& dataset) {
  return dataset.has_images() ? "image" : "row";
}

}  // namespace credence::benchmarks
