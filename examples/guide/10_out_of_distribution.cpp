// Lesson 10: inputs of a kind that was not in the training data, and when Bayes does not help.
//   10_out_of_distribution [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/digits.hpp"
#include "examples/guide/figure.hpp"

#include <cstdio>

using namespace credence;

// The digits below 8, which the networks know, or the others.
data::Dataset part(const data::Dataset& all, bool below) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    if ((all.targets.slice(i, i + 1).item() < 8) == below) chosen.push_back(i);
  }
  return data::subset(all, chosen);
}

int main(int argc, char** argv) {
  const Generator seed(1);
  const data::Dataset test = guide::digits(1000, data::Split::test);
  const data::Dataset known = part(test, true), unknown = part(test, false);
  data::Dataset negative = known, noise = known;  // dark ink on white, and dots without a form
  negative.inputs = known.inputs.clone(), noise.inputs = known.inputs.clone();
  const RandomStream random = seed.split("noise").next();
  for (std::int64_t i = 0; i < known.inputs.numel(); ++i) {
    negative.inputs.data<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(255 - known.inputs.data<std::uint8_t>()[i]);
    noise.inputs.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(random.below(i, 256));
  }
  data::Loader training(part(guide::digits(2500, data::Split::train), true),
                        {.batch_size = 50, .shuffle = true});
  const zoo::MLPOptions net{.hidden = {50}};
  const auto trained = [&](std::shared_ptr<nn::Module> model, const train::Objective& objective) {
    train::fit(
        *model, training,
        {.epochs = 8, .optimizer = optim::Adam{3e-3}, .objective = objective, .progress = false});
    return std::make_unique<bayes::TrainedNetwork>(std::move(model));
  };
  const auto plain = [&](std::uint64_t number) {
    return trained(std::make_shared<zoo::MLP<>>(net, seed.split(number)), train::cross_entropy);
  };
  std::vector<std::unique_ptr<bayes::Method>> members;
  for (std::uint64_t i = 1; i <= 5; ++i) members.push_back(plain(i));
  const std::pair<const char*, std::unique_ptr<bayes::Method>> methods[] = {
      {"one network", plain(0)},
      {"variational", trained(std::make_shared<zoo::BayesianMLP>(net, seed), bayes::Elbo{})},
      {"ensemble of 5", std::make_unique<bayes::DeepEnsemble>(std::move(members))}};

  std::vector<guide::chart::Points> curves;
  std::printf("AUROC         | accuracy | digits 8, 9   | negatives     | noise\n");
  for (const auto& [name, method] : methods) {
    const auto predictions = [of = method.get()](const data::Dataset& images) {
      data::Loader source(images, {.batch_size = 500});
      return bayes::class_predictions(*of, source, {.samples = 15});
    };
    const bayes::ClassPredictions own = predictions(known);
    std::printf("%-13s | %6.1f %% |", name, 100 * bayes::classification_report(own).accuracy.value);
    curves.push_back({.name = name, .line = false, .dots = true});
    for (const data::Dataset& other : {unknown, negative, noise}) {
      const auto by = bayes::detection_report(own, predictions(other));
      std::printf(" %.3f   %.3f |", by[1].auroc, by[2].auroc);  // entropy, mutual information
      curves.back().points.push_back({1.0 + double(curves.back().points.size()), by[1].auroc});
    }
    std::printf("\n");
  }
  guide::draw(argc, argv, "How well the entropy tells other inputs",
              {{.x = {.label = "1: digits 8 and 9, 2: negatives, 3: noise", .ticks = {1, 2, 3}},
                .y = {.label = "AUROC"},
                .series = {curves[0], curves[1], curves[2]}}});
}
