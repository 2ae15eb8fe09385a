#include "framework/ops/matmul.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {
namespace {

struct Sizes {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};

// Around the tiles' edges (6 or 12 rows, 8 to 32 columns) and the depth block of 256.
std::vector<Sizes> sizes() {
  std::vector<Sizes> list;
  for (const std::int64_t m : {1, 5, 6, 7, 12, 13, 25}) {
    for (const std::int64_t n : {1, 7, 8, 16, 17, 31, 32, 33, 65}) list.push_back({m, n, 9});
  }
  for (const std::int64_t k : {1, 2, 255, 256, 257, 513}) list.push_back({13, 33, k});
  list.push_back({150, 70, 300});
  list.push_back({3, 4, 0});
  list.push_back({0, 4, 3});
  list.push_back({3, 0, 4});
  return list;
}

// a [m, k] and b [k, n], each stored as written or transposed.
template <class T>
Tensor product(const Sizes& s, bool transpose_a, bool transpose_b) {
  const Tensor a = normals({s.m * s.k}, "a").to(dtype_of<T>);
  const Tensor b = normals({s.k * s.n}, "b").to(dtype_of<T>);
  const Tensor c = Tensor::empty({s.m * s.n}, dtype_of<T>);
  c.fill(77);
  kernels<T>(Device::cpu)
      .matmul(s.m, s.n, s.k, a.data<T>(), transpose_a ? 1 : s.k, transpose_a ? s.m : 1, b.data<T>(),
              transpose_b ? 1 : s.n, transpose_b ? s.k : 1, c.data<T>());
  return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matmul_op)

BOOST_AUTO_TEST_CASE(fast_kernel_agrees_with_the_definition) {
  for (const Sizes& s : sizes()) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        const double error = largest_error(product<float>(s, transpose_a, transpose_b),
                                           product<double>(s, transpose_a, transpose_b));
        BOOST_TEST(error < 3e-6, "[" << s.m << ", " << s.k << "] x [" << s.k << ", " << s.n
                                     << "], transposed " << transpose_a << transpose_b << ": "
                                     << error);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  for (const Sizes& s : {Sizes{37, 1000, 70}, Sizes{5, 33, 600}}) {
    BOOST_TEST(same_bits_with_threads(
        [&] { return std::vector<Tensor>{product<float>(s, false, true)}; }));
  }
}

BOOST_AUTO_TEST_CASE(the_product_has_the_right_value_and_derivatives) {
  const Variable a(Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Variable b(Tensor::from<float>({3, 1}, {1, 0, -2}));
  const Tensor c = matmul(a, b).value();
  BOOST_TEST(c.shape().to_string() == "[2, 1]");
  BOOST_TEST(c.to_vector<float>() == (std::vector<float>{-5, -8}),
             boost::test_tools::per_element());
  for (const Sizes& s : {Sizes{1, 1, 1}, Sizes{3, 4, 5}, Sizes{7, 2, 9}}) {
    const GradcheckResult result =
        gradcheck([](const std::vector<Variable>& x) { return matmul(x[0], x[1]); },
                  {normals({s.m, s.k}, "a"), normals({s.k, s.n}, "b")});
    BOOST_TEST(result.passed, result.message);
  }
}

BOOST_AUTO_TEST_CASE(an_operand_without_gradient_gets_none) {
  const Variable a(Tensor::full({2, 3}, 1), true);
  const Variable b(Tensor::full({3, 2}, 1));
  matmul(a, b).backward(Tensor::full({2, 2}, 1));
  BOOST_TEST(a.grad().to_vector<float>() == std::vector<float>(6, 2.0F),
             boost::test_tools::per_element());
  BOOST_TEST(!b.grad().defined());
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_fit_are_refused) {
  const auto zeros = [](const Shape& shape, DType dtype = DType::float32) {
    return Variable(Tensor::zeros(shape, dtype));
  };
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3}), zeros({4, 5})), ShapeError,
                        says("[matmul] the operands must be [M, K] and [K, N]: [2, 3] and [4, 5]"));
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3}), zeros({3})), ShapeError, says("[2, 3] and [3]"));
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3}), zeros({3, 2}, DType::float64)), ShapeError,
                        says("float32"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
