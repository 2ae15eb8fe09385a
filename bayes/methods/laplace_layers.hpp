// The layers of a network that the Laplace approximation covers, their inputs, and the gradients
// of the network's outputs by theirs.
#pragma once

#include "framework/base/function_ref.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <string>
#include <vector>

namespace credence::bayes {

/// A fully connected layer or a convolution as a product: at each of T positions (pixels; T = 1 for
/// a Linear) its outputs [O] are W a, where W [O, D] has the weight's rows and, where there is a
/// bias, the bias as its last column, and a [D] is the layer's input under the kernel and a 1 for
/// the bias. Pointers are valid until the model moves.
struct CoveredLayer {
  std::string name;  ///< its path; empty for the model itself
  nn::Module* module = nullptr;
  Variable* weight = nullptr;
  Variable* bias = nullptr;  ///< null where there is none or it is frozen

  std::int64_t outputs() const { return weight->shape()[0]; }
  std::int64_t inputs() const { return weight->shape().numel_from(1) + (bias != nullptr ? 1 : 0); }

  /// W, a new tensor [O, D].
  Tensor joint_weight() const;
  /// Writes such a matrix into weight and bias.
  void set_joint_weight(const Tensor& joint) const;
  /// The layer's input x as [N, D, T].
  Tensor columns(const Tensor& x) const;
};

/// The layers with weights of a model, in the order of visit: each nn::Linear and nn::Conv1d to
/// Conv3d with a weight that is not frozen. Scales and shifts of normalisations (Role::norm) are
/// left out: they stay as trained. Throws ValueError that names the layer for any other with
/// trainable parameters, for groups of convolutions, and where no layer is left.
std::vector<CoveredLayer> covered_layers(nn::Module& model);
/// The nn::Linear whose output is the model's output for `batch`. Throws ValueError where there is
/// none.
CoveredLayer last_layer(nn::Module& model, const train::Batch& batch);
/// The layer at this path. Throws ValueError where it is none of the kinds above.
CoveredLayer layer_at(nn::Module& model, const std::string& path);

/// Watches calls of the model. While an object is alive, the model is in evaluation mode, so that
/// the statistics of batch normalisation are constants and samples do not depend on one another,
/// and its parameters are frozen: a backward pass computes gradients of activations only, and the
/// parameters' gradients stay as they are.
class LayerPass {
 public:
  LayerPass(nn::Module& model, std::vector<CoveredLayer> layers);
  ~LayerPass();
  LayerPass(const LayerPass&) = delete;
  LayerPass& operator=(const LayerPass&) = delete;

  /// The model's outputs [N, C] for a batch, with a graph from the first covered layer on. Throws
  /// ValueError where a covered layer is not called exactly once.
  Variable forward(const train::Batch& batch);
  /// columns(x) of layer i in the last forward pass.
  Tensor inputs(std::size_t i) const;
  /// Computes Σ_c seed[n, c] ∂outputs[n, c] / ∂(output of layer i) of each sample n for the last
  /// forward pass, which can be done once.
  void backward(const Tensor& seed);
  /// What backward computed, [N, O, T].
  Tensor gradients(std::size_t i) const;

 private:
  class Recorder;

  nn::Module& model_;
  nn::EvaluationMode mode_;
  std::vector<CoveredLayer> layers_;
  std::vector<Variable*> frozen_;
  Variable outputs_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> gradients_;
};

/// Σ_n a_n b_nᵀ of matrices a_n [P, T] and b_n [Q, T], [P, Q], for a [N, P, T] and b [N, Q, T].
Tensor sum_of_products(const Tensor& a, const Tensor& b);

/// Calls receive(squares [n, P · Q]) with the squared elements of a_n b_nᵀ for consecutive groups
/// of n samples, few enough for 64 MiB of float32.
void for_squared_products(const Tensor& a, const Tensor& b,
                          FunctionRef<void(const Tensor& squares)> receive);

}  // namespace credence::bayes
