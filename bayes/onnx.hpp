// The export of a net, frequentist or Bayesian, as an ONNX file that predicts without this library.
//
// A file of ONNX holds one fixed function of its inputs, and operators without randomness that
// every runtime computes alike. A Bayesian net is a distribution of functions. So there are three
// forms:
//   mean     the function of the posterior's mean;
//   sample   one function drawn from the posterior: one draw of all weights, which are constants of
//            the file;
//   moments  S drawn functions in one graph, and the mean and the variance of their S results.
// A mean and a variance of each layer's output, as local reparametrisation has them, would not lead
// to those of the net's output: between the layers stand nonlinear functions, and behind a first
// random layer all further ones see random inputs. What passes on means and variances alone
// (moment matching) is another approximation with values of its own. The moments over S functions
// are the estimates that predict reports, and converge to those of the posterior.
//
// A drawn function has the same weights for all inputs and at all positions of an image
// (FunctionDraw). Predictions by local reparametrisation draw the noise of each output anew. One
// output of one layer has the same distribution in both; the correlations differ.
#pragma once

#include "framework/io/onnx/export.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace credence::bayes {

enum class OnnxForm : std::uint8_t { mean, sample, moments };

/// "mean", "sample" or "moments"
const char* to_string(OnnxForm form);

/// What the outputs y [batch, …] of the net are, and so which outputs the file has.
enum class OnnxOutputs : std::uint8_t {
  /// The logits of classes, [batch, C]. Forms mean and sample: `logits` and their softmax,
  /// `probabilities`. Moments: `mean` and `variance` of the S vectors p of probabilities,
  /// p̄ = 1/S Σ p and 1/S Σ (p − p̄)², the diagonal of the epistemic covariance (Uncertainty).
  classes,
  /// The mean and the logarithm of the variance of a normal distribution, [batch, 2], as
  /// GaussianLikelihood reads them. Forms mean and sample: `mean` m and `variance` v, [batch, 1].
  /// Moments: those of the mixture, m̄ = 1/S Σ m and 1/S Σ v + 1/S Σ (m − m̄)².
  normal,
  /// Anything. Forms mean and sample: `output`. Moments: `mean` and `variance` of its S values,
  /// with the divisor S.
  numbers
};

/// The scale of images that the file takes as bytes, by channel; see io::onnx::add_pixel_scale.
struct OnnxPixels {
  std::vector<float> mean{};
  std::vector<float> deviation{};
};

struct OnnxOptions {
  Shape input{};  ///< of one example: [C, H, W]
  std::optional<OnnxPixels>
      pixels{};  ///< the input is `pixels`, uint8, in place of `input`, float32
  OnnxForm form = OnnxForm::mean;
  OnnxOutputs outputs = OnnxOutputs::classes;
  std::int64_t samples = 15;  ///< S of form moments
  /// Function k, from 0 on, is the draw of FunctionDraw(model, seed · 2³² + k).
  std::uint64_t seed = 0;
  std::string name = "net";                       ///< of the graph
  std::map<std::string, std::string> metadata{};  ///< that the file holds
  io::onnx::Forms forms{};                        ///< of a program's own ops
};

/// The number of draw k of FunctionDraw for this seed.
constexpr std::uint64_t onnx_draw(std::uint64_t seed, std::int64_t k) {
  return (seed << 32) + static_cast<std::uint64_t>(k);
}

/// The graph of the net in evaluation, whose file save() writes. The metadata also say the form,
/// and where they are used the samples and the seed. Throws ValueError for the forms sample and
/// moments of a net without Bayesian layers, for fewer than one sample, for a seed of 2³² or more,
/// and for outputs of another shape. Throws Error, which begins with the layer's path, for an op
/// without a form in ONNX; docs/onnx.md has the table.
io::onnx::Graph to_onnx(nn::Module& model, const OnnxOptions& options);

}  // namespace credence::bayes
