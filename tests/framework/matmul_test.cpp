// Tests of the matrix product: the fast kernel against the definition, memory bounds, threads,
// gradients, and PyTorch's values.
#include "framework/ops/matmul.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/guarded_array.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(matmul_op)

namespace {

struct Sizes {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};

// Sizes around the edges of tiles (6 or 12 rows, 8 to 32 columns), of strips (up to 128 columns)
// and of vectors; sums of one or two products and of one to three passes; few columns; and empty
// products.
std::vector<Sizes> sizes() {
  std::vector<Sizes> list;
  for (const std::int64_t m : {1, 5, 6, 7, 12, 13, 25}) {
    for (const std::int64_t n : {1, 7, 8, 16, 17, 31, 32, 33, 65}) list.push_back({m, n, 9});
  }
  for (const std::int64_t k : {1, 2, 511, 512, 513, 1030}) list.push_back({13, 33, k});
  for (const std::int64_t m : {1, 2, 4, 8, 12, 13, 40}) {
    for (const std::int64_t k : {1, 2, 3, 4, 15, 16, 17, 33}) {
      for (const std::int64_t n : {1, 10, 127, 128, 200}) list.push_back({m, n, k});
    }
  }
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
  for (const Sizes& s : {Sizes{37, 1000, 70}, Sizes{5, 33, 600}, Sizes{3, 700, 300},
                         Sizes{900, 10, 84}, Sizes{500, 300, 1}, Sizes{230, 40, 1030}}) {
    for (const bool transpose_b : {false, true}) {
      BOOST_TEST(same_bits_with_threads(
          [&] { return std::vector<Tensor>{product<float>(s, false, transpose_b)}; }));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_alone_and_among_others,
                     *boost::unit_test::label("optimised")) {
  // Posterior samples are folded into the batch and must give the same as separate ones.
  const std::int64_t rows = 29;
  for (const std::int64_t k : {1, 2, 5, 16, 84, 300, 1030}) {
    for (const std::int64_t n : {1, 10, 16, 33, 130}) {
      const Variable a(normals({rows, k}, "a").to(DType::float32));
      const Variable b(normals({k, n}, "b").to(DType::float32));
      const Tensor all = matmul(a, b).value();
      for (const std::int64_t count : {1, 2, 7, 8, 12, 13}) {
        const Tensor some = matmul(Variable(a.value().slice(rows - count, rows)), b).value();
        BOOST_TEST(same_bits(some, all.slice(rows - count, rows)),
                   count << " rows, " << n << " columns, sums of " << k);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_arrays_is_touched) {
  using Floats = GuardedArray<float>;
  const Kernels<float>& kernel = kernels<float>(Device::cpu);
  for (const Sizes& s : sizes()) {
    for (const auto guard : {Guard::before, Guard::after}) {
      const Floats a(s.m * s.k, guard);
      const Floats b(s.k * s.n, guard);
      const Floats c(s.m * s.n, guard);
      for (const bool transpose : {false, true}) {
        kernel.matmul(s.m, s.n, s.k, a.data(), transpose ? 1 : s.k, transpose ? s.m : 1, b.data(),
                      transpose ? 1 : s.n, transpose ? s.k : 1, c.data());
      }
    }
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

BOOST_AUTO_TEST_CASE(batches_and_vectors_agree_with_pytorch) {
  using Variables = std::vector<Variable>;
  const auto op = [](const Variables& x) { return matmul(x[0], x[1]); };
  for (const char* name : {"vectors", "vector_matrix", "matrix_vector", "batch", "batch_matrix",
                           "matrix_batch", "broadcast", "batch_vector", "vector_batch"}) {
    BOOST_TEST(compare_with_reference(std::string("matmul_") + name, {"a", "b"}, op) == "");
  }
  for (const auto& [a, b] :
       {std::pair{Shape{2, 1, 3, 4}, Shape{3, 4, 2}}, std::pair{Shape{2, 3, 4}, Shape{4, 2}},
        std::pair{Shape{5}, Shape{2, 5, 3}}, std::pair{Shape{4}, Shape{4}}}) {
    const GradcheckResult result = gradcheck(op, {normals(a, "a"), normals(b, "b")});
    BOOST_TEST(result.passed, result.message);
  }
  // No products, and sums of none.
  const auto zeros = [](const Shape& shape) { return Variable(Tensor::zeros(shape)); };
  BOOST_TEST((matmul(zeros({0, 2, 3}), zeros({3, 4})).shape() == Shape{0, 2, 4}));
  BOOST_TEST((matmul(zeros({2, 3, 0}), zeros({0, 4})).shape() == Shape{2, 3, 4}));
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
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3}), zeros({2})), ShapeError, says("[2, 3] and [2]"));
  BOOST_CHECK_EXCEPTION(matmul(zeros({}), zeros({3})), ShapeError, says("[] and [3]"));
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3, 4}), zeros({3, 4, 5})), ShapeError,
                        says("[matmul] shapes [2] and [3] do not broadcast"));
  BOOST_CHECK_EXCEPTION(matmul(zeros({2, 3}), zeros({3, 2}, DType::float64)), ShapeError,
                        says("float32"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
