// The steps of convolutions as cases: those that are not in the program's own list.
#include "benchmarks/kernels/case_families.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "framework/dispatch/kernels.hpp"

namespace credence::benchmarks {
namespace {

using Forward = void (*)(const ConvolutionShape&, const float* x, const float* weight, float* y);

bool steps_compute(const ConvolutionShape& s) {
  return is_plain(s) && s.stride == Extents3{1, 1, 1};
}

Call called(Forward forward, const ConvolutionShape& s, const PassTensors& t) {
  return {
      [=] { forward(s, t.first.data<float>(), t.second.data<float>(), t.result.data<float>()); },
      {t.result},
      {},
      definition_of(Pass::forward, s, t)};
}

// Winograd's algorithm around our products of matrices.
Call by_products(const Ladder::WinogradTransforms& winograd, const ConvolutionShape& s,
                 const PassTensors& t) {
  const std::int64_t side = winograd.side;
  const std::int64_t tiles = (s.output[1] + side - 1) / side * ((s.output[2] + side - 1) / side);
  const std::int64_t elements = (side + 2) * (side + 2);
  const Tensor u = Tensor::empty({elements * s.out_channels * s.in_channels});
  const Tensor v = Tensor::empty({elements * s.in_channels * tiles});
  const Tensor products = Tensor::empty({elements * s.out_channels * tiles});
  const auto run = [=] {
    const Kernels<float>& k = kernels<float>(Device::cpu);
    winograd.weights(s, t.second.data<float>(), u.data<float>());
    for (std::int64_t n = 0; n < s.batch; ++n) {
      winograd.input(s, t.first.data<float>() + n * s.input_numel() / s.batch, v.data<float>());
      for (std::int64_t e = 0; e < elements; ++e) {
        k.matmul(s.out_channels, tiles, s.in_channels,
                 u.data<float>() + e * s.out_channels * s.in_channels, s.in_channels, 1,
                 v.data<float>() + e * s.in_channels * tiles, tiles, 1,
                 products.data<float>() + e * s.out_channels * tiles);
      }
      winograd.output(s, products.data<float>(),
                      t.result.data<float>() + n * s.output_numel() / s.batch);
    }
  };
  return {run, {t.result}, {}, definition_of(Pass::forward, s, t)};
}

}  // namespace

void add_convolution_steps(std::vector<Case>& cases, const Layer& layer) {
  const ConvolutionShape s = layer.shape;
  if (!steps_compute(s)) return;
  const auto add = [&](const char* implementation, std::function<Call(const PassTensors&)> make,
                       bool exact) {
    cases.push_back(layer_case("convolution", Pass::forward, layer, Device::cpu, implementation,
                               std::move(make)));
    cases.back().exact = exact && sums_are_exact(Pass::forward, s);
  };
  const auto add_call = [&](const char* implementation, Forward forward, bool exact) {
    add(
        implementation, [=](const PassTensors& t) { return called(forward, s, t); }, exact);
  };
  const Ladder& steps = ladder();
  add_call("blocked", steps.convolution_forward_blocked, true);
  add_call("tiled", steps.convolution_forward_tiled, true);
  if (s.kernel != Extents3{1, 3, 3}) return;
  add_call("winograd_formula", steps.winograd_formula, false);
  add_call("winograd_shared", steps.winograd_shared, false);
  const auto add_products = [&](const char* implementation,
                                const Ladder::WinogradTransforms& transforms) {
    add(
        implementation, [=](const PassTensors& t) { return by_products(transforms, s, t); }, false);
  };
  add_products("winograd_2x2", steps.winograd_2x2);
  add_products("winograd_4x4", steps.winograd_4x4);
}

}  // namespace credence::benchmarks
