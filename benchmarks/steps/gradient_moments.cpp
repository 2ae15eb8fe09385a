// Gradients drawn and gathered, block by block.
#include "benchmarks/steps/gradient_moments.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace credence::benchmarks {
namespace {

// A parameter with the path of the module that has it.
struct Owned {
  std::string layer;
  nn::Role role;
  Variable parameter;
};

class Collector : public nn::PathVisitor {
 public:
  void parameter(std::string_view name, Variable& parameter, nn::Role role) override {
    const std::string whole = path(name);
    const std::size_t own = std::min(whole.size(), name.size() + 1);  // and the dot before it
    all.push_back({whole.substr(0, whole.size() - own), role, parameter});
  }

  std::vector<Owned> all;
};

// Mean and sum of squared deviations of the gradient of one parameter (Welford 1962).
struct Block {
  std::vector<double> mean;
  double squares = 0;

  void add(const float* gradient, std::int64_t count) {
    const double share = 1 / static_cast<double>(count);
    double sum = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double before = gradient[i] - mean[i];
      mean[i] += share * before;
      sum += before * (gradient[i] - mean[i]);
    }
    squares += sum;
  }
};

void draw_gradient(nn::Module& model, const train::Objective& objective, const train::Batch& batch,
                   const std::vector<Owned>& parameters) {
  for (const Owned& p : parameters) p.parameter.zero_grad();
  objective(model, batch, {}).total.backward();
}

// One block of draws for one batch.
std::vector<Block> draw_block(nn::Module& model, const train::Objective& objective,
                              const train::Batch& batch, const std::vector<Owned>& parameters,
                              std::int64_t draws) {
  std::vector<Block> blocks;
  for (const Owned& p : parameters) {
    blocks.push_back(
        {std::vector<double>(static_cast<std::size_t>(p.parameter.value().numel())), 0});
  }
  for (std::int64_t draw = 1; draw <= draws; ++draw) {
    draw_gradient(model, objective, batch, parameters);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor& gradient = parameters[i].parameter.grad();
      if (!gradient.defined()) continue;  // the objective does not depend on it
      const Tensor values = gradient.to(Device::cpu).to(DType::float32);
      blocks[i].add(values.data<float>(), draw);
    }
  }
  return blocks;
}

}  // namespace

Estimate GradientMoments::variance(const ParameterGroup& group) const {
  std::vector<double> blocks;
  for (const ParameterMoments& p : parameters) {
    if (!group.contains(p)) continue;
    blocks.resize(p.block_variances.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] += p.block_variances[i];
  }
  if (blocks.empty()) return {};
  const auto count = static_cast<double>(blocks.size());
  double mean = 0;
  for (const double block : blocks) mean += block / count;
  double squares = 0;
  for (const double block : blocks) squares += (block - mean) * (block - mean);
  return {mean, std::sqrt(squares / (count - 1) / count)};
}

std::vector<std::string> GradientMoments::layers() const {
  std::vector<std::string> names;
  for (const ParameterMoments& p : parameters) {
    if (std::find(names.begin(), names.end(), p.layer) == names.end()) names.push_back(p.layer);
  }
  return names;
}

GradientMoments gradient_moments(nn::Module& model, const train::Objective& objective,
                                 const std::vector<train::Batch>& batches, std::int64_t draws) {
  if (draws < 4 || batches.empty()) {
    throw ValueError("[gradient_moments] " + std::to_string(draws) + " draws and " +
                     std::to_string(batches.size()) + " batches, expected at least 4 and 1");
  }
  Collector collector;
  model.visit(collector);
  const std::int64_t blocks = std::min<std::int64_t>(10, draws / 2);
  GradientMoments result{draws, static_cast<std::int64_t>(batches.size()), {}};
  for (const Owned& p : collector.all) {
    result.parameters.push_back(
        {p.layer, p.role,
         std::vector<double>(static_cast<std::size_t>(p.parameter.value().numel())),
         std::vector<double>(static_cast<std::size_t>(blocks))});
  }
  const auto batch_share = 1 / static_cast<double>(batches.size());
  for (const train::Batch& batch : batches) {
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t size = draws * (b + 1) / blocks - draws * b / blocks;
      const std::vector<Block> drawn = draw_block(model, objective, batch, collector.all, size);
      const double share = batch_share * static_cast<double>(size) / static_cast<double>(draws);
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        ParameterMoments& p = result.parameters[i];
        for (std::size_t k = 0; k < p.mean.size(); ++k) p.mean[k] += share * drawn[i].mean[k];
        p.block_variances[static_cast<std::size_t>(b)] +=
            batch_share * drawn[i].squares / static_cast<double>(size - 1);
      }
    }
  }
  return result;
}

double distance_in_standard_errors(const GradientMoments& a, const GradientMoments& b,
                                   const ParameterGroup& group) {
  const auto error = [&](const GradientMoments& m) {
    return m.variance(group).value / static_cast<double>(m.draws * m.batches);
  };
  double squares = 0;
  for (std::size_t i = 0; i < a.parameters.size(); ++i) {
    if (!group.contains(a.parameters[i])) continue;
    for (std::size_t k = 0; k < a.parameters[i].mean.size(); ++k) {
      const double difference = a.parameters[i].mean[k] - b.parameters[i].mean[k];
      squares += difference * difference;
    }
  }
  return std::sqrt(squares / (error(a) + error(b)));
}

}  // namespace credence::benchmarks
