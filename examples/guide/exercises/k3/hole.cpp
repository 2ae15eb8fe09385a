// Exercise of page 3 of the kernels: Winograd's F(2, 3) in one dimension. Fill the hole;
// `examples/guide/run k3 --exercise` builds this file and checks it.
#include <array>
#include <cstddef>

// Bᵀ d: what the four multiplications take of the inputs.
static std::array<float, 4> input_transform([[maybe_unused]] const std::array<float, 4>& d) {
  return {0, 0, 0, 0};  // the hole: four sums or differences of two inputs each
}

static std::array<float, 4> weight_transform(const std::array<float, 3>& g) {
  return {g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]};
}

// Outputs i of 2 are the sums over l of g[l] times d[i + l], by four multiplications.
std::array<float, 2> filter(const std::array<float, 4>& d, const std::array<float, 3>& g) {
  const std::array<float, 4> v = input_transform(d);
  const std::array<float, 4> u = weight_transform(g);
  std::array<float, 4> m{};
  for (std::size_t e = 0; e < 4; ++e) m[e] = u[e] * v[e];
  return {m[0] + m[1] + m[2], m[1] - m[2] - m[3]};
}
