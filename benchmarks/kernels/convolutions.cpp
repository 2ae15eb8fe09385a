// The three passes of every convolution in the zoo.
#include "benchmarks/kernels/case_families.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/layers.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/dispatch/kernels.hpp"

namespace credence::benchmarks {
namespace {

// The loops that follow the definition do about a billion operations per second.
constexpr double kMostNaiveFlops = 1.5e9;

Call naive(Pass pass, const ConvolutionShape& s, const PassTensors& t) {
  return {[=] {
            const Ladder& steps = ladder();
            const float* const first = t.first.data<float>();
            const float* const second = t.second.data<float>();
            float* const result = t.result.data<float>();
            switch (pass) {
              case Pass::forward:
                return steps.convolution_forward_naive(s, first, second, result);
              case Pass::backward_data:
                return steps.convolution_backward_data_naive(s, first, second, result);
              case Pass::backward_weight:
                return steps.convolution_backward_weight_naive(s, first, second, result);
            }
          },
          {t.result},
          {},
          definition_of(pass, s, t)};
}

Call rows(const ConvolutionShape& s, const PassTensors& t) {
  return {[=] {
            ladder().convolution_forward_rows(s, t.first.data<float>(), t.second.data<float>(),
                                              t.result.data<float>());
          },
          {t.result},
          {},
          definition_of(Pass::forward, s, t)};
}

// im2col: the columns of one image after the other, and our matrix product of the weights with
// them.
Call by_columns(const ConvolutionShape& s, const PassTensors& t) {
  const std::int64_t depth = s.weight_numel() / s.out_channels;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  const Tensor columns = Tensor::empty({depth * plane});
  return {[=] {
            const Kernels<float>& k = kernels<float>(Device::cpu);
            for (std::int64_t n = 0; n < s.batch; ++n) {
              ladder().image_to_columns(s, t.first.data<float>() + n * s.input_numel() / s.batch,
                                        columns.data<float>());
              k.matmul(s.out_channels, plane, depth, t.second.data<float>(), depth, 1,
                       columns.data<float>(), plane, 1,
                       t.result.data<float>() + n * s.out_channels * plane);
            }
          },
          {t.result},
          {},
          definition_of(Pass::forward, s, t)};
}

}  // namespace

void add_convolution(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer) {
  const ConvolutionShape s = layer.shape;
  const auto add = [&](const char* implementation, std::function<Call(const PassTensors&)> make) {
    cases.push_back(
        layer_case("convolution", pass, layer, device, implementation, std::move(make)));
  };
  add(kOurs, [=](const PassTensors& t) { return credence_call(pass, s, t); });
  cases.back().algorithm = algorithm_of(pass, s, device);
  cases.back().exact = has_exact_sums(cases.back().algorithm) && sums_are_exact(pass, s);
  const auto add_rival = [&](const char* implementation, onednn::Method method) {
    const std::string algorithm = onednn::implementation(pass, s, method);
    if (algorithm.empty()) return;
    add(implementation,
        [=](const PassTensors& t) { return onednn::convolution(pass, s, method, t); });
    cases.back().algorithm = algorithm;
    cases.back().exact = method != onednn::Method::winograd && sums_are_exact(pass, s);
  };
  add_rival("onednn", onednn::Method::direct);
  add_rival("onednn_winograd", onednn::Method::winograd);
  add_rival("onednn_nchw", onednn::Method::direct_nchw);
  if (!is_plain(s)) return;
  const auto add_step = [&](const char* step, std::function<Call(const PassTensors&)> make) {
    add(step, std::move(make));
    cases.back().exact = sums_are_exact(pass, s);
  };
  if (layer.flops() <= kMostNaiveFlops) {
    add_step("naive", [=](const PassTensors& t) { return naive(pass, s, t); });
  }
  if (pass != Pass::forward) return;
  add_step("rows", [=](const PassTensors& t) { return rows(s, t); });
  add_step("im2col", [=](const PassTensors& t) { return by_columns(s, t); });
}

std::vector<Case> convolution_cases(Device device) {
  std::vector<Case> cases;
  for (const Pass pass : kPasses) {
    for (const Layer& layer : convolution_layers()) {
      if (layer.needs(pass)) add_convolution(cases, device, pass, layer);
    }
  }
  return cases;
}

}  // namespace credence::benchmarks
