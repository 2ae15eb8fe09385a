// Uncertainty decompositions from the class probabilities of samples: covariances (Kwon et al.
// 2020), and entropy = mutual information + expected entropy (Depeweg et al. 2018, arXiv
// 1710.07283).
#include "bayes/uncertainty.hpp"

#include "bayes/methods/trained_network.hpp"
#include "bayes/metrics/entropy.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace credence::bayes {
namespace {

constexpr std::int64_t kImagesPerRange = 16;

// The probabilities of one image in all samples.
template <class T>
class Samples {
 public:
  Samples(const Tensor& samples, std::int64_t image)
      : first_(samples.data<T>() + image * samples.shape()[2]),
        stride_(samples.shape()[1] * samples.shape()[2]) {}
  double at(std::int64_t sample, std::int64_t c) const {
    return static_cast<double>(first_[sample * stride_ + c]);
  }

 private:
  const T* first_;
  std::int64_t stride_;
};

template <class T>
void check_rows(const Tensor& samples) {
  const Shape& shape = samples.shape();
  for (std::int64_t n = 0; n < shape[1]; ++n) {
    const Samples<T> rows(samples, n);
    for (std::int64_t s = 0; s < shape[0]; ++s) {
      double sum = 0;
      double lowest = 0;
      for (std::int64_t c = 0; c < shape[2]; ++c) {
        sum += rows.at(s, c);
        lowest = std::min(lowest, rows.at(s, c));
      }
      // This form of the condition rejects NaN too.
      if (lowest < 0 || !(std::abs(sum - 1) <= 1e-3)) {
        throw ValueError("[uncertainty] the probabilities of image " + std::to_string(n) +
                         " in sample " + std::to_string(s) +
                         " must be at least 0 and add up to 1, not to " + std::to_string(sum));
      }
    }
  }
}

// Fills the results of one image. Sums are in double precision.
template <class T>
void fill_image(const Tensor& samples, std::int64_t image, const Uncertainty& result) {
  const std::int64_t count = samples.shape()[0];
  const std::int64_t classes = samples.shape()[2];
  const auto share = 1 / static_cast<double>(count);
  const Samples<T> rows(samples, image);
  std::vector<double> mean(static_cast<std::size_t>(classes));
  double mutual_information = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    double sum = 0;
    for (std::int64_t s = 0; s < count; ++s) sum += rows.at(s, c);
    const double p = sum / static_cast<double>(count);
    mean[static_cast<std::size_t>(c)] = p;
    result.probabilities.data<T>()[image * classes + c] = static_cast<T>(p);
    for (std::int64_t s = 0; s < count; ++s) {
      mutual_information += share * metrics::divergence_term(rows.at(s, c), p);
    }
  }
  double epistemic_trace = 0;
  double aleatoric_trace = 0;
  T* const epistemic = result.epistemic.data<T>() + image * classes * classes;
  T* const aleatoric = result.aleatoric.data<T>() + image * classes * classes;
  for (std::int64_t i = 0; i < classes; ++i) {
    const double mean_i = mean[static_cast<std::size_t>(i)];
    for (std::int64_t j = i; j < classes; ++j) {
      const double mean_j = mean[static_cast<std::size_t>(j)];
      double between = 0;
      double within = 0;
      for (std::int64_t s = 0; s < count; ++s) {
        const double p = rows.at(s, i);
        const double q = rows.at(s, j);
        between += (p - mean_i) * (q - mean_j);
        within += i == j ? p * (1 - p) : -p * q;
      }
      epistemic[i * classes + j] = epistemic[j * classes + i] = static_cast<T>(between * share);
      aleatoric[i * classes + j] = aleatoric[j * classes + i] = static_cast<T>(within * share);
      if (i == j) {
        epistemic_trace += between * share;
        aleatoric_trace += within * share;
      }
    }
  }
  result.epistemic_trace.data<T>()[image] = static_cast<T>(epistemic_trace);
  result.aleatoric_trace.data<T>()[image] = static_cast<T>(aleatoric_trace);
  result.entropy.data<T>()[image] = static_cast<T>(metrics::entropy(mean));
  result.mutual_information.data<T>()[image] = static_cast<T>(mutual_information);
}

// softplus(z) / Σ softplus(z). Where all z of a row are far below 0, softplus(z) is e^z and may
// underflow; the quotient is then computed as a softmax.
template <class T>
void normalize_softplus(const T* z, std::int64_t classes, T* p) {
  const auto highest = static_cast<double>(*std::max_element(z, z + classes));
  const auto part = [&](std::int64_t c) {
    const auto x = static_cast<double>(z[c]);
    if (highest < -30) return std::exp(x - highest);
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  };
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += part(c);
  for (std::int64_t c = 0; c < classes; ++c) p[c] = static_cast<T>(part(c) / sum);
}

// The class probabilities of a pass, on the host.
Tensor probabilities(const Variable& outputs, Normalization normalization) {
  if (normalization == Normalization::softmax) return softmax(outputs).value().to(Device::cpu);
  const Tensor logits = outputs.value().to(Device::cpu);
  const Tensor result = Tensor::empty_like(logits);
  const std::int64_t classes = logits.shape()[1];
  visit_kernels(result, [&]<class T>(const Kernels<T>&) {
    for (std::int64_t row = 0; row < logits.shape()[0]; ++row) {
      normalize_softplus(logits.data<T>() + row * classes, classes,
                         result.data<T>() + row * classes);
    }
  });
  return result;
}

}  // namespace

Uncertainty from_probabilities(const Tensor& samples) {
  const Shape& shape = samples.shape();
  if (shape.rank() != 3 || shape[0] < 1 || shape[2] < 1) {
    throw ShapeError("[uncertainty] probabilities must be [samples, images, classes], not " +
                     shape.to_string());
  }
  if (samples.dtype() != DType::float32 && samples.dtype() != DType::float64) {
    throw ValueError(std::string("[uncertainty] probabilities must be floating-point, not ") +
                     to_string(samples.dtype()));
  }
  const std::int64_t images = shape[1];
  const std::int64_t classes = shape[2];
  const auto empty = [&](const Shape& s) { return Tensor::empty(s, samples.dtype()); };
  Uncertainty result{.epistemic = empty({images, classes, classes}),
                     .aleatoric = empty({images, classes, classes}),
                     .probabilities = empty({images, classes}),
                     .prediction = {},
                     .epistemic_trace = empty({images}),
                     .aleatoric_trace = empty({images}),
                     .entropy = empty({images}),
                     .mutual_information = empty({images})};
  visit_kernels(samples, [&]<class T>(const Kernels<T>&) {
    check_rows<T>(samples);
    parallel_for(images, kImagesPerRange, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t image = begin; image < end; ++image) {
        fill_image<T>(samples, image, result);
      }
    });
  });
  result.prediction = argmax(result.probabilities);
  return result;
}

Uncertainty uncertainty(nn::Module& model, const Tensor& images,
                        const UncertaintyOptions& options) {
  TrainedNetwork network(model, options.draw);
  return uncertainty(network, images, options);
}

Uncertainty uncertainty(Method& method, const Tensor& images, const UncertaintyOptions& options) {
  Tensor samples;
  for_each_pass(method, images, options.samples, [&](const PassOutputs& pass) {
    const Shape& shape = pass.outputs.shape();
    if (shape.rank() != 2 || shape[0] != images.shape()[0] || shape[1] < 1) {
      throw ShapeError("[uncertainty] the model's outputs must be [images, classes], not " +
                       shape.to_string() + " for images " + images.shape().to_string());
    }
    if (!samples.defined()) {
      samples =
          Tensor::empty({method.passes(options.samples), shape[0], shape[1]}, pass.outputs.dtype());
    }
    samples.slice(pass.pass, pass.pass + 1)
        .reshape(shape)
        .copy_from(probabilities(pass.outputs, options.normalization));
  });
  try {
    return from_probabilities(samples);
  } catch (const ValueError&) {
    // A fault of the model is the better message.
    method.require_finite("uncertainty");
    throw;
  }
}

}  // namespace credence::bayes
