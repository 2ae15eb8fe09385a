// Tests of gather, embedding and one_hot: PyTorch's values, gradients and errors; and of randn.
#include "framework/ops/index_ops.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/embedding.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/ops/random_tensors.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(index_ops)

namespace {

using Variables = std::vector<Variable>;

const auto per_element = boost::test_tools::per_element();

Tensor index_of(const Shape& shape, const std::vector<std::int64_t>& values) {
  return Tensor::from(shape, values);
}

}  // namespace

BOOST_AUTO_TEST_CASE(chosen_elements_agree_with_pytorch) {
  const Tensor index = reference("gather").at("index").to(DType::int64);
  const auto gathered = [&](const Variables& v) { return gather(v[0], 1, index); };
  BOOST_TEST(compare_with_reference("gather", {"x"}, gathered) == "");
  const Tensor rows = reference("embedding").at("index").to(DType::int64);
  const auto embedded = [&](const Variables& v) { return embedding(v[0], rows, 1); };
  BOOST_TEST(compare_with_reference("embedding", {"x"}, embedded) == "");
}

BOOST_AUTO_TEST_CASE(choosing_has_the_right_derivatives) {
  const Tensor index = index_of({2, 3, 1}, {0, 3, 3, 2, 0, 1});
  const GradcheckResult gathered = gradcheck(
      [&](const Variables& v) { return gather(v[0], -2, index, 3); }, {normals({2, 4, 2}, "x")});
  BOOST_TEST(gathered.passed, gathered.message);
  const GradcheckResult embedded =
      gradcheck([&](const Variables& v) { return embedding(v[0], index); }, {normals({4, 3}, "w")});
  BOOST_TEST(embedded.passed, embedded.message);
}

BOOST_AUTO_TEST_CASE(an_ignored_index_gives_nothing_and_gets_nothing) {
  const Variable x(Tensor::from<float>({3}, {1, 2, 4}), true);
  const Variable y = gather(x, 0, index_of({4}, {2, -7, 0, 2}), -7);
  BOOST_TEST(y.value().to_vector<float>() == (std::vector<float>{4, 0, 1, 4}), per_element);
  y.backward(Tensor::from<float>({4}, {1, 10, 100, 1000}));
  BOOST_TEST(x.grad().to_vector<float>() == (std::vector<float>{100, 0, 1001}), per_element);
}

BOOST_AUTO_TEST_CASE(an_embedding_has_a_row_for_each_index) {
  nn::Embedding layer(5, 3, {.padding_index = 2}, Generator(1));
  const Tensor words = index_of({2, 2}, {4, 2, 0, 4});
  const Variable y = layer(Variable(words));
  BOOST_TEST((y.shape() == Shape{2, 2, 3}));
  const Variable& weight = *nn::parameters(layer)[0].parameter;
  const std::vector<float> rows = weight.value().to_vector<float>();
  const std::vector<float> values = y.value().to_vector<float>();
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(values[i] == rows[12 + i]);
    BOOST_TEST(values[3 + i] == 0.0F);
    BOOST_TEST(values[6 + i] == rows[i]);
  }
  y.backward(Tensor::full({2, 2, 3}, 1));
  BOOST_TEST(weight.grad().to_vector<float>() ==
                 (std::vector<float>{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2}),
             per_element);
  nn::Embedding plain(5, 3, {}, Generator(1));
  const GradcheckResult result = nn::gradcheck(
      plain, std::vector<Tensor>{}, [&](const Variables&) { return plain(Variable(words)); });
  BOOST_TEST(result.passed, result.message);
  BOOST_CHECK_EXCEPTION(nn::Embedding(5, 0, {}, Generator(1)), ValueError, says("[Embedding]"));
  BOOST_CHECK_EXCEPTION(nn::Embedding(5, 3, {.padding_index = 5}, Generator(1)), ValueError,
                        says("padding_index must be at least 0 and below 5, not 5"));
}

BOOST_AUTO_TEST_CASE(one_hot_has_a_one_at_each_index) {
  const Tensor hot = one_hot(index_of({2, 2}, {2, 0, 1, 2}), 3);
  BOOST_TEST((hot.shape() == Shape{2, 2, 3}));
  BOOST_TEST(hot.to_vector<float>() == (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1}),
             per_element);
  const Tensor some = one_hot(index_of({2}, {1, -1}), 2, DType::float64, -1);
  BOOST_TEST(some.to_vector<double>() == (std::vector<double>{0, 1, 0, 0}), per_element);
  BOOST_TEST((one_hot(index_of({0}, {}), 3).shape() == Shape{0, 3}));
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < 5000; ++i) indices.push_back(i * i % 97);
  const Tensor index = index_of({5000}, indices);
  const Tensor weight = normals({97, 33}, "weight").to(DType::float32);
  const Tensor grad = normals({5000, 33}, "grad").to(DType::float32);
  BOOST_TEST(same_bits_with_threads([&] {
    const Variable w(weight, true);
    const Variable y = embedding(w, index);
    y.backward(grad);
    return std::vector<Tensor>{y.value(), w.grad()};
  }));
}

BOOST_AUTO_TEST_CASE(randn_draws_from_the_generator) {
  Generator generator(7);
  const Tensor first = randn({40, 50}, generator);
  const Tensor second = randn({40, 50}, generator, DType::float64);
  BOOST_TEST(generator.draws() == 2U);
  BOOST_TEST(first.data<float>()[1999] ==
                 static_cast<float>(RandomStream{generator.key(), 0}.normal(1999)),
             boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(second.data<double>()[3] == (RandomStream{generator.key(), 1}.normal(3)),
             boost::test_tools::tolerance(1e-12));
  BOOST_CHECK_THROW(randn({3}, generator, DType::int64), Error);
}

BOOST_AUTO_TEST_CASE(indices_that_do_not_fit_are_refused) {
  const Variable x(Tensor::zeros({3, 4}));
  BOOST_CHECK_EXCEPTION(gather(x, 1, index_of({3, 1}, {0, 4, 1})), ValueError,
                        says("[gather] indices must be at least 0 and below 4: index 1 is 4"));
  BOOST_CHECK_EXCEPTION(gather(x, 1, index_of({3}, {0, 1, 2})), ShapeError,
                        says("[gather] the index [3] must have the rank of the input [3, 4]"));
  BOOST_CHECK_EXCEPTION(gather(x, 1, index_of({4, 1}, {0, 1, 2, 3})), ShapeError, says("[4, 1]"));
  BOOST_CHECK_EXCEPTION(gather(x, 1, Tensor::zeros({3, 1}, DType::int32)), ShapeError,
                        says("the indices must be int64 on cpu, not int32"));
  BOOST_CHECK_THROW(gather(x, 2, index_of({3, 1}, {0, 1, 2})), ShapeError);
  BOOST_CHECK_EXCEPTION(embedding(x, index_of({1}, {-1})), ValueError,
                        says("[embedding] indices must be at least 0 and below 3: index 0 is -1"));
  BOOST_CHECK_EXCEPTION(embedding(Variable(Tensor::zeros({3})), index_of({1}, {0})), ShapeError,
                        says("[embedding] the weight must have 2 dimensions"));
  BOOST_CHECK_EXCEPTION(one_hot(index_of({1}, {3}), 3), ValueError, says("[one_hot]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
