// Tests of saving and loading models.
#include "framework/io/checkpoint.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

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
                   const std::string& why) {
  save_safetensors(path, tensors);
  Model model(1);
  const std::vector<Tensor> before = state(model);
  BOOST_CHECK_EXCEPTION(load_checkpoint(path, model), FileError, says(path.string() + ": " + why));
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
