// The check of the exercise of page 5 of the kernels: the known answers of Random123, the library
// of Philox's authors, for a counter and a key of zeros, and for the digits of pi.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

using Words = std::array<std::uint32_t, 4>;
Words philox(Words counter, std::uint32_t k0, std::uint32_t k1);

static bool check(const Words& found, const Words& expected) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (found[i] == expected[i]) continue;
    std::printf("not yet: word %zu is %08x, not %08x\n", i, found[i], expected[i]);
    return false;
  }
  return true;
}

int main() {
  if (!check(philox({0, 0, 0, 0}, 0, 0), {0x6627E8D5U, 0xE169C58DU, 0xBC57AC4CU, 0x9B00DBD8U}) ||
      !check(philox({0x243F6A88U, 0x85A308D3U, 0x13198A2EU, 0x03707344U}, 0xA4093822U, 0x299F31D0U),
             {0xD16CFE09U, 0x94FDCCEBU, 0x5001E420U, 0x24126EA1U})) {
    return 1;
  }
  std::printf("passed\n");
}
