// Target: the names of formats by their first bytes.
#include "framework/io/file_kind.hpp"

#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target file_kind() {
  const auto run = [](std::string_view bytes) {
    const io::FileKind kind =
        io::kind_of(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    require(kind.name.size() < 2 * io::kKindBytes, "a name longer than what was looked at");
  };
  const auto seeds = [] {
    return std::vector<std::string>{
        "PK\3\4" + std::string(22, '\0') + std::string("\5\0\0\0a.npy", 9),
        "....ftypavif....",
        "<!doctype html><html>",
        "<?xml version=\"1.0\"?><svg>",
        std::string("BM") + std::string(12, '\0') + std::string("\x28\0\0\0", 4) + "rest",
        std::string("\x08\x07\x12\x07pytorch", 11),
        "\x80\2\x8A\x0A\x6C\xFC\x9C\x46\xF9 j\xA8P\x19",
        "{\"json\": 1}",
        "P5 2 2 255 abcd"};
  };
  return {"file_kind", run, seeds};
}

}  // namespace credence::fuzz
