// The functions that libFuzzer calls, for the target that the build names. With --seeds=FOLDER the
// program writes the target's seeds there and ends.
#include "tests/fuzz/target.hpp"

#include <cstdint>
#include <cstdlib>

namespace credence::fuzz {

Target CREDENCE_FUZZ_TARGET();

namespace {

const Target& target() {
  static const Target target = CREDENCE_FUZZ_TARGET();
  return target;
}

void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : target().seeds()) {
    std::ofstream(folder / ("seed" + std::to_string(++number)), std::ios::binary) << seed;
  }
}

}  // namespace
}  // namespace credence::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kSeeds = "--seeds=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (!argument.starts_with(kSeeds)) continue;
    credence::fuzz::write_seeds(argument.substr(kSeeds.size()));
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  credence::fuzz::target().run({reinterpret_cast<const char*>(bytes), size});
  // Else blocks of every size that some input asked for would pile up.
  credence::release_cached_memory(credence::Device::cpu);
  return 0;
}
