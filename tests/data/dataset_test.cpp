// Tests of data sets in memory: checks, subsets, shuffling and splits.
#include "data/dataset.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_dataset)

namespace {

// Sample i has the label i % 3 and the two pixels 2i and 2i + 1.
Dataset small_set(std::int64_t count) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(2 * count));
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(i % 3);
  return {"small", Tensor::from({count, 1, 1, 2}, pixels), Tensor::from({count}, labels), 3};
}

BOOST_AUTO_TEST_CASE(size_and_histogram) {
  const Dataset dataset = small_set(8);
  BOOST_TEST(dataset.size() == 8);
  BOOST_TEST(class_histogram(dataset) == (std::vector<std::int64_t>{3, 3, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(Dataset{}.size() == 0);
}

BOOST_AUTO_TEST_CASE(validate_refuses_what_does_not_fit) {
  Dataset dataset = small_set(4);
  BOOST_CHECK_NO_THROW(validate(dataset));
  dataset.classes = 2;
  BOOST_CHECK_THROW(validate(dataset), ValueError);
  dataset = small_set(4);
  dataset.targets = dataset.targets.slice(0, 3);
  BOOST_CHECK_THROW(validate(dataset), ShapeError);
  dataset = small_set(4);
  dataset.targets = dataset.targets.to(DType::float32);
  BOOST_CHECK_THROW(validate(dataset), ShapeError);
  dataset = small_set(4);
  dataset.targets = dataset.targets.reshape({4, 1});
  BOOST_CHECK_THROW(validate(dataset), ShapeError);
  dataset = small_set(4);
  dataset.classes = 0;
  BOOST_CHECK_THROW(validate(dataset), ValueError);
  dataset.classes = -1;
  BOOST_CHECK_THROW(validate(dataset), ValueError);
  dataset = small_set(1);
  dataset.inputs = dataset.inputs.reshape(Shape{2}).slice(0, 1).reshape(Shape{});
  BOOST_CHECK_THROW(validate(dataset), ShapeError);
  BOOST_CHECK_THROW(validate(Dataset{}), ShapeError);
  dataset = small_set(4);
  dataset.class_names = {"a", "b", "c"};
  BOOST_CHECK_NO_THROW(validate(dataset));
  dataset.class_names.pop_back();
  BOOST_CHECK_THROW(validate(dataset), ValueError);
}

BOOST_AUTO_TEST_CASE(inputs_and_targets_may_have_any_type_and_shape) {
  Dataset dataset = small_set(4);
  dataset.inputs = dataset.inputs.reshape({4, 2}).to(DType::float64);
  BOOST_CHECK_NO_THROW(validate(dataset));
  BOOST_TEST(!dataset.has_images());
  for (const DType type : {DType::float32, DType::float64, DType::int64, DType::uint8}) {
    for (const Shape& shape : {Shape{4}, Shape{4, 1}, Shape{4, 2, 3}}) {
      const Dataset numbers{"numbers", Tensor::zeros({4, 3}, type), Tensor::zeros(shape, type)};
      BOOST_CHECK_NO_THROW(validate(numbers));
      BOOST_TEST(class_histogram(numbers).empty());
    }
  }
  // A number for each image.
  dataset = small_set(4);
  dataset.classes = 0;
  dataset.targets = dataset.targets.to(DType::float32);
  BOOST_CHECK_NO_THROW(validate(dataset));
  BOOST_TEST(dataset.has_images());
}

BOOST_AUTO_TEST_CASE(a_subset_of_numbers_keeps_their_type) {
  const Dataset curve{"curve", Tensor::from<double>({3, 1}, {0.5, 1.5, 2.5}),
                      Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6})};
  const std::vector<std::int64_t> indices{2, 0};
  const Dataset chosen = subset(curve, indices);
  BOOST_TEST((chosen.inputs.dtype() == DType::float64));
  BOOST_TEST(chosen.inputs.to_vector<double>() == (std::vector<double>{2.5, 0.5}),
             boost::test_tools::per_element());
  BOOST_TEST(chosen.targets.to_vector<float>() == (std::vector<float>{5, 6, 1, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(subset_copies_the_samples_asked_for) {
  const std::vector<std::int64_t> indices{5, 0, 5};
  Dataset dataset = small_set(6);
  dataset.class_names = {"a", "b", "c"};
  const Dataset chosen = subset(dataset, indices);
  BOOST_TEST(chosen.class_names.at(2) == "c");
  BOOST_TEST(chosen.inputs.to_vector<int>() == (std::vector<int>{10, 11, 0, 1, 10, 11}),
             boost::test_tools::per_element());
  BOOST_TEST(chosen.targets.to_vector<std::int64_t>() == (std::vector<std::int64_t>{2, 0, 2}),
             boost::test_tools::per_element());
  const std::vector<std::int64_t> outside{6};
  BOOST_CHECK_THROW(subset(small_set(6), outside), ValueError);
  const std::vector<std::int64_t> negative{-1};
  BOOST_CHECK_THROW(subset(small_set(6), negative), ValueError);
}

BOOST_AUTO_TEST_CASE(shuffle_is_a_uniform_permutation) {
  // Over many streams, each value gets to each position about equally often.
  constexpr int kValues = 5;
  constexpr int kRounds = 4000;
  std::vector<int> counts(kValues * kValues);
  Generator generator(3);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::int64_t> values(kValues);
    std::iota(values.begin(), values.end(), std::int64_t{0});
    shuffle(values, generator.next());
    for (int place = 0; place < kValues; ++place) {
      ++counts[static_cast<std::size_t>(place * kValues + values[static_cast<std::size_t>(place)])];
    }
    std::sort(values.begin(), values.end());
    for (int i = 0; i < kValues; ++i) BOOST_REQUIRE(values[static_cast<std::size_t>(i)] == i);
  }
  // 800 expected, standard deviation about 25.
  for (const int count : counts) BOOST_TEST(std::abs(count - kRounds / kValues) < 125);
}

BOOST_AUTO_TEST_CASE(split_deals_each_sample_to_one_list) {
  const Dataset dataset = small_set(100);
  const IndexSplit lists = split(dataset, 30, Generator(1));
  BOOST_TEST(lists.validation.size() == 30U);
  BOOST_TEST(lists.train.size() == 70U);
  std::set<std::int64_t> all(lists.train.begin(), lists.train.end());
  all.insert(lists.validation.begin(), lists.validation.end());
  BOOST_TEST(all.size() == 100U);
  BOOST_TEST(std::is_sorted(lists.train.begin(), lists.train.end()));
  BOOST_TEST(std::is_sorted(lists.validation.begin(), lists.validation.end()));

  BOOST_TEST((split(dataset, 30, Generator(1)).validation == lists.validation));
  BOOST_TEST((split(dataset, 30, Generator(2)).validation != lists.validation));
  BOOST_TEST(split(dataset, 0, Generator(1)).validation.empty());
  BOOST_TEST(split(dataset, 100, Generator(1)).train.empty());
  BOOST_CHECK_THROW(split(dataset, 101, Generator(1)), ValueError);
  BOOST_CHECK_THROW(split(dataset, -1, Generator(1)), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
