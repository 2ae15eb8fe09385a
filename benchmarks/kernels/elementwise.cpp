// Kernels that do little with each number: what counts is how fast the numbers come and go. Each is
// measured on arrays of 2 MiB, which a last-level cache holds, and of 64 MiB, which come from
// memory.
#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/rivals.hpp"

#include <cmath>

namespace credence::benchmarks {
namespace {

const Kernels<float>& cpu() { return kernels<float>(Device::cpu); }

float* at(const Tensor& tensor) { return tensor.data<float>(); }

RandomStream noise() { return Generator(7).split("noise").next(); }

// The cases of one kernel on arrays of n elements, which moves `moved` and keeps `kept` bytes for
// each of them.
class Group {
 public:
  Group(std::vector<Case>& cases, std::int64_t n, const char* kernel, double moved, double kept)
      : cases_(cases), n_(n), kernel_(kernel), moved_(moved), kept_(kept) {}

  const Group& add(const char* implementation, std::function<Call()> prepare) const {
    const auto n = static_cast<double>(n_);
    const std::string mebibytes = std::to_string(std::lround(n * sizeof(float) / 1048576));
    cases_.push_back({kernel_,
                      mebibytes + "MiB",
                      implementation,
                      mebibytes + " MiB",
                      {.bytes = n * moved_, .footprint = n * kept_, .elements = n},
                      std::move(prepare)});
    return *this;
  }

 private:
  std::vector<Case>& cases_;
  std::int64_t n_;
  const char* kernel_;
  double moved_;
  double kept_;
};

// A function y = f(x).
template <class Function>
std::function<Call()> mapped(std::int64_t n, Function function) {
  return [=]() -> Call {
    const Tensor x = normals({n}, "x");
    const Tensor y = Tensor::empty({n});
    return {[=] { function(n, at(x), at(y)); }, {y}};
  };
}

template <class Functor>
std::function<Call()> ours(std::int64_t n, const PointwiseParameters& parameters = {}) {
  return mapped(n, [=](std::int64_t count, const float* x, float* y) {
    cpu().pointwise_forward[pointwise::kEntry<Functor>.index](parameters, count, x, y);
  });
}

void add_pointwise(std::vector<Case>& cases, std::int64_t n) {
  const auto rival = [&](const Group& group, onednn::Pointwise function) {
    if (onednn::version().empty()) return;
    group.add("onednn",
              [=] { return onednn::pointwise(function, normals({n}, "x"), Tensor::empty({n})); });
  };
  const Ladder& naive = ladder();
  const PointwiseParameters beta{1, 0};
  rival(Group(cases, n, "relu_forward", 8, 8)
            .add(kOurs, ours<pointwise::Relu>(n))
            .add("naive", mapped(n, naive.relu)),
        onednn::Pointwise::relu);
  rival(Group(cases, n, "exp_forward", 8, 8)
            .add(kOurs, ours<pointwise::Exp>(n))
            .add("naive", mapped(n, naive.exp)),
        onednn::Pointwise::exp);
  rival(Group(cases, n, "softplus_forward", 8, 8)
            .add(kOurs, ours<pointwise::Softplus>(n, beta))
            .add("naive", mapped(n, naive.softplus)),
        onednn::Pointwise::softplus);
  Group(cases, n, "softplus_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor x = normals({n}, "x");
    const Tensor grad_y = normals({n}, "grad_y");
    const Tensor grad_x = Tensor::empty({n});
    return {[=] {
              cpu().pointwise_backward[pointwise::kEntry<pointwise::Softplus>.index](
                  beta, n, at(x), at(grad_y), at(grad_x));
            },
            {grad_x}};
  });
}

void add_noise(std::vector<Case>& cases, std::int64_t n) {
  const auto drawn = [=](auto draw) {
    return [=]() -> Call {
      const Tensor y = Tensor::empty({n});
      return {[=] { draw(noise(), n, at(y)); }, {y}};
    };
  };
  Group(cases, n, "normal", 4, 4)
      .add(kOurs, drawn(cpu().normal))
      .add("naive", drawn(ladder().normal));
  Group(cases, n, "add_noise_forward", 16, 8).add(kOurs, [=]() -> Call {
    const Tensor y = normals({n}, "mean");
    const Tensor deviation = Tensor::full({n}, 1);
    return {[=] { cpu().add_noise_forward(noise(), 1e-8, n, at(y), at(deviation)); },
            {y, deviation}};
  });
  Group(cases, n, "add_noise_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor grad_y = normals({n}, "grad_y");
    const Tensor deviation = Tensor::full({n}, 1);
    const Tensor grad_variance = Tensor::empty({n});
    return {
        [=] { cpu().add_noise_backward(noise(), n, at(grad_y), at(deviation), at(grad_variance)); },
        {grad_variance}};
  });
}

// Windows of 2 × 2 over planes of 32 × 32, as after VGG's first block.
void add_pooling(std::vector<Case>& cases, std::int64_t n) {
  const PoolShape shape{n / 1024, {1, 32, 32}, {1, 16, 16}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}};
  const auto forward = [=](auto pool) {
    return [=]() -> Call {
      const Tensor x = normals({n}, "x");
      const Tensor y = Tensor::empty({n / 4});
      const Tensor index = Tensor::empty({n / 4}, DType::int32);
      return {[=] { pool(shape, at(x), at(y), index.data<std::int32_t>()); }, {y}};
    };
  };
  // For each element of x, a quarter of a value and of an index.
  Group(cases, n, "max_pool_forward", 6, 6)
      .add(kOurs, forward(cpu().max_pool_forward))
      .add("naive", forward(ladder().max_pool_forward));
  Group(cases, n, "max_pool_backward", 6, 6).add(kOurs, [=]() -> Call {
    const Call pooled = forward(cpu().max_pool_forward)();
    const Tensor x = normals({n}, "x");
    const Tensor index = Tensor::empty({n / 4}, DType::int32);
    cpu().max_pool_forward(shape, at(x), at(pooled.results[0]), index.data<std::int32_t>());
    const Tensor grad_x = Tensor::empty({n});
    return {[=] {
              cpu().max_pool_backward(shape, at(pooled.results[0]), index.data<std::int32_t>(),
                                      at(grad_x));
            },
            {grad_x}};
  });
}

// Rows of ten classes, as many as fit.
void add_log_softmax(std::vector<Case>& cases, std::int64_t room) {
  constexpr std::int64_t kClasses = 10;
  const std::int64_t n = room / kClasses * kClasses;
  const auto forward = [=](auto function) {
    return mapped(
        n, [=](std::int64_t, const float* x, float* y) { function(n / kClasses, kClasses, x, y); });
  };
  Group(cases, n, "log_softmax_forward", 8, 8)
      .add(kOurs, forward(cpu().log_softmax_forward))
      .add("naive", forward(ladder().log_softmax_forward));
}

// 64 channels of 32 × 32, as after VGG's first convolution.
void add_batch_norm(std::vector<Case>& cases, std::int64_t n) {
  constexpr std::int64_t kChannels = 64;
  constexpr std::int64_t kVolume = 1024;
  const BatchNormShape shape{n / kChannels / kVolume, kChannels, kVolume};
  const auto per_channel = [](double value) { return Tensor::full({kChannels}, value); };
  const Tensor one = per_channel(1);
  const Tensor zero = per_channel(0);
  Group(cases, n, "batch_norm_forward", 8, 8)
      .add(kOurs, mapped(n,
                         [=, running_mean = per_channel(0), running_variance = per_channel(1),
                          mean = per_channel(0),
                          deviation = per_channel(0)](std::int64_t, const float* x, float* y) {
                           cpu().batch_norm_training_forward(shape, 1e-5, 0.1, x, at(one), at(zero),
                                                             at(running_mean), at(running_variance),
                                                             y, at(mean), at(deviation));
                         }))
      .add("naive", mapped(n, [=](std::int64_t, const float* x, float* y) {
             ladder().batch_norm_training_forward(shape, 1e-5, x, at(one), at(zero), y);
           }));
  Group(cases, n, "batch_norm_backward", 12, 12).add(kOurs, [=]() -> Call {
    const Tensor x = normals({n}, "x");
    const Tensor grad_y = normals({n}, "grad_y");
    const Tensor grad_x = Tensor::empty({n});
    const Tensor grad_weight = per_channel(0);
    const Tensor grad_bias = per_channel(0);
    return {[=] {
              cpu().batch_norm_backward(shape, true, at(x), at(one), at(zero), at(one), at(grad_y),
                                        at(grad_x), at(grad_weight), at(grad_bias));
            },
            {grad_x}};
  });
}

// Reads the gradient and updates parameter, mean and variance.
void add_adam(std::vector<Case>& cases, std::int64_t n) {
  const AdamStep step{1e-3, 0.9, 0.999, 1e-8, 0, false, 1 - 0.9, 1 - 0.999};
  const auto stepped = [=](auto function) {
    return [=]() -> Call {
      const Tensor grad = normals({n}, "grad");
      const Tensor parameter = normals({n}, "parameter");
      const Tensor mean = Tensor::zeros({n});
      const Tensor variance = Tensor::zeros({n});
      return {[=] { function(step, n, at(grad), at(parameter), at(mean), at(variance)); },
              {parameter, mean, variance}};
    };
  };
  Group(cases, n, "adam_step", 28, 16)
      .add(kOurs, stepped(cpu().adam_step))
      .add("naive", stepped(ladder().adam_step));
}

}  // namespace

std::vector<Case> elementwise_cases() {
  std::vector<Case> cases;
  for (const std::int64_t mebibytes : {2, 64}) {
    const std::int64_t n = (mebibytes << 20) / static_cast<std::int64_t>(sizeof(float));
    add_pointwise(cases, n);
    add_noise(cases, n);
    add_pooling(cases, n);
    add_log_softmax(cases, n);
    add_batch_norm(cases, n);
    add_adam(cases, n);
  }
  return cases;
}

}  // namespace credence::benchmarks
