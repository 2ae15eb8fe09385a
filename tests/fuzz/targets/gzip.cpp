// Target: the reader of files that may be packed with gzip.
#include "data/byte_reader.hpp"
#include "tests/data/packing.hpp"
#include "tests/fuzz/target.hpp"

#include <array>
#include <limits>

namespace credence::fuzz {

Target gzip() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      data::ByteReader reader(file_of(bytes), "a file");
      std::array<char, 7> begin{};
      const std::uint64_t got = reader.read(begin.data(), begin.size());
      require(reader.offset() == got, "the offset is not what was read");
      const std::uint64_t available = reader.available(100'000);
      const std::uint64_t most = reader.most_bytes_left();
      const std::uint64_t rest = reader.count_rest();
      require(rest <= most, "more bytes than most_bytes_left says");
      require(available <= 100'000, "more bytes are available than were asked for");
      const std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
      require(reader.skip(all) == rest, "another number of bytes at the second reading");
      reader.kind_note();
    });
  };
  const auto seeds = [] {
    return std::vector<std::string>{test::gzip("some text\n"), test::gzip(std::string(70'000, 'a')),
                                    test::gzip("two ") + test::gzip("members"), "plain"};
  };
  return {"gzip", run, seeds};
}

}  // namespace credence::fuzz
