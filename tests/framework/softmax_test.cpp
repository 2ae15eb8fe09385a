// Tests of softmax and the losses: gradients, PyTorch's values, extreme logits, NaN and errors.
#include "framework/ops/softmax.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(softmax_ops)

namespace {

using Variables = std::vector<Variable>;
using Op = Variable (*)(const Variable&);
using Loss = Variable (*)(const Variable&, const Tensor&);

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from({static_cast<std::int64_t>(labels.size())}, labels);
}

Tensor log_softmax_of(const Tensor& x) { return log_softmax(Variable(x)).value(); }

// Normal numbers with this standard deviation, float64.
Tensor scaled_normals(const Shape& shape, double deviation) {
  const Tensor x = normals(shape, "rows");
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] *= deviation;
  return x;
}

}  // namespace

BOOST_AUTO_TEST_CASE(softmax_has_the_right_derivatives) {
  for (const Shape& shape :
       {Shape{4}, Shape{3, 1}, Shape{3, 10}, Shape{2, 16}, Shape{2, 2, 17}, Shape{2, 35}}) {
    for (const Op op : {Op{&log_softmax}, Op{&softmax}}) {
      const GradcheckResult result =
          gradcheck([op](const Variables& x) { return op(x[0]); }, {normals(shape, "x")});
      BOOST_TEST(result.passed, shape.to_string() << ": " << result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_nothing_is_nothing, *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{10, 0}, Shape{0, 0}, Shape{2, 3, 0}, Shape{0, 5}, Shape{0}}) {
      for (const Op op : {Op{&log_softmax}, Op{&softmax}}) {
        const Variable x(Tensor::zeros(shape, dtype), true);
        const Variable y = op(x);
        BOOST_TEST((y.shape() == shape));
        y.backward(Tensor::zeros(shape, dtype));
        BOOST_TEST((x.grad().shape() == shape));
      }
    }
    // A mean over no rows, and labels among no classes.
    const Variable none(Tensor::zeros({0, 5}, dtype));
    BOOST_CHECK_EXCEPTION(cross_entropy(none, labels_of({})), ShapeError,
                          says("[nll_loss] the mean over no rows is undefined"));
    BOOST_CHECK_EXCEPTION(cross_entropy(Variable(Tensor::zeros({2, 0}, dtype)), labels_of({0, 0})),
                          ValueError, says("[nll_loss] labels must be at least 0 and below 0"));
  }
}

BOOST_AUTO_TEST_CASE(losses_have_the_right_derivatives) {
  const Tensor labels = labels_of({6, 0, 3, 3, 1});
  for (const Loss op : {Loss(&nll_loss), Loss(&cross_entropy)}) {
    const GradcheckResult result =
        gradcheck([&](const Variables& x) { return op(x[0], labels); }, {normals({5, 7}, "x")});
    BOOST_TEST(result.passed, result.message);
  }
}

BOOST_AUTO_TEST_CASE(softmax_and_losses_agree_with_pytorch) {
  const auto log_softmax_op = [](const Variables& x) { return log_softmax(x[0]); };
  BOOST_TEST(compare_with_reference("log_softmax", {"x"}, log_softmax_op) == "");
  BOOST_TEST(compare_with_reference("log_softmax_large", {"x"}, log_softmax_op) == "");
  BOOST_TEST(compare_with_reference("softmax", {"x"},
                                    [](const Variables& x) { return softmax(x[0]); }) == "");
  for (const auto& [name, op] :
       {std::pair{"nll_loss", Loss(&nll_loss)}, std::pair{"cross_entropy", Loss(&cross_entropy)}}) {
    const Tensor labels = reference(name).at("labels").to(DType::int64);
    const auto loss = [&, op = op](const Variables& x) { return op(x[0], labels); };
    BOOST_TEST(compare_with_reference(name, {"x"}, loss) == "");
  }
}

BOOST_AUTO_TEST_CASE(softmax_over_any_dimension_agrees_with_pytorch) {
  BOOST_TEST(compare_with_reference("softmax_first", {"x"},
                                    [](const Variables& x) { return softmax(x[0], 0); }) == "");
  for (const int dimension : {1, -2}) {
    const auto op = [=](const Variables& x) { return log_softmax(x[0], dimension); };
    BOOST_TEST(compare_with_reference("log_softmax_middle", {"x"}, op) == "");
  }
  const Tensor x = normals({3, 4}, "x").to(DType::float32);
  BOOST_TEST(same_bits(log_softmax(Variable(x), -1).value(), log_softmax_of(x)));
  for (const int dimension : {0, 1}) {
    const GradcheckResult result = gradcheck(
        [=](const Variables& v) { return softmax(v[0], dimension); }, {normals({3, 2, 4}, "x")});
    BOOST_TEST(result.passed, result.message);
  }
  BOOST_CHECK_THROW(softmax(Variable(x), 2), ShapeError);
}

BOOST_AUTO_TEST_CASE(large_and_small_logits_neither_overflow_nor_vanish) {
  const std::vector<float> x{1e4F, 0, -1e4F, 1e4F};
  const std::vector<float> y = log_softmax_of(Tensor::from({1, 4}, x)).to_vector<float>();
  const float half = -0.6931472F;
  BOOST_TEST(y == (std::vector<float>{half, half - 1e4F, half - 2e4F, half}),
             boost::test_tools::per_element());
  // The probability of the second class, 1 - 1e-26, rounds to 1. Its logarithm must not be lost.
  const Tensor close = log_softmax_of(Tensor::from<float>({1, 2}, {-60, 0}));
  BOOST_TEST(close.data<float>()[0] == -60.0F);
  BOOST_TEST(close.data<float>()[1] == 0.0F);
}

BOOST_AUTO_TEST_CASE(a_class_of_probability_zero_and_a_nan_stay_in_their_rows) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor y = log_softmax_of(Tensor::from<float>({3, 2}, {-infinity, 2, nan, 1, 5, 5}));
  const float* values = y.data<float>();
  BOOST_TEST(values[0] == -infinity);
  BOOST_TEST(values[1] == 0.0F);
  BOOST_TEST(std::isnan(values[2]));
  BOOST_TEST(std::isnan(values[3]));
  BOOST_TEST(values[4] == -0.6931472F);
}

BOOST_AUTO_TEST_CASE(a_nan_and_a_probability_of_zero_stay_in_their_rows_among_many) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::int64_t columns = 10;
  const Tensor x = normals({40, columns}, "logits").to(DType::float32);
  const Tensor expected = log_softmax_of(x);
  const Tensor changed = x.clone();
  changed.data<float>()[3 * columns + 9] = std::numeric_limits<float>::quiet_NaN();
  changed.data<float>()[18 * columns] = -infinity;
  const Tensor y = log_softmax_of(changed);
  for (std::int64_t row = 0; row < 40; ++row) {
    const float* const values = y.data<float>() + row * columns;
    if (row == 3) {
      BOOST_TEST(std::all_of(values, values + columns, [](float v) { return std::isnan(v); }));
    } else if (row == 18) {
      BOOST_TEST(values[0] == -infinity);
      BOOST_TEST(std::isfinite(values[1]));
    } else {
      BOOST_TEST(same_bits(y.slice(row, row + 1), expected.slice(row, row + 1)));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_fast_kernel_agrees_with_the_definition) {
  // Fewer rows and columns than lanes, as many, and more. Up to 32 columns are computed in lanes.
  for (const std::int64_t rows : {1, 4, 7, 8, 16, 35}) {
    for (const std::int64_t columns : {1, 2, 3, 4, 5, 8, 9, 10, 15, 16, 17, 31, 32, 33, 100}) {
      const Tensor x = scaled_normals({rows, columns}, 5);
      const double error = largest_error(log_softmax_of(x.to(DType::float32)), log_softmax_of(x));
      BOOST_TEST(error < 1e-6, rows << " rows of " << columns << ": " << error);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_alone_and_among_others) {
  for (const std::int64_t columns : {1, 2, 5, 10, 16, 17, 31, 32, 33, 100}) {
    const Tensor x = scaled_normals({37, columns}, 5).to(DType::float32);
    const Tensor all = log_softmax_of(x);
    for (std::int64_t row = 0; row < 37; ++row) {
      BOOST_TEST(same_bits(log_softmax_of(x.slice(row, row + 1)), all.slice(row, row + 1)));
    }
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  const Tensor logits = normals({3001, 10}, "logits").to(DType::float32);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 3001; ++i) labels.push_back(i * i % 10);
  BOOST_TEST(same_bits_with_threads([&] {
    const Variable x(logits, true);
    const Variable loss = cross_entropy(x, labels_of(labels));
    loss.backward();
    return std::vector<Tensor>{loss.value(), x.grad()};
  }));
}

BOOST_AUTO_TEST_CASE(labels_that_do_not_fit_are_refused) {
  const Variable x(Tensor::zeros({3, 10}));
  BOOST_CHECK_EXCEPTION(nll_loss(x, labels_of({0, 9, 10})), ValueError,
                        says("[nll_loss] labels must be at least 0 and below 10: row 2 has 10"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, labels_of({0, -1, 3})), ValueError, says("row 1 has -1"));
  BOOST_CHECK_EXCEPTION(nll_loss(x, labels_of({0, 1})), ShapeError,
                        says("labels [2] int64, log-probabilities [3, 10]"));
  BOOST_CHECK_EXCEPTION(nll_loss(x, Tensor::zeros({3}, DType::int32)), ShapeError, says("int32"));
  BOOST_CHECK_EXCEPTION(nll_loss(Variable(Tensor::zeros({0, 10})), labels_of({})), ShapeError,
                        says("[nll_loss] the mean over no rows"));
  BOOST_CHECK_EXCEPTION(nll_loss(Variable(Tensor::zeros({3})), labels_of({0, 1, 2})), ShapeError,
                        says("[nll_loss] the log-probabilities must have 2 dimensions"));
  BOOST_CHECK_EXCEPTION(log_softmax(Variable(Tensor::zeros({}))), ShapeError,
                        says("[log_softmax]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
