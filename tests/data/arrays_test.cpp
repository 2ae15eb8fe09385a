// Tests of data sets from arrays in memory.
#include "data/arrays.hpp"

#include "framework/base/error.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_arrays)

namespace {

const Tensor kRows = Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6});

BOOST_AUTO_TEST_CASE(integers_are_labels_and_other_targets_are_numbers) {
  const Tensor labels = Tensor::from<std::int64_t>({3}, {0, 4, 1});
  const Dataset classified = arrays(kRows, labels);
  BOOST_TEST(classified.name == "arrays");
  BOOST_TEST(classified.classes == 5);
  BOOST_TEST(classified.size() == 3);
  BOOST_TEST(classified.inputs.shares_storage_with(kRows));
  BOOST_TEST(arrays(kRows, labels, {.classes = 7}).classes == 7);
  BOOST_TEST(arrays(kRows, labels, {.class_names = {"a", "b", "c", "d", "e", "f"}}).classes == 6);
  BOOST_TEST(arrays(kRows, labels, {.classes = 0}).classes == 0);
  BOOST_TEST(arrays(kRows, labels.reshape({3, 1})).classes == 0);
  for (const Shape& shape : {Shape{3}, Shape{3, 1}, Shape{3, 2, 2}}) {
    BOOST_TEST(arrays(kRows, Tensor::zeros(shape)).classes == 0);
    BOOST_TEST(arrays(kRows, Tensor::zeros(shape, DType::float64)).classes == 0);
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const auto message = [](const Tensor& inputs, const Tensor& targets,
                          const ArrayOptions& options) {
    try {
      arrays(inputs, targets, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message(kRows, Tensor::zeros({4}), {.name = "curve"}) ==
             "[curve] targets must be [3, …], as there are 3 samples, found float32 [4]");
  BOOST_TEST(message(Tensor(), Tensor::zeros({4}), {}) ==
             "[arrays] inputs must be [N, …] for N samples, found none");
  BOOST_TEST(message(kRows, Tensor(), {}) ==
             "[arrays] targets must be [3, …], as there are 3 samples, found none");
  BOOST_TEST(message(kRows, Tensor::zeros({3}), {.classes = 2}) ==
             "[arrays] labels of 2 classes must be int64 [3], found float32 [3]");
  BOOST_TEST(message(kRows, Tensor::from<std::int64_t>({3}, {0, -1, 1}), {}) ==
             "[arrays] sample 1 has label -1, expected 0 to 1");
  BOOST_TEST(message(kRows, Tensor::zeros({3}), {.class_names = {"a"}}) ==
             "[arrays] 1 class name for 0 classes, expected as many or none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
