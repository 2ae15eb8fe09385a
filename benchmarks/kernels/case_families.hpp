// The families of cases: what a problem is timed by, the framework's kernel first, then its rivals
// and the ladder as far as they have it.
#pragma once

#include "benchmarks/kernels/layers.hpp"
#include "benchmarks/kernels/problem.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

void add_convolution(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer);
/// A fully connected layer.
void add_linear(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer);
/// Steps of the ladder that the program's own list lacks, on the CPU: of convolutions of images
/// with stride 1, and of mean and variance of a fully connected layer. Nothing is added for others.
void add_convolution_steps(std::vector<Case>& cases, const Layer& layer);
void add_moments_steps(std::vector<Case>& cases, const Layer& layer);
/// Mean and variance of the layer when it is Bayesian.
void add_moments(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer);
/// A product that the table calls `text`.
void add_product(std::vector<Case>& cases, Device device, const ProductShape& shape,
                 const std::string& text);

/// What is timed of problems that have passes.
struct Passes {
  std::vector<Pass> plain{Pass::forward, Pass::backward_data, Pass::backward_weight};
  std::vector<Pass> moments{};
};

/// Reads "forward,moments_*": names of passes, moments_ in front of them for Bayesian layers, "*"
/// for any end. Throws ValueError that names the part that is none.
Passes parse_passes(std::string_view text);

/// The cases of a problem: the one place that says which kernels compute it. Fully connected layers
/// and convolutions have all passes; pooling and functions have forward and backward_data; products
/// have one case.
std::vector<Case> cases_of(const Problem& problem, const Passes& passes, Device device);

}  // namespace credence::benchmarks
