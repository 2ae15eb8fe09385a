// Trains the nets of the explorer and writes their weights:
//   explorer-train FILE
// The data are the first 20,000 digits of MNIST, where it is found, and 10,000 that the program
// draws; without MNIST, 30,000 that it draws.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "docs/explorer/core/nets.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/train/fit.hpp"

#include <cstdio>
#include <cstring>
#include <numeric>

namespace {

using namespace credence;

constexpr std::int64_t kWritten = 20000, kDrawn = 10000, kTest = 2000, kEpochs = 15;

data::Dataset first(const data::Dataset& dataset, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  return data::subset(dataset, indices);
}

// The images of both, first those of `a`.
data::Dataset joined(const data::Dataset& a, const data::Dataset& b) {
  const std::int64_t count = a.size() + b.size();
  const auto both = [&](const Tensor& x, const Tensor& y, const Shape& shape) {
    Tensor result = Tensor::empty(shape, x.dtype());
    std::memcpy(result.raw_data(), x.raw_data(), x.bytes());
    std::memcpy(result.raw_data() + x.bytes(), y.raw_data(), y.bytes());
    return result;
  };
  return {.name = a.name + " and " + b.name,
          .inputs = both(a.inputs, b.inputs, {count, 1, 28, 28}),
          .targets = both(a.targets, b.targets, {count}),
          .classes = a.classes};
}

data::Dataset digits(data::Split split, std::int64_t written, std::int64_t drawn) {
  const Generator seed(1);
  const auto mnist = data::find("mnist");
  if (!mnist) return data::synthetic_digits(written + drawn, seed, split);
  return joined(first(data::mnist(*mnist, split), written),
                data::synthetic_digits(drawn, seed, split));
}

template <class Net>
void train_net(Net& net, data::Loader& training, data::Loader& test, const char* name,
               const train::Objective& objective) {
  train::fit(
      net, training,
      {.epochs = kEpochs,
       // A deviation has farther to go than a mean.
       .optimizer = optim::Adam{.learning_rate = 2e-3, .groups = {.spread = {.learning_rate = 10}}},
       .schedule = optim::cosine(),
       .objective = objective,
       .label = name});
  std::printf("%s: %.1f %% of %lld test digits right\n", name,
              100 * bayes::evaluate(net, test).accuracy(), static_cast<long long>(test.samples()));
}

int run(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    write_stderr("explorer-train: takes the FILE to write\n");
    return 2;
  }
  const Generator seed(1);
  const data::Dataset digits_of_training = digits(data::Split::train, kWritten, kDrawn);
  data::Loader test(digits(data::Split::test, kTest, kTest), {.batch_size = 500});
  std::vector<NamedTensor> weights;
  const auto keep = [&](nn::Module& net, const std::string& prefix) {
    for (const nn::NamedParameter& p : nn::parameters(net)) {
      weights.push_back({prefix + p.name, p.parameter->value()});
    }
  };
  for (std::size_t i = 0; i < explorer::kMembers; ++i) {
    // Members differ by their starts and by the order of the digits.
    const Generator own = seed.split(i);
    data::Loader training(digits_of_training,
                          {.batch_size = 100, .shuffle = true, .generator = own});
    const auto net = explorer::ordinary_net(own);
    train_net(*net, training, test, "ordinary net", train::cross_entropy);
    keep(*net, explorer::member_prefix(i));
  }
  data::Loader training(digits_of_training,
                        {.batch_size = 100, .shuffle = true, .generator = seed});
  const auto net = explorer::bayesian_net(seed);
  train_net(*net, training, test, "Bayesian net", bayes::Elbo{.warm_up = 0.3});
  keep(*net, explorer::kBayesianPrefix);
  io::save_safetensors(argv[1], weights, {{"data", digits_of_training.name}});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("explorer-train", [&] { return run(argc, argv); });
}
