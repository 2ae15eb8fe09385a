// Normal noise: the framework's kernel and the steps to it.
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "benchmarks/kernels/elementwise.hpp"
#include "benchmarks/kernels/ladder.hpp"

namespace credence::benchmarks {
namespace {

RandomStream stream() { return Generator(7).split("noise").next(); }

// A function draw(stream, n, y) as what a case prepares.
template <class Draw>
auto drawn(Draw draw) {
  return [=](const Arrays& a) -> Call {
    const Tensor y = a.empty();
    return {[=] { draw(stream(), a.n, at(y)); },
            {y},
            {},
            [](std::size_t, std::int64_t index) { return stream().normal(index); }};
  };
}

}  // namespace

void add_normal(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names) {
  Group(cases, arrays, "normal", 4, 4, names)
      .add(kOurs, drawn(arrays.kernel(&Kernels<float>::normal)))
      .add("naive", drawn(ladder().normal));
}

void add_normal_steps(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names) {
  if (arrays.n % RandomStream::kGroup != 0) return;
  const Group group(cases, arrays, "normal", 4, 4, names);
  if (arrays.device == Device::cpu) {
    group.add("blocks", drawn(ladder().normal_blocks))
        .add("lanes", drawn(ladder().normal_lanes))
        .add("polynomials", drawn(ladder().normal_polynomials));
    return;
  }
  const CudaLadder& steps = cuda_ladder();
  group.add("naive", drawn(steps.normal_naive))
      .add("blocks", drawn(steps.normal_blocks))
      .add("shuffled", drawn(steps.normal_shuffled));
}

}  // namespace credence::benchmarks
