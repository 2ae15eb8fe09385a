// Target: files of methods of approximate inference. What is read predicts.
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/ivon.hpp"
#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/laplace.hpp"
#include "bayes/methods/mc_dropout.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/swag.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/nn/dropout.hpp"
#include "tests/framework/training.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

// Of 15 numbers.
std::unique_ptr<nn::Module> module_of_method() {
  const Generator generator(1);
  auto model = std::make_unique<nn::Sequential>();
  model->append(nn::Dropout(0.5, generator.split("dropout")));
  model->append(nn::Linear(4, 3, {}, generator.split("layer")));
  return model;
}

constexpr std::int64_t kParameters = 15;

Tensor inputs() { return Tensor::from<float>({2, 4}, {1, 2, 3, 4, -1, -2, -3, -4}); }

std::string file_of_method(const bayes::Method& method) {
  const std::filesystem::path path = file_of({}, "method");
  bayes::save_method(path, method);
  return test::read_file(path);
}

std::vector<std::string> methods() {
  using namespace bayes;
  FixedBatches training({{inputs(), Tensor::from<std::int64_t>({2}, {0, 2})}});
  const Tensor ones = Tensor::zeros({kParameters}, DType::float32);
  ones.fill(1);
  const Tensor deviations = Tensor::zeros({3, kParameters}, DType::float32);
  std::vector<std::unique_ptr<Method>> members;
  members.push_back(std::make_unique<TrainedNetwork>(module_of_method()));
  members.push_back(std::make_unique<Ivon>(module_of_method(), ones));
  const Tensor biases = Tensor::zeros({2, 3}, DType::float32);
  return {file_of_method(TrainedNetwork(module_of_method())),
          file_of_method(McDropout(module_of_method())),
          file_of_method(Swag(module_of_method(), {.variance = ones, .deviations = deviations})),
          file_of_method(*laplace(module_of_method(), training, {})),
          file_of_method(
              *laplace(module_of_method(), training,
                       {.layers = LaplaceLayers::all, .structure = HessianStructure::diagonal})),
          file_of_method(KeptSamples(module_of_method(), "sgld", {{"1.bias", biases}})),
          file_of_method(DeepEnsemble(std::move(members)))};
}

}  // namespace

Target method() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      const auto method = bayes::load_method(file_of(bytes), module_of_method);
      const Tensor outputs = bayes::predictive(*method, inputs(), 2);
      require(outputs.shape().rank() == 3, "outputs of another rank");
    });
  };
  return {"method", run, methods};
}

}  // namespace credence::fuzz
