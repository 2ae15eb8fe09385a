// Target: tar archives with right checksums.
#include "data/tar.hpp"

#include "tests/data/packing.hpp"
#include "tests/fuzz/checksums.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>

namespace credence::fuzz {

Target tar() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      data::ByteReader reader(file_of(with_tar_checksums(bytes)), "an archive");
      data::TarReader archive(reader);
      std::array<char, 700> contents{};
      while (const auto entry = archive.next()) {
        archive.read(contents.data(), std::min<std::uint64_t>(entry->size, contents.size()));
      }
    });
  };
  const auto seeds = [] {
    using test::tar_entry;
    return std::vector<std::string>{
        tar_entry("a/b", "contents") + tar_entry("folder/", "", '5') + test::tar_end(),
        tar_entry("x", "23 path=some/long/path\n10 size=3\n", 'x') + tar_entry("short", "abc") +
            test::tar_end(),
        tar_entry("././@LongLink", std::string(120, 'n'), 'L') + tar_entry("nn", "") +
            tar_entry("g", "11 a=bcdef\n", 'g') + test::tar_end()};
  };
  return {"tar", run, seeds};
}

}  // namespace credence::fuzz
