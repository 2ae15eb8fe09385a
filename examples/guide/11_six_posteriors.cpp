// Lesson 11: six posteriors of one network, one prior and one set of data, behind one interface.
//   11_six_posteriors [STEM]     draws STEM.png where it is given
#include "examples/against_hmc/methods.hpp"
#include "examples/guide/digits.hpp"
#include "examples/guide/figure.hpp"

#include <cstdio>

using namespace credence;

// The digits as rows of 784 numbers.
data::Dataset rows(std::int64_t count, data::Split split) {
  const data::Dataset digits = guide::digits(count, split);
  return data::arrays(data::to_float(digits.inputs).reshape({count, 784}), digits.targets,
                      {.name = digits.name});
}

int main(int argc, char** argv) {
  const data::Dataset digits = rows(600, data::Split::train);
  data::Loader batches(digits, {.batch_size = 50, .shuffle = true});
  data::Loader whole(digits, {.batch_size = 600});
  data::Loader test(rows(1000, data::Split::test), {.batch_size = 500});
  const examples::Problem problem{
      .net = {.inputs = 784, .hidden = 32, .outputs = 10, .weight_deviation = 0.12},
      .likelihood = {},
      .laplace = {},
      .batches = &batches,
      .whole = &whole,
      .epochs = 60,
      .samples = 40,
      .noisy_samples = 40,
      .adam = 3e-2,
      .variational = 3e-2,
      .sghmc = 0.3,
      .ivon = 1,
      .hmc = {},
      .seed = Generator(1)};
  std::vector<examples::Trained> methods = examples::train_methods(
      problem, {"trained network", "ensemble of 5", "MC dropout", "SWAG",
                "Laplace, last layer, full", "cyclical SGHMC", "variational, Gaussian"});

  std::vector<guide::chart::Series> dots;
  std::printf("%-25s | functions | accuracy |   NLL |   ECE | mutual information\n",
              digits.name.c_str());
  for (examples::Trained& one : methods) {
    const bayes::ClassPredictions predictions =
        bayes::class_predictions(*one.method, test, {.samples = one.samples});
    const bayes::ClassificationReport report = bayes::classification_report(predictions);
    std::printf("%-25s | %9d | %6.1f %% | %.3f | %.3f | %.3f\n", one.name.c_str(),
                static_cast<int>(one.method->passes(one.samples)), 100 * report.accuracy.value,
                report.nll, report.ece, report.mutual_information);
    dots.push_back(guide::chart::Points{.name = one.name, .points = {{report.ece, report.nll}}});
  }
  guide::draw(argc, argv, "Six posteriors and one trained network",
              {{.x = {.label = "ECE"}, .y = {.label = "NLL"}, .series = dots}});
}
