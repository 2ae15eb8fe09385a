// Kernels that do little with each number: what counts is how fast the numbers come and go. Each is
// measured on arrays of 2 MiB, which a last-level cache holds, and of 64 MiB, which come from
// memory.
#include "benchmarks/kernels/elementwise.hpp"

#include "benchmarks/kernels/ladder.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/kernels/shapes.hpp"

#include <cmath>
#include <cstring>

namespace credence::benchmarks {
namespace {

RandomStream noise() { return Generator(7).split("noise").next(); }

void add_pointwise(std::vector<Case>& cases, const Arrays& arrays) {
  const ArrayNames names = names_of_size(arrays.n);
  for (const char* function : {"relu", "exp", "softplus"}) {
    add_pointwise_forward(cases, arrays, function, names);
  }
  add_pointwise_backward(cases, arrays, "softplus", names);
}

void add_noise(std::vector<Case>& cases, const Arrays& arrays) {
  const std::int64_t n = arrays.n;
  add_normal(cases, arrays, names_of_size(n));
  // CUDA leaves the variance as it is and draws the noise again.
  const double moved = arrays.device == Device::cuda ? 12 : 16;
  Group(cases, arrays, "add_noise_forward", moved, 8).add(kOurs, [=](const Arrays& a) -> Call {
    const Tensor y = a.normals("mean");
    const Tensor scale = arrays.full(n, 1);
    return {[=] { arrays.kernels().add_noise_forward({noise(), 1e-8}, n, at(y), at(scale)); }, {y}};
  });
  Group(cases, arrays, "add_noise_backward", 12, 12).add(kOurs, [=](const Arrays& a) -> Call {
    const Tensor grad_y = a.normals("grad_y");
    const Tensor scale = arrays.full(n, 1);
    const Tensor y = arrays.full(n, 0);
    const Tensor grad_variance = arrays.empty();
    arrays.kernels().add_noise_forward({noise(), 1e-8}, n, at(y), at(scale));
    return {[=] {
              arrays.kernels().add_noise_backward({noise(), 1e-8}, n, nullptr, at(grad_y),
                                                  at(scale), nullptr, at(grad_variance));
            },
            {grad_variance}};
  });
}

// Windows of 2 × 2 over planes of 32 × 32, as after VGG's first block.
void add_pooling(std::vector<Case>& cases, const Arrays& arrays) {
  const std::int64_t planes = arrays.n / 1024;
  const PoolWindows windows{
      1, planes, {planes, {1, 32, 32}, {1, 16, 16}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}}};
  const ArrayNames names = names_of_size(arrays.n);
  add_pool_forward(cases, arrays.device, windows, names);
  add_pool_backward(cases, arrays.device, windows, names);
}

// Rows of ten classes, as many as fit.
void add_log_softmax(std::vector<Case>& cases, const Arrays& room) {
  constexpr std::int64_t kClasses = 10;
  const std::int64_t rows = room.n / kClasses;
  const Arrays arrays{room.device, rows * kClasses};
  const auto forward = [=](auto function) {
    return mapped([=](std::int64_t, const float* x, float* y) { function(rows, kClasses, x, y); });
  };
  Group(cases, arrays, "log_softmax_forward", 8, 8)
      .add(kOurs, forward(arrays.kernel(&Kernels<float>::log_softmax_forward)))
      .add("naive", forward(ladder().log_softmax_forward));
}

// 64 channels of 32 × 32, as after VGG's first convolution.
void add_batch_norm(std::vector<Case>& cases, const Arrays& arrays) {
  constexpr std::int64_t kChannels = 64;
  constexpr std::int64_t kVolume = 1024;
  const NormalizationShape shape{arrays.n / kChannels / kVolume, kChannels, kVolume};
  const auto per_channel = [=](double value) { return arrays.full(kChannels, value); };
  Group(cases, arrays, "batch_norm_forward", 8, 8)
      .add(kOurs,
           [=](const Arrays& a) -> Call {
             const Tensor x = a.normals("x");
             const Tensor y = arrays.empty();
             const Tensor weight = per_channel(1);
             const Tensor bias = per_channel(0);
             const Tensor running_mean = per_channel(0);
             const Tensor running_variance = per_channel(1);
             const Tensor mean = per_channel(0);
             const Tensor deviation = per_channel(0);
             return {[=] {
                       arrays.kernels().batch_norm_training_forward(
                           shape, 1e-5, 0.1, at(x), at(weight), at(bias), at(running_mean),
                           at(running_variance), at(y), at(mean), at(deviation));
                     },
                     {y}};
           })
      .add("naive", [=](const Arrays& a) -> Call {
        const Tensor x = a.normals("x");
        const Tensor y = arrays.empty();
        const Tensor weight = per_channel(1);
        const Tensor bias = per_channel(0);
        return {[=] {
                  ladder().batch_norm_training_forward(shape, 1e-5, at(x), at(weight), at(bias),
                                                       at(y));
                },
                {y}};
      });
  Group(cases, arrays, "batch_norm_backward", 12, 12).add(kOurs, [=](const Arrays& a) -> Call {
    const Tensor x = a.normals("x");
    const Tensor grad_y = a.normals("grad_y");
    const Tensor grad_x = arrays.empty();
    const Tensor one = per_channel(1);
    const Tensor zero = per_channel(0);
    const Tensor grad_weight = per_channel(0);
    const Tensor grad_bias = per_channel(0);
    return {[=] {
              arrays.kernels().batch_norm_backward(shape, true, at(x), at(one), at(zero), at(one),
                                                   at(grad_y), at(grad_x), at(grad_weight),
                                                   at(grad_bias));
            },
            {grad_x}};
  });
}

// Reads the gradient and updates parameter, mean and variance.
void add_adam(std::vector<Case>& cases, const Arrays& arrays) {
  const std::int64_t n = arrays.n;
  const AdamStep step{1e-3, 0.9, 0.999, 1e-8, 0, false, 1 - 0.9, 1 - 0.999};
  const auto stepped = [=](auto function) {
    return [=](const Arrays& a) -> Call {
      const Tensor bytes = Tensor::empty({sizeof(step)}, DType::uint8);
      std::memcpy(bytes.raw_data(), &step, sizeof(step));
      const Tensor settings = bytes.to(arrays.device);
      const Tensor grad = a.normals("grad");
      const Tensor parameter = a.normals("parameter");
      const Tensor mean = arrays.full(n, 0);
      const Tensor variance = arrays.full(n, 0);
      return {[=] {
                function(reinterpret_cast<const AdamStep*>(settings.raw_data()), n, at(grad),
                         at(parameter), at(mean), at(variance));
              },
              {parameter, mean, variance}};
    };
  };
  Group(cases, arrays, "adam_step", 28, 16)
      .add(kOurs, stepped([=](const AdamStep* settings, auto... arguments) {
             arrays.kernels().adam_step(settings, arguments..., nullptr);
           }))
      .add("naive", stepped([](const AdamStep* settings, auto... arguments) {
             ladder().adam_step(*settings, arguments...);
           }));
}

}  // namespace

std::vector<Case> elementwise_cases(Device device, std::initializer_list<std::int64_t> elements) {
  std::vector<Case> cases;
  for (const std::int64_t n : elements) {
    const Arrays arrays{device, n};
    add_pointwise(cases, arrays);
    add_noise(cases, arrays);
    add_pooling(cases, arrays);
    add_log_softmax(cases, arrays);
    add_batch_norm(cases, arrays);
    add_adam(cases, arrays);
  }
  return cases;
}

}  // namespace credence::benchmarks
