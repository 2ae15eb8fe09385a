// The generalised Gauss-Newton matrix of a network's negative log-likelihood, in three structures.
#pragma once

#include "bayes/methods/dense_matrix.hpp"
#include "bayes/methods/laplace_layers.hpp"
#include "bayes/methods/laplace_output.hpp"

namespace credence::bayes {

enum class HessianStructure : std::uint8_t {
  full,       ///< of a layer
  diagonal,   ///< all other elements are taken as 0
  kronecker,  ///< each layer's block is the product of two small matrices; between layers 0
};

/// The matrix of one layer W [O, D] for a whole data set; those of the structure have elements.
/// With J_n the derivative of sample n's outputs by the layer's weights and Λ_n the Hessian of −log
/// p by the outputs, the full matrix is Σ_n J_nᵀ Λ_n J_n.
struct LayerCurvature {
  Matrix full;      ///< [O D, O D], W row by row
  Matrix diagonal;  ///< [O, D], the diagonal of the full matrix
  /// KFAC: the full matrix ≈ output_factor ⊗ input_factor, element (o D + d, p D + e) being
  /// output_factor(o, p) · input_factor(d, e). With inputs a_nt and output gradients g_nt at the T
  /// positions, input_factor = 1/N Σ_nt a_nt a_ntᵀ [D, D] and output_factor = 1/T Σ_nt E[g_nt
  /// g_ntᵀ] [O, O] (Martens and Grosse 2015, arXiv 1503.05671, section 3; Grosse and Martens 2016,
  /// arXiv 1602.01407, section 3). The bias is part of W, as there. Exact for one sample and a
  /// Linear.
  Matrix input_factor;
  Matrix output_factor;
};

/// Of all covered layers, in their order.
struct Curvature {
  std::vector<LayerCurvature> layers;
  double log_likelihood = 0;  ///< Σ_n log p(y_n | f(x_n)), nats
};

/// How the curvature is computed.
struct CurvatureOptions {
  HessianStructure structure = HessianStructure::full;
  /// Whether the only covered layer gives the network's outputs. No backward pass is made then.
  bool last_layer = true;
  /// Else 0 takes one forward and backward pass for each output and batch, which is exact; K > 0
  /// takes K passes with random combinations of the outputs (LaplaceOutput::random_root).
  std::int64_t random_passes = 0;
  Generator generator{};
};

/// The curvature at the model's weights for epoch 0 of the source. Products are computed in the
/// model's element type batch by batch and added in double precision on the host. Throws ValueError
/// for the full structure of several layers.
Curvature gauss_newton(nn::Module& model, const std::vector<CoveredLayer>& layers,
                       train::BatchSource& source, const LaplaceOutput& output,
                       const CurvatureOptions& options);

}  // namespace credence::bayes
