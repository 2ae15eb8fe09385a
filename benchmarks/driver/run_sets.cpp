// The checksum of the data of a run, the samples that are held back, and those that are scored in
// place of the test samples.
#include "benchmarks/driver/run_sets.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <numeric>
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

data::IndexSplit held_out_split(const data::Dataset& train, std::int64_t count,
                                std::uint64_t seed) {
  if (count >= train.size()) {
    throw ValueError(fmt::format("--held-out: {} of {} are too many",
                                 counted(count, sample_name(train)), train.size()));
  }
  return data::split(train, count, Generator(seed).split("held-out"));
}

RunSets scored_on_held_out(const RunSets& sets, std::int64_t count, std::uint64_t seed) {
  if (sets.validation || sets.seed_chose_test) {
    throw ValueError("--held-out: is for data whose test part alone is its own");
  }
  const data::IndexSplit split = held_out_split(sets.train, count, seed);
  RunSets result = with_checksum(data::subset(sets.train, split.train),
                                 data::subset(sets.train, split.validation), sets.where);
  result.columns = sets.columns;
  result.target = sets.target;
  return result;
}

data::IndexSplit held_back(const RunSets& sets, std::int64_t count, std::uint64_t seed) {
  if (!sets.validation) {
    return data::split(sets.train, count, Generator(seed).split("validation"));
  }
  std::vector<std::int64_t> indices(static_cast<std::size_t>(sets.train.size()));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  const auto border = indices.end() - *sets.validation;
  return {{indices.begin(), border}, {border, indices.end()}};
}

std::string sample_name(const data::Dataset& dataset) {
  return dataset.has_images() ? "image" : "row";
}

}  // namespace credence::benchmarks
