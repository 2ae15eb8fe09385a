// The data of a run.
#pragma once

#include "data/dataset.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// The training and the test part of the data that a run uses.
struct RunSets {
  data::Dataset train;
  data::Dataset test;
  std::string where;       ///< the folder or the file, or what drew them
  std::string checksum{};  ///< of all inputs and targets: "crc32:4048c3cf"
  /// How many of `train`, the last ones, are the data's own validation samples; nothing where there
  /// are none, and the seed chooses some.
  std::optional<std::int64_t> validation{};
  bool seed_chose_test = false;  ///< whether the seed divided the samples into `train` and `test`
};

/// The parts with the checksum of their bytes, those of `train` first.
RunSets with_checksum(data::Dataset train, data::Dataset test, std::string where);

/// The samples of `sets.train` for training and those held back: its own validation samples, or
/// else `count` that the seed chooses. Throws as data::split does.
data::IndexSplit held_back(const RunSets& sets, std::int64_t count, std::uint64_t seed);

/// What reports call a sample: "image", or "row" of a table.
std::string sample_name(const data::Dataset& dataset);

}  // namespace credence::benchmarks
