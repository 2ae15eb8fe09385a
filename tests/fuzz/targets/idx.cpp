// Target: idx files, plain or packed with gzip.
#include "data/idx.hpp"

#include "tests/data/packing.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target idx() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] { data::read_idx(file_of(bytes)); });
  };
  const auto seeds = [] {
    const std::string labels("\0\0\10\1\0\0\0\3\1\2\3", 11);
    const std::string images("\0\0\10\3\0\0\0\1\0\0\0\2\0\0\0\3abcdef", 22);
    return std::vector<std::string>{labels, images, test::gzip(labels), test::gzip(images)};
  };
  return {"idx", run, seeds};
}

}  // namespace credence::fuzz
