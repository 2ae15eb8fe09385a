// Tests of saving and loading models.
#include "framework/io/checkpoint.hpp"

#include "framework/base/error.hpp"
#include "framework/io/key_map.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::io {
namespace {

// Two parameters in a part, and a buffer.
class Model : public nn::Module {
 public:
  explicit Model(std::uint64_t seed)
      : linear(3, 2, {}, Generator(seed)),
        mean(normals({2}, "mean" + std::to_string(seed)).to(DType::float32)) {}
  Variable forward(const Variable& x) override { return linear(x) - Variable(mean); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("linear", linear);
    visitor.buffer("mean", mean);
  }

  nn::Linear linear;
  Tensor mean;
};

std::vector<Tensor> state(Model& model) {
  std::vector<Tensor> values = parameter_values(model);
  values.push_back(model.mean.clone());
  return values;
}

// The tensors of a file of the model, with all elements 7.
std::vector<NamedTensor> sevens() {
  return {{"linear.weight", Tensor::full({2, 3}, 7)},
          {"linear.bias", Tensor::full({2}, 7)},
          {"mean", Tensor::full({2}, 7)}};
}

struct Folder {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "model.safetensors";
};

void check_refused(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::string& why, const LoadOptions& options = {}) {
  save_safetensors(path, tensors);
  Model model(1);
  const std::vector<Tensor> before = state(model);
  BOOST_CHECK_EXCEPTION(load_checkpoint(path, model, options), FileError,
                        says(path.string() + ": " + why));
  BOOST_TEST(same_bits(state(model), before), why);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint, Folder)

BOOST_AUTO_TEST_CASE(a_model_comes_back_with_the_same_bits) {
  Model saved(1);
  Model loaded(2);
  BOOST_TEST(!same_bits(state(loaded), state(saved)));
  save_checkpoint(path, saved, {{"epoch", "3"}});
  load_checkpoint(path, loaded);
  BOOST_TEST(same_bits(state(loaded), state(saved)));
  const SafeTensors file = load_safetensors(path);
  BOOST_TEST(file.metadata.at("epoch") == "3");
  BOOST_TEST(file.tensors.size() == 3U);
  BOOST_REQUIRE(file.find("linear.weight") != nullptr);
  BOOST_TEST((file.find("linear.weight")->shape() == Shape{2, 3}));
}

BOOST_AUTO_TEST_CASE(the_tensors_of_a_model_stay_where_they_are) {
  Model model(1);
  const auto optimizer = optim::make_optimizer(model, optim::Sgd{});
  const Variable& weight = *nn::parameters(model)[0].parameter;
  const Tensor value = weight.value();
  save_safetensors(path, sevens());
  load_checkpoint(path, model);
  BOOST_TEST(weight.value().shares_storage_with(value));
  BOOST_TEST(value.data<float>()[5] == 7.0F);
  BOOST_TEST(model.mean.data<float>()[1] == 7.0F);
}

BOOST_AUTO_TEST_CASE(frozen_parameters_are_part_of_it) {
  Model model(1);
  nn::parameters(model)[0].parameter->set_requires_grad(false);
  save_safetensors(path, sevens());
  load_checkpoint(path, model);
  BOOST_TEST(nn::parameters(model)[0].parameter->value().data<float>()[0] == 7.0F);
  BOOST_TEST(!nn::parameters(model)[0].parameter->requires_grad());
}

// Each fault is in the last tensor; those before it would fit.
BOOST_AUTO_TEST_CASE(nothing_is_copied_where_a_shape_or_type_differs) {
  std::vector<NamedTensor> tensors = sevens();
  tensors[2].tensor = Tensor::full({3}, 7);
  check_refused(path, tensors, "\"mean\" is float32 [3], the model needs float32 [2]");
  tensors[2].tensor = Tensor::full({2, 1}, 7);
  check_refused(path, tensors, "\"mean\" is float32 [2, 1], the model needs float32 [2]");
  tensors[2].tensor = Tensor::full({2}, 7, DType::float64);
  check_refused(path, tensors, "\"mean\" is float64 [2], the model needs float32 [2]");
}

BOOST_AUTO_TEST_CASE(nothing_is_copied_where_a_tensor_is_missing_or_too_many) {
  std::vector<NamedTensor> tensors = sevens();
  tensors.pop_back();
  check_refused(path, tensors, "has no tensor \"mean\", which the model needs");
  tensors = sevens();
  tensors.push_back({"zeta", Tensor::full({2}, 7)});
  check_refused(path, tensors, "\"zeta\" is not part of the model");
  tensors = sevens();
  tensors[2].name = "means";
  check_refused(path, tensors, "has no tensor \"mean\", which the model needs");
}

// The edit distances to "mean" are 1, 2, 3 and more; names of the model that are in the file are no
// candidates.
BOOST_AUTO_TEST_CASE(the_message_lists_the_nearest_names) {
  std::vector<NamedTensor> tensors = sevens();
  tensors.pop_back();
  for (const char* name : {"moon", "men", "running_mean_of_all", "m"}) {
    tensors.push_back({name, Tensor::full({4, 1}, 7)});
  }
  check_refused(path, tensors,
                "has no tensor \"mean\", which the model needs (float32 [2]); the file's nearest "
                "names are \"men\" [4, 1], \"moon\" [4, 1], \"m\" [4, 1]");
  tensors = {{"weight", Tensor::full({2, 3}, 7)}};
  check_refused(path, tensors,
                "has no tensor \"linear.weight\", which the model needs (float32 [2, 3]), nor 2 "
                "others; the file's nearest names are \"weight\" [2, 3]");
  check_refused(path, {},
                "has no tensor \"linear.weight\", which the model needs (float32 [2, 3]), nor 2 "
                "others; the file has no tensors");
  tensors = sevens();
  tensors.push_back({"linear.bais", Tensor::full({2}, 7)});
  check_refused(path, tensors,
                "\"linear.bais\" is not part of the model; the model's nearest names are "
                "\"linear.bias\", ");
}

BOOST_AUTO_TEST_CASE(rules_rename_the_tensors_of_a_file_in_their_order) {
  Model model(1);
  save_safetensors(path, std::vector<NamedTensor>{{"module.fc.weight", Tensor::full({2, 3}, 7)},
                                                  {"module.fc.bias", Tensor::full({2}, 7)},
                                                  {"module.stats.0", Tensor::full({2}, 7)}});
  const KeyMap keys(
      {{"^module\\.", ""}, {"^fc\\.(weight|bias)$", "linear.$1"}, {"stats.0", "mean"}});
  const LoadReport report = load_checkpoint(path, model, {.rename = keys});
  BOOST_TEST(model.mean.data<float>()[1] == 7.0F);
  BOOST_TEST(report.taken == (std::vector<std::string>{"linear.weight", "linear.bias", "mean"}),
             boost::test_tools::per_element());
  BOOST_TEST(report.missing.empty());
  BOOST_TEST(report.unused.empty());
  check_refused(path, sevens(), "\"linear.bias\" and \"linear.weight\" both become \"one\"",
                {.rename = KeyMap({{"linear.*", "one"}})});
  check_refused(
      path, {{"w", Tensor::full({3, 2}, 7)}},
      "\"w\" (renamed \"linear.weight\") is float32 [3, 2], the model needs float32 [2, 3]",
      {.rename = KeyMap({{"^w$", "linear.weight"}})});
}

BOOST_AUTO_TEST_CASE(a_rule_of_exponential_time_is_refused_with_its_name) {
  const std::string name(64, 'a');
  for (const char* pattern :
       {"(a*)*b", "(a|a)*b", "a***a***a***a***b", "^(.*)(.*)(.*)(.*)(.*)(.*)b$"}) {
    const KeyMap keys({{pattern, "x"}});
    BOOST_CHECK_EXCEPTION(keys(name), ValueError, [&](const ValueError& error) {
      return std::string(error.what())
                 .starts_with(std::string("[KeyMap] \"") + pattern +
                              "\" takes more than 1000000 steps") &&
             std::string(error.what()).find(name) != std::string::npos;
    });
    BOOST_TEST(keys("b.aab").find('x') != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_partial_load_lists_what_was_and_was_not_taken) {
  Model model(1);
  const Tensor bias = nn::parameters(model)[1].parameter->value().clone();
  const Tensor mean = model.mean.clone();
  save_safetensors(path, std::vector<NamedTensor>{{"linear.weight", Tensor::full({2, 3}, 7)},
                                                  {"linear.bias", Tensor::full({5}, 7)},
                                                  {"head", Tensor::full({2}, 7)}});
  const LoadReport report = load_checkpoint(path, model, {.partial = true});
  BOOST_TEST(nn::parameters(model)[0].parameter->value().data<float>()[5] == 7.0F);
  BOOST_TEST(same_bits(nn::parameters(model)[1].parameter->value(), bias));
  BOOST_TEST(same_bits(model.mean, mean));
  BOOST_TEST(report.to_string() ==
             "taken from the file: linear.weight\n"
             "not in the file: mean\n"
             "of another shape in the file: linear.bias [2] (in the file [5])\n"
             "of the file not used: head\n");
  check_refused(path, {{"other", Tensor::full({2}, 7)}}, "has no tensor \"linear.weight\"",
                {.partial = true});
}

BOOST_AUTO_TEST_CASE(parts_can_be_left_as_they_are) {
  Model model(1);
  const std::vector<Tensor> before = state(model);
  std::vector<NamedTensor> tensors = sevens();
  tensors[0].tensor = Tensor::full({9, 9}, 7);
  save_safetensors(path, tensors);
  const LoadReport report = load_checkpoint(path, model, {.skip = {"linear"}});
  BOOST_TEST(same_bits(state(model)[0], before[0]));
  BOOST_TEST(model.mean.data<float>()[0] == 7.0F);
  BOOST_TEST(report.to_string() ==
             "taken from the file: mean\nleft as they were: linear.weight, linear.bias\n");
  BOOST_CHECK_THROW(load_checkpoint(path, model, {.skip = {"lin"}}), ValueError);
  tensors.pop_back();
  save_safetensors(path, tensors);
  BOOST_TEST(load_checkpoint(path, model, {.skip = {"linear"}, .optional = {"mean"}}).missing ==
                 std::vector<std::string>{"mean"},
             boost::test_tools::per_element());
}

// Ties are 2^-24 and 3 · 2^-24 beside 1, and 2^-150 beside 0. 2^128 - 2^103 is halfway between the
// largest float32 number and 2^128.
BOOST_AUTO_TEST_CASE(float64_is_rounded_to_the_nearest_float32_of_ties_to_the_even_one) {
  Model model(1);
  const double over = std::ldexp(1, 128) - std::ldexp(1, 103);
  const auto save = [&](std::vector<double> weight, double mean) {
    save_safetensors(path,
                     std::vector<NamedTensor>{{"linear.weight", Tensor::from({2, 3}, weight)},
                                              {"linear.bias", Tensor::full({2}, 7)},
                                              {"mean", Tensor::full({2}, mean, DType::float64)}});
  };
  const double infinity = std::numeric_limits<double>::infinity();
  save({1 + std::ldexp(1, -24), 1 + 3 * std::ldexp(1, -24),
        std::nextafter(1 + std::ldexp(1, -24), 2), std::ldexp(1, -150),
        std::nextafter(std::ldexp(1, -150), 1), -infinity},
       std::nextafter(over, 0));
  load_checkpoint(path, model, {.cast = true});
  const float* const weight = nn::parameters(model)[0].parameter->value().data<float>();
  BOOST_TEST(weight[0] == 1.0F);
  BOOST_TEST(weight[1] == 1.0F + 0x1p-22F);
  BOOST_TEST(weight[2] == 1.0F + 0x1p-23F);
  BOOST_TEST(weight[3] == 0.0F);
  BOOST_TEST(weight[4] == 0x1p-149F);
  BOOST_TEST(weight[5] == -std::numeric_limits<float>::infinity());
  BOOST_TEST(model.mean.data<float>()[0] == std::numeric_limits<float>::max());
  save({0, 0, 0, 0, 0, 0}, over);
  const std::vector<Tensor> before = state(model);
  BOOST_CHECK_EXCEPTION(
      load_checkpoint(path, model, {.cast = true}), FileError,
      says("element 0 of \"mean\" is 3.4028235677973366e+38, which is too large"));
  BOOST_TEST(same_bits(state(model), before));
  save({NAN, 0, 0, 0, 0, 0}, 0);
  load_checkpoint(path, model, {.cast = true});
  BOOST_TEST(std::isnan(weight[0]));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_changes_nothing) {
  Model model(1);
  const std::vector<Tensor> before = state(model);
  BOOST_CHECK_THROW(load_checkpoint(path, model), FileError);
  save_checkpoint(path, model);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  BOOST_CHECK_THROW(load_checkpoint(path, model), FileError);
  BOOST_TEST(same_bits(state(model), before));
  BOOST_CHECK_THROW(save_checkpoint(folder.path() / "absent" / "model", model), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io
