// Sums of products of layers' inputs and output gradients over a data set.
#include "bayes/methods/laplace_curvature.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"

#include <cmath>
#include <string>

namespace credence::bayes {
namespace {

// [N, P, 1] to [N, P].
Variable rows_of(const Tensor& columns) {
  return Variable(columns.reshape({columns.shape()[0], columns.shape()[1]}));
}

// Adds the diagonal of Σ_n (Σ_t g_nt a_ntᵀ) (…)ᵀ.
void add_diagonal(Matrix& diagonal, const Tensor& inputs, const Tensor& gradients) {
  if (inputs.shape()[2] == 1) {  // (g aᵀ)² = g² (a²)ᵀ
    diagonal.add(
        sum_of_products(square(Variable(gradients)).value(), square(Variable(inputs)).value()));
    return;
  }
  for_squared_products(gradients, inputs, [&](const Tensor& squares) {
    diagonal.add(sum(Variable(squares), {0}).value());
  });
}

class Accumulator {
 public:
  Accumulator(const std::vector<CoveredLayer>& layers, const LaplaceOutput& output,
              const CurvatureOptions& options)
      : output_(output), options_(options), layers_(layers.size()) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::int64_t out = layers[i].outputs();
      const std::int64_t in = layers[i].inputs();
      switch (options.structure) {
        case HessianStructure::full:
          for (std::int64_t c = 0; c < out; ++c) block_columns_.emplace_back((out - c) * in, in);
          break;
        case HessianStructure::diagonal:
          layers_[i].diagonal = Matrix(out, in);
          break;
        case HessianStructure::kronecker:
          layers_[i].input_factor = Matrix(in, in);
          layers_[i].output_factor = Matrix(out, out);
          break;
      }
    }
  }

  void add_inputs(std::size_t layer, const Tensor& inputs) {
    if (options_.structure != HessianStructure::kronecker) return;
    layers_[layer].input_factor.add(sum_of_products(inputs, inputs));
  }

  void add_gradients(std::size_t layer, const Tensor& inputs, const Tensor& gradients) {
    if (options_.structure == HessianStructure::diagonal) {
      add_diagonal(layers_[layer].diagonal, inputs, gradients);
      return;
    }
    const Variable weighted =
        Variable(gradients) * (1 / std::sqrt(static_cast<double>(gradients.shape()[2])));
    layers_[layer].output_factor.add(sum_of_products(weighted.value(), weighted.value()));
  }

  // Σ_n Λ_n ⊗ a_n a_nᵀ, the blocks (c', c) with c' ≥ c.
  void add_full(const Tensor& inputs, const Tensor& outputs) {
    const Variable a = rows_of(inputs);
    const std::int64_t n = a.shape()[0];
    const std::int64_t in = a.shape()[1];
    const std::int64_t out = outputs.shape()[1];
    for (std::int64_t c = 0; c < out; ++c) {
      const Variable row = split(Variable(output_.hessian_row(outputs, c)), {c, out - c}, 1)[1];
      const Variable weighted = reshape(row, {n, out - c, 1}) * reshape(a, {n, 1, in});
      block_columns_[static_cast<std::size_t>(c)].add(
          sum_of_products(weighted.value().reshape({n, (out - c) * in, 1}), inputs));
    }
  }

  std::vector<LayerCurvature> finish(std::int64_t samples) {
    if (options_.structure == HessianStructure::full) assemble();
    for (LayerCurvature& layer : layers_) {
      layer.input_factor.scale(1 / static_cast<double>(samples));
    }
    return std::move(layers_);
  }

 private:
  // Blocks are symmetric, and so is the matrix of blocks.
  void assemble() {
    const auto out = static_cast<std::int64_t>(block_columns_.size());
    const std::int64_t in = block_columns_.front().columns();
    Matrix full(out * in, out * in);
    for (std::int64_t c = 0; c < out; ++c) {
      const Matrix& column = block_columns_[static_cast<std::size_t>(c)];
      for (std::int64_t row = 0; row < column.rows(); ++row) {
        for (std::int64_t e = 0; e < in; ++e) {
          full(c * in + row, c * in + e) = column(row, e);
          full(c * in + e, c * in + row) = column(row, e);
        }
      }
    }
    layers_.front().full = std::move(full);
  }

  const LaplaceOutput& output_;
  const CurvatureOptions& options_;
  std::vector<LayerCurvature> layers_;
  std::vector<Matrix> block_columns_;
};

// The columns of a root of the Hessian by the outputs, exact or random.
std::vector<Tensor> roots_of(const Tensor& outputs, const LaplaceOutput& output,
                             const CurvatureOptions& options, std::int64_t batch_number) {
  std::vector<Tensor> roots;
  if (options.random_passes == 0) {
    for (std::int64_t c = 0; c < outputs.shape()[1]; ++c) {
      roots.push_back(output.root_column(outputs, c));
    }
    return roots;
  }
  const NoGrad no_grad;
  Generator generator = options.generator.split(static_cast<std::uint64_t>(batch_number));
  const double scale = 1 / std::sqrt(static_cast<double>(options.random_passes));
  for (std::int64_t pass = 0; pass < options.random_passes; ++pass) {
    roots.push_back((Variable(output.random_root(outputs, generator.next())) * scale).value());
  }
  return roots;
}

void add_last_layer(Accumulator& sums, const Tensor& inputs, const Tensor& outputs,
                    const LaplaceOutput& output, const CurvatureOptions& options) {
  const NoGrad no_grad;
  if (options.structure == HessianStructure::full) {
    sums.add_full(inputs, outputs);
    return;
  }
  sums.add_inputs(0, inputs);
  // Without a backward pass random ones would save nothing.
  for (std::int64_t c = 0; c < outputs.shape()[1]; ++c) {
    const Tensor root = output.root_column(outputs, c);
    sums.add_gradients(0, inputs, root.reshape({root.shape()[0], root.shape()[1], 1}));
  }
}

}  // namespace

Curvature gauss_newton(nn::Module& model, const std::vector<CoveredLayer>& layers,
                       train::BatchSource& source, const LaplaceOutput& output,
                       const CurvatureOptions& options) {
  if (options.structure == HessianStructure::full && !options.last_layer) {
    throw ValueError("[laplace] the full structure is for the last layer only");
  }
  if (options.random_passes < 0) {
    throw ValueError("[laplace] the number of random passes must not be negative, not " +
                     std::to_string(options.random_passes));
  }
  LayerPass pass(model, layers);
  Accumulator sums(layers, output, options);
  Curvature result;
  std::int64_t samples = 0;
  std::int64_t number = 0;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch); ++number) {
    samples += batch.samples();
    const Variable outputs = pass.forward(batch);
    require_output_rows(outputs);
    result.log_likelihood +=
        output.log_likelihood(outputs.detach(), batch.targets.to(outputs.device()));
    if (options.last_layer) {
      add_last_layer(sums, pass.inputs(0), outputs.value(), output, options);
      continue;
    }
    const std::vector<Tensor> roots = roots_of(outputs.value(), output, options, number);
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      inputs.push_back(pass.inputs(i));
      sums.add_inputs(i, inputs.back());
    }
    for (std::size_t r = 0; r < roots.size(); ++r) {
      // A graph can be differentiated once.
      if (r > 0) pass.forward(batch);
      pass.backward(roots[r]);
      const NoGrad no_grad;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        sums.add_gradients(i, inputs[i], pass.gradients(i));
      }
    }
  }
  if (samples == 0) throw ValueError("[laplace] the training data have no sample");
  result.layers = sums.finish(samples);
  return result;
}

}  // namespace credence::bayes
