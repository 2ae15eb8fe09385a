// A folder like MNIST's with few images, for very short runs of programs.
#pragma once

#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "tests/data/temporary_folder.hpp"

namespace credence::test {

/// Writes the four files of MNIST, with drawn digits, into `folder`.
inline void write_small_mnist(const TemporaryFolder& folder, std::int64_t train_count,
                              std::int64_t test_count) {
  const auto word = [](std::int64_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
  };
  for (const data::Split split : {data::Split::train, data::Split::test}) {
    const std::int64_t count = split == data::Split::train ? train_count : test_count;
    const data::Dataset digits = data::synthetic_digits(count, Generator(1), split);
    std::string images = word(2051) + word(count) + word(28) + word(28);
    images.append(reinterpret_cast<const char*>(digits.inputs.raw_data()), digits.inputs.bytes());
    std::string labels = word(2049) + word(count);
    for (const std::int64_t label : digits.targets.to_vector<std::int64_t>()) {
      labels += static_cast<char>(label);
    }
    const data::IdxFiles names = data::idx_file_names(split);
    folder.write(names.images, images);
    folder.write(names.labels, labels);
  }
}

}  // namespace credence::test
