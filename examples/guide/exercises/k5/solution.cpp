// A solution of the exercise of page 5 of the kernels.
#include <array>
#include <cstdint>

using Words = std::array<std::uint32_t, 4>;

// One round with the key (k0, k1).
static Words round_of(const Words& c, std::uint32_t k0, std::uint32_t k1) {
  const std::uint64_t left = std::uint64_t{0xD2511F53U} * c[0];
  const std::uint64_t right = std::uint64_t{0xCD9E8D57U} * c[2];
  const auto high = [](std::uint64_t product) { return static_cast<std::uint32_t>(product >> 32); };
  const auto low = [](std::uint64_t product) { return static_cast<std::uint32_t>(product); };
  return {high(right) ^ c[1] ^ k0, low(right), high(left) ^ c[3] ^ k1, low(left)};
}

Words philox(Words counter, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    counter = round_of(counter, k0, k1);
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return counter;
}
