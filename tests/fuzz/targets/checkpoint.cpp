// Target: files of trained models, whose metadata say which model they are of.
#include "framework/io/checkpoint.hpp"

#include "tests/fuzz/target.hpp"
#include "zoo/stored_model.hpp"

namespace credence::fuzz {
namespace {

std::string file_of_model(const zoo::ModelOptions& options, zoo::Family family,
                          std::map<std::string, std::string> metadata) {
  const zoo::NamedModel model = zoo::make_model(options, family, Generator(1));
  const std::filesystem::path path = file_of({}, "model");
  metadata["model"] = options.name;
  metadata["family"] = zoo::file_name(family);
  io::save_checkpoint(path, *model.module, metadata);
  return test::read_file(path);
}

}  // namespace

Target checkpoint() {
  const auto run = [](std::string_view bytes) {
    const std::filesystem::path path = file_of(bytes);
    read_or_refuse([&] { zoo::read_stored_model({.checkpoint = path}); });
    read_or_refuse([&] { zoo::stored_images(path, "LeNet5"); });
  };
  const auto seeds = [] {
    const zoo::ModelOptions rows{
        .name = "MLP", .classes = 2, .widths = {3, 2}, .rows = zoo::Scale{{1, 2}, {3, 4}}};
    const zoo::ModelOptions image{
        .name = "MLP", .classes = 2, .widths = {3, 2}, .image = Shape{1, 2, 3}};
    const zoo::ModelOptions lenet{.name = "LeNet5", .classes = 2, .widths = {1, 2, 3, 2}};
    return std::vector<std::string>{
        file_of_model(rows, zoo::Family::frequentist, {{"widths", "3,2"}, {"columns", "a\nb"}}),
        file_of_model(image, zoo::Family::bayesian,
                      {{"widths", "3,2"}, {"image", "1,2,3"}, {"mean", "0.5"}, {"std", "0.25"}}),
        file_of_model(lenet, zoo::Family::bayesian,
                      {{"widths", "1,2,3,2"},
                       {"seed", "3"},
                       {"class_names", "a\nb"},
                       {"posterior", "variational-dropout"},
                       {"validation", "10"}}),
        file_of_model(lenet, zoo::Family::frequentist,
                      {{"widths", "1,2,3,2"}, {"dropout", "0.5"}, {"activation", "relu"}})};
  };
  return {"checkpoint", run, seeds};
}

}  // namespace credence::fuzz
