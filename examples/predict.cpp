// Predicts pictures with a checkpoint of credence-bench, whatever model of the zoo it is of, and
// trains nothing:
//
//   predict CHECKPOINT PICTURE…
//
// prints for each picture (PNG, JPEG or BMP) its class, the probability of that, and the entropy of
// the prediction with the part that comes from the weights.
#include "bayes/uncertainty.hpp"
#include "data/dataset.hpp"
#include "data/image_file.hpp"
#include "framework/base/standard_streams.hpp"
#include "zoo/stored_model.hpp"

#include <cstdio>
#include <string>

namespace {

using namespace credence;

// The picture as the model takes it, [1, C, H, W].
Tensor batch_of(const char* path, const zoo::StoredModel& model) {
  const Shape& image = model.image;
  const Tensor picture = data::read_image(path, image[1], image[2], image[0]);
  return data::to_float(picture.reshape({1, image[0], image[1], image[2]}), model.normalize);
}

int predict(int argc, char** argv) {
  if (argc < 3) {
    write_stderr("predict: takes CHECKPOINT PICTURE…\n");
    return 2;
  }
  const zoo::StoredModel model = zoo::read_stored_model({.checkpoint = argv[1]});
  for (int i = 2; i < argc; ++i) {
    const bayes::Uncertainty u = bayes::uncertainty(*model.method, batch_of(argv[i], model),
                                                    {.samples = averages(model) ? 15 : 0});
    const auto label = static_cast<std::int64_t>(u.prediction.item());
    const std::string name = data::class_name(model.class_names, label);
    std::printf("%s: %s (%.2f %%), entropy %.4f, mutual information %.4f nats\n", argv[i],
                name.c_str(),
                100 * u.probabilities.to_vector<double>()[static_cast<std::size_t>(label)],
                u.entropy.item(), u.mutual_information.item());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("predict", [&] { return predict(argc, argv); });
}
