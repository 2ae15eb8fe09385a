// Tests of reshape, flatten, concat, split, slice, permute, broadcast_to and pad: values, shared
// memory and gradients.
#include "framework/ops/shape_ops.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(shape_ops)

namespace {

using Variables = std::vector<Variable>;

const auto per_element = boost::test_tools::per_element();

// first, first + 1, …
Variable counting(const Shape& shape, float first = 0) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    values.push_back(first + static_cast<float>(i));
  }
  return Variable(Tensor::from(shape, values), true);
}

std::vector<float> elements(const Variable& x) { return x.value().to_vector<float>(); }

void check_gradient(const std::vector<Tensor>& inputs,
                    const std::function<Variable(const Variables&)>& op) {
  const GradcheckResult result = gradcheck(op, inputs);
  BOOST_TEST(result.passed, result.message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(reshape_and_flatten_are_views) {
  const Variable x = counting({2, 3, 4});
  for (const Variable& y : {reshape(x, {4, -1}), reshape(x, Shape{4, 6}), flatten(x)}) {
    BOOST_TEST(y.value().shares_storage_with(x.value()));
    BOOST_TEST(elements(y) == elements(x), per_element);
  }
  BOOST_TEST(reshape(x, {4, -1}).shape().to_string() == "[4, 6]");
  BOOST_TEST(flatten(x).shape().to_string() == "[2, 12]");
  BOOST_TEST(flatten(counting({3})).shape().to_string() == "[3, 1]");
}

BOOST_AUTO_TEST_CASE(split_is_the_inverse_of_concat) {
  const Variable x = counting({2, 3, 2});
  const Variables parts = split(x, {1, 2}, 1);
  BOOST_TEST(parts.size() == 2U);
  BOOST_TEST(parts[0].shape().to_string() == "[2, 1, 2]");
  BOOST_TEST(elements(parts[0]) == (std::vector<float>{0, 1, 6, 7}), per_element);
  BOOST_TEST(elements(parts[1]) == (std::vector<float>{2, 3, 4, 5, 8, 9, 10, 11}), per_element);
  BOOST_TEST(elements(concat(parts, 1)) == elements(x), per_element);
  const Variables last = split(counting({2, 3}), {2, 0, 1}, -1);
  BOOST_TEST(elements(last[0]) == (std::vector<float>{0, 1, 3, 4}), per_element);
  BOOST_TEST(last[1].shape().to_string() == "[2, 0]");
  BOOST_TEST(elements(last[2]) == (std::vector<float>{2, 5}), per_element);
  // A part that is not used has the gradient 0.
  check_gradient({normals({2, 5, 2}, "x")}, [](const Variables& v) {
    const Variables of_x = split(v[0], {2, 2, 1}, 1);
    return of_x[0] * of_x[1];
  });
  BOOST_CHECK_THROW(split(x, {1, 1}, 1), ShapeError);
  BOOST_CHECK_THROW(split(x, {4, -1}, 1), ShapeError);
  BOOST_CHECK_THROW(split(x, {3}, 3), ShapeError);
}

BOOST_AUTO_TEST_CASE(concat_joins_along_any_dimension) {
  const Variable a = counting({2, 1, 2});
  const Variable b = counting({2, 2, 2}, 10);
  const Variable middle = concat({a, b}, 1);
  BOOST_TEST(middle.shape().to_string() == "[2, 3, 2]");
  BOOST_TEST(elements(middle) == (std::vector<float>{0, 1, 10, 11, 12, 13, 2, 3, 14, 15, 16, 17}),
             per_element);
  const Variable last = concat({a, a}, -1);
  BOOST_TEST(last.shape().to_string() == "[2, 1, 4]");
  BOOST_TEST(elements(last) == (std::vector<float>{0, 1, 0, 1, 2, 3, 2, 3}), per_element);
  const Variable first = concat({a, counting({0, 1, 2}), a}, 0);
  BOOST_TEST(first.shape().to_string() == "[4, 1, 2]");
  BOOST_TEST(elements(first) == (std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3}), per_element);
  BOOST_TEST(concat({counting({2, 0}), counting({2, 0})}, 0).shape().to_string() == "[4, 0]");
  BOOST_TEST(!concat({a}, 0).value().shares_storage_with(a.value()));
}

BOOST_AUTO_TEST_CASE(slice_is_a_view_of_dimension_0) {
  const Variable x = counting({4, 2});
  const Variable y = slice(x, 1, 3);
  BOOST_TEST(y.shape().to_string() == "[2, 2]");
  BOOST_TEST(elements(y) == (std::vector<float>{2, 3, 4, 5}), per_element);
  BOOST_TEST(y.value().shares_storage_with(x.value()));
}

BOOST_AUTO_TEST_CASE(copies_of_other_layouts_agree_with_pytorch) {
  const auto check = [](const std::string& name,
                        const std::function<Variable(const Variable&)>& op) {
    BOOST_TEST(compare_with_reference(name, {"x"}, [&](const Variables& v) { return op(v[0]); }) ==
               "");
  };
  check("transpose", [](const Variable& x) { return transpose(x, 0, -1); });
  check("permute", [](const Variable& x) { return permute(x, {2, 0, -1, 1}); });
  check("slice_step", [](const Variable& x) { return slice(x, 1, 1, 6, 2); });
  check("broadcast_to", [](const Variable& x) { return broadcast_to(x, {4, 2, 3, 2}); });
  check("pad", [](const Variable& x) { return pad(x, -1, 2, 1, 0.5); });
  check("pad_circular",
        [](const Variable& x) { return pad(x, 2, 2, 3, 0, PaddingMode::circular); });
}

BOOST_AUTO_TEST_CASE(copies_of_other_layouts_hold_at_the_ends) {
  // Labels and pictures have other element types.
  const Variable x(Tensor::from<std::int64_t>({2, 3}, {0, 1, 2, 3, 4, 5}));
  const auto numbers = [](const Variable& y) { return y.value().to_vector<std::int64_t>(); };
  BOOST_TEST(numbers(transpose(x, 0, 1)) == (std::vector<std::int64_t>{0, 3, 1, 4, 2, 5}),
             per_element);
  BOOST_TEST(numbers(slice(x, -1, 0, 3, 2)) == (std::vector<std::int64_t>{0, 2, 3, 5}),
             per_element);
  BOOST_TEST(numbers(slice(x, 1, 1, 2, 1'000'000'000'000)) == (std::vector<std::int64_t>{1, 4}),
             per_element);
  BOOST_TEST((slice(x, 1, 2, 2).shape() == Shape{2, 0}));
  BOOST_TEST((transpose(counting({0, 3}), 0, 1).shape() == Shape{3, 0}));
  BOOST_TEST((permute(counting({}), {}).shape() == Shape{}));
  BOOST_TEST((permute(counting({1, 2, 1, 2, 1, 2, 2, 2}), {7, 5, 3, 1, 0, 2, 4, 6}).shape() ==
              Shape{2, 2, 2, 2, 1, 1, 1, 2}));
  BOOST_TEST((broadcast_to(counting({3}), {0, 3}).shape() == Shape{0, 3}));
  BOOST_TEST((reshape(counting({2, 3}), std::vector<std::int64_t>{3, -1}).shape() == Shape{3, 2}));
  // Many rows, on several threads.
  const Tensor many = normals({300, 70, 3}, "x").to(DType::float32);
  BOOST_TEST(same_bits(transpose(transpose(Variable(many), 0, 2), 2, 0).value(), many));
  BOOST_TEST(same_bits_with_threads([&] {
    return std::vector<Tensor>{transpose(Variable(many), 0, 1).value(),
                               slice(Variable(many), 1, 3, 69, 5).value()};
  }));
}

BOOST_AUTO_TEST_CASE(shape_ops_have_the_right_derivatives) {
  const Tensor x = normals({4, 3, 2}, "x");
  check_gradient({x}, [](const Variables& v) { return reshape(v[0], {3, -1}); });
  check_gradient({x}, [](const Variables& v) { return flatten(v[0]); });
  check_gradient({x}, [](const Variables& v) { return slice(v[0], 1, 3); });
  check_gradient({x}, [](const Variables& v) { return slice(v[0], 1, 0, 3, 2); });
  check_gradient({x}, [](const Variables& v) { return slice(v[0], 2, 1, 2); });
  check_gradient({x}, [](const Variables& v) { return transpose(v[0], 0, 2); });
  check_gradient({x}, [](const Variables& v) { return permute(v[0], {1, 2, 0}); });
  check_gradient({normals({3, 1}, "x")}, [](const Variables& v) {
    return broadcast_to(v[0], {2, 3, 4});
  });
  check_gradient({x}, [](const Variables& v) { return pad(v[0], 1, 1, 2); });
  check_gradient({x},
                 [](const Variables& v) { return pad(v[0], 1, 3, 2, 0, PaddingMode::circular); });
  check_gradient({x, normals({4, 5, 2}, "y"), normals({4, 1, 2}, "z")},
                 [](const Variables& v) { return concat(v, 1); });
  check_gradient({x, normals({2, 3, 2}, "y")}, [](const Variables& v) { return concat(v, 0); });
}

BOOST_AUTO_TEST_CASE(gradients_of_views_that_overlap_add_up) {
  // The gradients of x arrive as views of two other gradients and as a separate tensor.
  check_gradient({normals({3, 2}, "x")}, [](const Variables& v) {
    const Variable& x = v[0];
    return concat({slice(x, 0, 2), slice(x, 1, 3), reshape(x, {3, 2}) * flatten(x), x, x}, 0);
  });
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_leaf_shares_no_memory) {
  const Variable x = counting({2, 2});
  const Tensor seed = Tensor::full({4}, 1);
  reshape(x, {4}).backward(seed);
  reshape(x, {4}).backward(seed);
  BOOST_TEST(x.grad().to_vector<float>() == std::vector<float>(4, 2.0F), per_element);
  BOOST_TEST(seed.to_vector<float>() == std::vector<float>(4, 1.0F), per_element);
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_refused) {
  const Variable x = counting({2, 3});
  BOOST_CHECK_EXCEPTION(reshape(x, {4, -1}), ShapeError, says("[reshape]"));
  BOOST_CHECK_EXCEPTION(flatten(counting({})), ShapeError, says("[flatten]"));
  BOOST_CHECK_EXCEPTION(slice(x, 1, 3), ShapeError, says("[slice] the range [1, 3)"));
  BOOST_CHECK_EXCEPTION(slice(x, 1, 1, 4), ShapeError,
                        says("[slice] the range [1, 4) is outside dimension 1"));
  BOOST_CHECK_EXCEPTION(slice(x, 1, 0, 3, 0), ValueError, says("the step must be positive"));
  BOOST_CHECK_EXCEPTION(permute(x, {0, 0}), ShapeError, says("[permute] the order must name each"));
  BOOST_CHECK_EXCEPTION(permute(x, {0}), ShapeError, says("[permute]"));
  BOOST_CHECK_THROW(transpose(x, 0, 2), ShapeError);
  BOOST_CHECK_EXCEPTION(broadcast_to(x, {3}), ShapeError, says("does not stretch to [3]"));
  BOOST_CHECK_EXCEPTION(broadcast_to(x, {2, 4}), ShapeError, says("[broadcast_to]"));
  BOOST_CHECK_EXCEPTION(pad(x, 0, -1, 0), ShapeError, says("[pad] -1 elements in front"));
  BOOST_CHECK_EXCEPTION(pad(x, 1, 4, 0, 0, PaddingMode::circular), ShapeError,
                        says("a circular padding is at most the extent"));
  BOOST_CHECK_EXCEPTION(concat({}, 0), ShapeError, says("[concat] at least one input"));
  BOOST_CHECK_EXCEPTION(concat({x, counting({3, 2})}, 1), ShapeError,
                        says("[concat] shapes may differ in dimension 1 only: [2, 3] and [3, 2]"));
  BOOST_CHECK_EXCEPTION(concat({x, counting({2, 3, 1})}, 0), ShapeError, says("[2, 3, 1]"));
  BOOST_CHECK_THROW(concat({x, x}, 2), ShapeError);
  BOOST_CHECK_EXCEPTION(concat({x, Variable(Tensor::zeros({2, 3}, DType::float64))}, 0), ShapeError,
                        says("[concat]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
