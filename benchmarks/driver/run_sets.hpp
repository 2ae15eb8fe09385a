// The data of a run.
#pragma once

#include "data/dataset.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The training and the test part of the data that a run uses.
struct RunSets {
  data::Dataset train;
  data::Dataset test;
  std::string where;                   ///< the folder or the file, or what drew them
  std::string checksum{};              ///< of all inputs and targets: "crc32:4048c3cf"
  std::vector<std::string> columns{};  ///< of a table: the names of the inputs; else empty
  std::string target{};                ///< of a table: the name of the target
  /// How many of `train`, the last ones, are the data's own validation samples; nothing where there
  /// are none, and the seed chooses some.
  std::optional<std::int64_t> validation{};
  bool seed_chose_test = false;  ///< whether the seed divided the samples into `train` and `test`
};

/// The parts with the checksum of their bytes, those of `train` first.
RunSets with_checksum(data::Dataset train, data::Dataset test, std::string where);

/// The samples of a training part that are not held out, and those that are: `count`, chosen by the
/// seed. Throws ValueError where no sample would be left.
data::IndexSplit held_out_split(const data::Dataset& train, std::int64_t count, std::uint64_t seed);

/// With the held-out samples of the training part in place of the test part. Throws as
/// held_out_split does, and ValueError for data with validation samples of its own or whose test
/// part the seed chose.
RunSets scored_on_held_out(const RunSets& sets, std::int64_t count, std::uint64_t seed);

/// The samples of `sets.train` for training and those held back: its own validation samples, or
/// else `count` that the seed chooses. Throws as data::split does.
data::IndexSplit held_back(const RunSets& sets, std::int64_t count, std::uint64_t seed);

/// What reports call a sample: "image", or "row" of a table.
std::string sample_name(const data::Dataset& dataset);

}  // namespace credence::benchmarks
