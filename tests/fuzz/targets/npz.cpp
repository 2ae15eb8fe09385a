// Target: NumPy's archives of arrays.
#include "data/npz.hpp"

#include "data/npy_header.hpp"
#include "tests/data/pictures.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

using test::little_endian;

struct Member {
  std::string name;
  std::string bytes;
  bool deflated = false;
};

// The sizes, the checksum and the name, which local headers and directory share.
std::string description(const Member& member, const std::string& packed) {
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(member.bytes.data()),
                         static_cast<uInt>(member.bytes.size()));
  return little_endian(0, 2) + little_endian(member.deflated ? 8 : 0, 2) + little_endian(0, 4) +
         little_endian(static_cast<std::uint32_t>(sum), 4) +
         little_endian(static_cast<std::uint32_t>(packed.size()), 4) +
         little_endian(static_cast<std::uint32_t>(member.bytes.size()), 4) +
         little_endian(static_cast<std::uint32_t>(member.name.size()), 2) + little_endian(0, 2);
}

std::string zip(const std::vector<Member>& members) {
  std::string file;
  std::string directory;
  for (const Member& member : members) {
    // zlib's format is a header of 2 bytes, the packed bytes that ZIP has too, and a checksum of 4.
    const std::string stream = test::zlib_stream(member.bytes);
    const std::string packed = member.deflated ? stream.substr(2, stream.size() - 6) : member.bytes;
    directory += "PK\1\2" + little_endian(20, 2) + little_endian(20, 2) +
                 description(member, packed) + little_endian(0, 2) + little_endian(0, 4) +
                 little_endian(0, 4) + little_endian(static_cast<std::uint32_t>(file.size()), 4) +
                 member.name;
    file += "PK\3\4" + little_endian(20, 2) + description(member, packed) + member.name + packed;
  }
  const auto count = static_cast<std::uint32_t>(members.size());
  return file + directory + "PK\5\6" + little_endian(0, 4) + little_endian(count, 2) +
         little_endian(count, 2) + little_endian(static_cast<std::uint32_t>(directory.size()), 4) +
         little_endian(static_cast<std::uint32_t>(file.size()), 4) + little_endian(0, 2);
}

}  // namespace

Target npz() {
  const auto run = [](std::string_view bytes) {
    const std::filesystem::path path = file_of(bytes);
    read_or_refuse([&] { data::npz_names(path); });
    read_or_refuse([&] { data::read_npz(path); });
  };
  const auto seeds = [] {
    const std::string array = data::npy_head("<f4", {2, 3}) + std::string(24, '\1');
    return std::vector<std::string>{zip({{"a.npy", array}}),
                                    zip({{"a.npy", array, true}, {"b.npy", array}}), zip({})};
  };
  return {"npz", run, seeds};
}

}  // namespace credence::fuzz
