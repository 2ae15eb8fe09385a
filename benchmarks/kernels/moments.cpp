// The pair of products of a Bayesian layer: mean and variance of its output, and their gradients.
// Beside the fused kernel stands what a framework does that has convolutions only: it squares the
// input, convolves twice, and, for the input's gradient, adds grad_mean's part and 2 x times
// grad_variance's.
#include "benchmarks/kernels/case_families.hpp"
#include "benchmarks/kernels/definition.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/layers.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/dispatch/kernels.hpp"

namespace credence::benchmarks {
namespace {

// The largest term of a sum on whole numbers up to 4: 2 x times a gradient times a variance of 16.
constexpr double kLargestSquareTerm = 2 * 4 * 4 * 16;

using Convolve = std::function<Call(Pass, const ConvolutionShape&, const PassTensors&)>;

Tensor squared(const Tensor& x) {
  const Tensor y = Tensor::empty_like(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    y.data<float>()[i] = x.data<float>()[i] * x.data<float>()[i];
  }
  return y;
}

// The operands of all passes, and room for results.
struct Moments {
  ConvolutionShape shape;
  Device device;
  Fill fill;
  Tensor x = filled(fill, {shape.input_numel()}, "x", device);
  Tensor weight_mean = filled(fill, {shape.weight_numel()}, "mean", device);
  Tensor weight_variance =
      squared(filled(fill, {shape.weight_numel()}, "variance", Device::cpu)).to(device);
  Tensor grad_mean = filled(fill, {shape.output_numel()}, "grad_mean", device);
  Tensor grad_variance = filled(fill, {shape.output_numel()}, "grad_variance", device);

  Tensor empty(std::int64_t n) const { return Tensor::empty({n}, DType::float32, device); }
};

// Element `index` of the mean (result 0) or the variance, or of their gradients, from the
// definition.
double element(Pass pass, const Moments& o, std::size_t result, std::int64_t index) {
  const auto at = [](const Tensor& tensor) { return tensor.data<float>(); };
  const bool forward = pass == Pass::forward;
  if (pass == Pass::backward_data) {
    const double mean =
        convolution_element(pass, o.shape, at(o.grad_mean), at(o.weight_mean), index);
    const double variance =
        convolution_element(pass, o.shape, at(o.grad_variance), at(o.weight_variance), index);
    return mean + 2.0 * at(o.x)[index] * variance;
  }
  if (result == 0) {
    return convolution_element(pass, o.shape, at(o.x), at(forward ? o.weight_mean : o.grad_mean),
                               index);
  }
  return convolution_element(pass, o.shape, at(squared(o.x)),
                             at(forward ? o.weight_variance : o.grad_variance), index);
}

Call fused_call(const Moments& o, Pass pass) {
  const ConvolutionShape& s = o.shape;
  const Device device = o.device;
  const auto table = [device] { return &kernels<float>(device); };
  const auto at = [](const Tensor& tensor) { return tensor.data<float>(); };
  switch (pass) {
    case Pass::forward: {
      const Tensor mean = o.empty(s.output_numel());
      const Tensor variance = o.empty(s.output_numel());
      return {[=] {
                table()->moments_forward(s, at(o.x), at(o.weight_mean), at(o.weight_variance),
                                         nullptr, at(mean), at(variance));
              },
              {mean, variance}};
    }
    case Pass::backward_data: {
      const Tensor grad_x = o.empty(s.input_numel());
      return {[=] {
                table()->moments_backward_data(s, at(o.x), at(o.weight_mean), at(o.weight_variance),
                                               at(o.grad_mean), at(o.grad_variance), at(grad_x));
              },
              {grad_x}};
    }
    case Pass::backward_weight:
      break;
  }
  const Tensor grad_mean = o.empty(s.weight_numel());
  const Tensor grad_variance = o.empty(s.weight_numel());
  return {[=] {
            table()->moments_backward_weight(s, at(o.x), at(o.grad_mean), at(o.grad_variance),
                                             at(grad_mean), at(grad_variance));
          },
          {grad_mean, grad_variance}};
}

// A step of the ladder on a fully connected layer.
Call step_call(Ladder::Moments step, const ConvolutionShape& s, const Fill& fill) {
  const Moments o{s, Device::cpu, fill};
  const Tensor mean = o.empty(s.output_numel());
  const Tensor variance = o.empty(s.output_numel());
  const auto at = [](const Tensor& tensor) { return tensor.data<float>(); };
  return {[=] {
            step(s.batch, s.out_channels, s.in_channels, at(o.x), at(o.weight_mean),
                 at(o.weight_variance), at(mean), at(variance));
          },
          {mean, variance},
          {},
          [=](std::size_t result, std::int64_t index) {
            return element(Pass::forward, o, result, index);
          }};
}

void square(const Tensor& x, const Tensor& y) {
  constexpr std::size_t kSquare = pointwise::kEntry<pointwise::Square>.index;
  kernels<float>(x.device())
      .pointwise_forward[kSquare]({}, x.numel(), x.data<float>(), y.data<float>());
}

// grad_x += 2 x · part, by the kernels that a framework's graph would run.
void add_square_gradient(const Tensor& x, const Tensor& part, const Tensor& grad_x) {
  constexpr std::size_t kSquare = pointwise::kEntry<pointwise::Square>.index;
  const Kernels<float>& k = kernels<float>(x.device());
  float* const scaled = part.data<float>();
  k.pointwise_backward[kSquare]({}, x.numel(), x.data<float>(), scaled, scaled);
  const Addition<float> addition{x.numel(), scaled, grad_x.data<float>()};
  k.accumulate({&addition, 1});
}

Call fused(Pass pass, const ConvolutionShape& s, Device device, const Fill& fill) {
  const Moments o{s, device, fill};
  Call call = fused_call(o, pass);
  call.definition = [=](std::size_t result, std::int64_t index) {
    return element(pass, o, result, index);
  };
  return call;
}

Call composed(Pass pass, const ConvolutionShape& s, Device device, const Fill& fill,
              const Convolve& convolve) {
  const Moments o{s, device, fill};
  const Tensor x_squared = o.empty(s.input_numel());
  if (pass == Pass::backward_data) {
    const Call mean = convolve(pass, s, {o.grad_mean, o.weight_mean, o.empty(s.input_numel())});
    const Call variance =
        convolve(pass, s, {o.grad_variance, o.weight_variance, o.empty(s.input_numel())});
    return {[=] {
              mean.run();
              variance.run();
              add_square_gradient(o.x, variance.results[0], mean.results[0]);
            },
            mean.results};
  }
  const bool forward = pass == Pass::forward;
  const std::int64_t numel = forward ? s.output_numel() : s.weight_numel();
  const Call mean = convolve(pass, s, {o.x, forward ? o.weight_mean : o.grad_mean, o.empty(numel)});
  const Call variance =
      convolve(pass, s, {x_squared, forward ? o.weight_variance : o.grad_variance, o.empty(numel)});
  return {[=] {
            square(o.x, x_squared);
            mean.run();
            variance.run();
          },
          {mean.results[0], variance.results[0]}};
}

// x, two weights and two outputs, and for the input's gradient x and grad_x.
double bytes_of(Pass pass, const ConvolutionShape& s) {
  const std::int64_t inputs = (pass == Pass::backward_data ? 2 : 1) * s.input_numel();
  return sizeof(float) * static_cast<double>(inputs + 2 * s.weight_numel() + 2 * s.output_numel());
}

Case moments_case(Pass pass, const Layer& layer, const char* implementation,
                  std::function<Call(const Fill&)> prepare, bool is_exact) {
  const double bytes = bytes_of(pass, layer.shape);
  return {.kernel = std::string("moments_") + to_string(pass),
          .shape = layer.text(),
          .implementation = implementation,
          .label = layer.label,
          .work = {.flops = 2 * layer.flops(), .bytes = bytes, .footprint = bytes},
          .prepare = std::move(prepare),
          .tolerance = tolerance_of(pass, layer.shape),
          .exact = is_exact};
}

}  // namespace

void add_moments_steps(std::vector<Case>& cases, const Layer& layer) {
  const ConvolutionShape s = layer.shape;
  if (!layer.fully_connected() || s.groups != 1) return;
  const auto add = [&](const char* implementation, Ladder::Moments step) {
    cases.push_back(moments_case(
        Pass::forward, layer, implementation,
        [=](const Fill& fill) { return step_call(step, s, fill); },
        sums_are_exact(Pass::forward, s, kLargestSquareTerm)));
  };
  add("naive", ladder().moments_naive);
  add("reordered", ladder().moments_reordered);
  add("tiled", ladder().moments_tiled);
}

void add_moments(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer) {
  const ConvolutionShape s = layer.shape;
  const auto add = [&](const char* implementation, std::function<Call(const Fill&)> prepare,
                       const std::string& algorithm, bool is_exact) {
    cases.push_back(moments_case(pass, layer, implementation, std::move(prepare), is_exact));
    cases.back().algorithm = algorithm;
  };
  const std::string ours = algorithm_of(pass, s, device);
  const bool exact = sums_are_exact(pass, s, kLargestSquareTerm);
  add(
      kOurs, [=](const Fill& fill) { return fused(pass, s, device, fill); }, ours,
      exact && has_exact_sums(ours));
  add(
      kComposed, [=](const Fill& fill) { return composed(pass, s, device, fill, &credence_call); },
      ours, exact && has_exact_sums(ours));
  if (layer.fully_connected()) return;
  const std::string rival = onednn::implementation(pass, s, onednn::Method::direct_nchw);
  if (rival.empty()) return;
  add(
      "onednn_composed",
      [=](const Fill& fill) {
        return composed(pass, s, device, fill,
                        [](Pass p, const ConvolutionShape& shape, const PassTensors& t) {
                          return onednn::convolution(p, shape, onednn::Method::direct_nchw, t);
                        });
      },
      rival, exact);
}

std::vector<Case> moments_cases(Device device) {
  std::vector<Layer> layers = convolution_layers();
  const std::vector<Layer> dense = fully_connected_layers();
  layers.insert(layers.end(), dense.begin(), dense.end());
  std::vector<Case> cases;
  for (const Pass pass : kPasses) {
    for (const Layer& layer : layers) {
      if (layer.needs(pass)) add_moments(cases, device, pass, layer);
    }
  }
  return cases;
}

}  // namespace credence::benchmarks
