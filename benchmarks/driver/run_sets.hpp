// The data of a run.
#pragma once

#include "data/dataset.hpp"

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
};

/// The parts with the checksum of their bytes, those of `train` first.
RunSets with_checksum(data::Dataset train, data::Dataset test, std::string where);

/// What reports call a sample: "image", or "row" of a table.
std::string sample_name(const data::Dataset& dataset);

}  // namespace credence::benchmarks
