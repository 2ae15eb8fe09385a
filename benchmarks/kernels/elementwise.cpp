// Kernels that do little with each number: what counts is how fast the numbers come and go. Each is
// measured on arrays of 2 MiB, which a last-level cache holds, and of 64 MiB, which come from
// memory.
#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/kernels/shapes.hpp"

#include <cmath>
#include <cstring>

namespace credence::benchmarks {
namespace {

float* at(const Tensor& tensor) { return tensor.data<float>(); }

RandomStream noise() { return Generator(7).split("noise").next(); }

// A device, and how many elements the arrays on it have.
struct Arrays {
  Device device;
  std::int64_t n;

  Tensor normals(std::string_view name) const { return benchmarks::normals({n}, name, device); }
  Tensor empty() const { return empty(n); }
  Tensor empty(std::int64_t count, DType dtype = DType::float32) const {
    return Tensor::empty({count}, dtype, device);
  }
  Tensor full(std::int64_t count, double value) const {
    return Tensor::full({count}, value, DType::float32, device);
  }
  const Kernels<float>& kernels() const { return credence::kernels<float>(device); }
  // A kernel by its place in the table, where it is looked up when it is called: the names of the
  // cases are there without a device.
  template <class Member>
  auto kernel(Member member) const {
    return [=, arrays = *this](auto... arguments) { (arrays.kernels().*member)(arguments...); };
  }
};

// The cases of one kernel, which moves `moved` bytes and works on `held` bytes for each element.
class Group {
 public:
  Group(std::vector<Case>& cases, const Arrays& arrays, const char* kernel, double moved,
        double held)
      : cases_(cases), n_(arrays.n), kernel_(kernel), moved_(moved), held_(held) {}

  const Group& add(const char* implementation, std::function<Call()> prepare) const {
    const auto n = static_cast<double>(n_);
    const auto kibibytes = std::lround(n * sizeof(float) / 1024);
    const std::string size =
        std::to_string(kibibytes < 1024 ? kibibytes : (kibibytes + 512) / 1024);
    const std::string unit = kibibytes < 1024 ? "KiB" : "MiB";
    cases_.push_back({kernel_,
                      size + unit,
                      implementation,
                      size + " " + unit,
                      {.bytes = n * moved_, .footprint = n * held_, .elements = n},
                      std::move(prepare)});
    return *this;
  }

 private:
  std::vector<Case>& cases_;
  std::int64_t n_;
  const char* kernel_;
  double moved_;
  double held_;
};

// A function y = f(x).
template <class Function>
std::function<Call()> mapped(const Arrays& arrays, Function function) {
  return [=]() -> Call {
    const Tensor x = arrays.normals("x");
    const Tensor y = arrays.empty();
    return {[=] { function(arrays.n, at(x), at(y)); }, {y}};
  };
}

template <class Functor>
std::function<Call()> ours(const Arrays& arrays, const PointwiseParameters& parameters = {}) {
  return mapped(arrays, [=](std::int64_t n, const float* x, float* y) {
    arrays.kernels().pointwise_forward[pointwise::kEntry<Functor>.index](parameters, n, x, y);
  });
}

void add_pointwise(std::vector<Case>& cases, const Arrays& arrays) {
  const auto rival = [&](const Group& group, onednn::Pointwise function) {
    if (onednn::version().empty()) return;
    group.add("onednn",
              [=] { return onednn::pointwise(function, arrays.normals("x"), arrays.empty()); });
  };
  const Ladder& naive = ladder();
  const PointwiseParameters beta{1, 0};
  rival(Group(cases, arrays, "relu_forward", 8, 8)
            .add(kOurs, ours<pointwise::Relu>(arrays))
            .add("naive", mapped(arrays, naive.relu)),
        onednn::Pointwise::relu);
  rival(Group(cases, arrays, "exp_forward", 8, 8)
            .add(kOurs, ours<pointwise::Exp>(arrays))
            .add("naive", mapped(arrays, naive.exp)),
        onednn::Pointwise::exp);
  rival(Group(cases, arrays, "softplus_forward", 8, 8)
            .add(kOurs, ours<pointwise::Softplus>(arrays, beta))
            .add("naive", mapped(arrays, naive.softplus)),
        onednn::Pointwise::softplus);
  Group(cases, arrays, "softplus_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor x = arrays.normals("x");
    const Tensor grad_y = arrays.normals("grad_y");
    const Tensor grad_x = arrays.empty();
    return {[=] {
              arrays.kernels().pointwise_backward[pointwise::kEntry<pointwise::Softplus>.index](
                  beta, arrays.n, at(x), at(grad_y), at(grad_x));
            },
            {grad_x}};
  });
}

void add_noise(std::vector<Case>& cases, const Arrays& arrays) {
  const std::int64_t n = arrays.n;
  const auto drawn = [=](auto draw) {
    return [=]() -> Call {
      const Tensor y = arrays.empty();
      return {[=] { draw(noise(), n, at(y)); }, {y}};
    };
  };
  Group(cases, arrays, "normal", 4, 4)
      .add(kOurs, drawn(arrays.kernel(&Kernels<float>::normal)))
      .add("naive", drawn(ladder().normal));
  // CUDA leaves the variance as it is and draws the noise again.
  const double moved = arrays.device == Device::cuda ? 12 : 16;
  Group(cases, arrays, "add_noise_forward", moved, 8).add(kOurs, [=]() -> Call {
    const Tensor y = arrays.normals("mean");
    const Tensor scale = arrays.full(n, 1);
    return {[=] { arrays.kernels().add_noise_forward({noise(), 1e-8}, n, at(y), at(scale)); }, {y}};
  });
  Group(cases, arrays, "add_noise_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor grad_y = arrays.normals("grad_y");
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
  const std::int64_t n = arrays.n;
  const PoolShape shape{n / 1024, {1, 32, 32}, {1, 16, 16}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}};
  const auto forward = [=](auto pool) {
    return [=]() -> Call {
      const Tensor x = arrays.normals("x");
      const Tensor y = arrays.empty(n / 4);
      const Tensor index = arrays.empty(n / 4, DType::int32);
      return {[=] { pool(shape, at(x), at(y), index.data<std::int32_t>()); }, {y}};
    };
  };
  // For each element of x, a quarter of a value and of an index.
  Group(cases, arrays, "max_pool_forward", 6, 6)
      .add(kOurs, forward(arrays.kernel(&Kernels<float>::max_pool_forward)))
      .add("naive", forward(ladder().max_pool_forward));
  Group(cases, arrays, "max_pool_backward", 6, 6).add(kOurs, [=]() -> Call {
    const Tensor x = arrays.normals("x");
    const Tensor y = arrays.empty(n / 4);
    const Tensor index = arrays.empty(n / 4, DType::int32);
    arrays.kernels().max_pool_forward(shape, at(x), at(y), index.data<std::int32_t>());
    const Tensor grad_x = arrays.empty();
    return {[=] {
              arrays.kernels().max_pool_backward(shape, at(y), index.data<std::int32_t>(),
                                                 at(grad_x));
            },
            {grad_x}};
  });
}

// Rows of ten classes, as many as fit.
void add_log_softmax(std::vector<Case>& cases, const Arrays& room) {
  constexpr std::int64_t kClasses = 10;
  const std::int64_t rows = room.n / kClasses;
  const Arrays arrays{room.device, rows * kClasses};
  const auto forward = [=](auto function) {
    return mapped(arrays,
                  [=](std::int64_t, const float* x, float* y) { function(rows, kClasses, x, y); });
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
           [=]() -> Call {
             const Tensor x = arrays.normals("x");
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
      .add("naive", [=]() -> Call {
        const Tensor x = arrays.normals("x");
        const Tensor y = arrays.empty();
        const Tensor weight = per_channel(1);
        const Tensor bias = per_channel(0);
        return {[=] {
                  ladder().batch_norm_training_forward(shape, 1e-5, at(x), at(weight), at(bias),
                                                       at(y));
                },
                {y}};
      });
  Group(cases, arrays, "batch_norm_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor x = arrays.normals("x");
    const Tensor grad_y = arrays.normals("grad_y");
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
    return [=]() -> Call {
      const Tensor bytes = Tensor::empty({sizeof(step)}, DType::uint8);
      std::memcpy(bytes.raw_data(), &step, sizeof(step));
      const Tensor settings = bytes.to(arrays.device);
      const Tensor grad = arrays.normals("grad");
      const Tensor parameter = arrays.normals("parameter");
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
