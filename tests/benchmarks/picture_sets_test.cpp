// Tests of how a folder of pictures becomes training, validation and test part.
#include "benchmarks/driver/picture_sets.hpp"

#include "benchmarks/driver/images.hpp"
#include "framework/base/error.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(benchmark_picture_sets)

namespace {

const PictureSetOptions kDot{.image = {1, 1, 1}};

// Pictures of one pixel with the levels `first` … `first` + `count` − 1.
void write(const test::TemporaryFolder& folder, const std::string& name, int first, int count) {
  for (int i = 0; i < count; ++i) {
    folder.write(name + "/" + std::to_string(i) + ".png",
                 test::png_file(
                     {1, 1, test::PngColour::grey, std::string(1, static_cast<char>(first + i))}));
  }
}

std::multiset<int> levels(const data::Dataset& dataset) {
  std::multiset<int> levels;
  for (const auto level : dataset.inputs.to_vector<std::uint8_t>()) levels.insert(level);
  return levels;
}

std::multiset<int> numbers(int first, int count) {
  std::multiset<int> numbers;
  for (int i = 0; i < count; ++i) numbers.insert(first + i);
  return numbers;
}

BOOST_AUTO_TEST_CASE(the_seed_chooses_a_fifth_of_each_class) {
  const test::TemporaryFolder folder;
  write(folder, "a", 0, 10);
  write(folder, "b", 50, 3);
  write(folder, "c", 100, 24);
  const RunSets sets = read_picture_sets(folder.path(), kDot);
  BOOST_TEST(sets.seed_chose_test);
  BOOST_TEST(!sets.validation.has_value());
  BOOST_TEST((sets.train.class_names == std::vector<std::string>{"a", "b", "c"}));
  BOOST_TEST(data::class_histogram(sets.test) == (std::vector<std::int64_t>{2, 1, 4}),
             boost::test_tools::per_element());
  std::multiset<int> all = levels(sets.train);
  all.merge(levels(sets.test));
  std::multiset<int> expected = numbers(0, 10);
  expected.merge(numbers(50, 3));
  expected.merge(numbers(100, 24));
  BOOST_TEST((all == expected));
  // The same folder and seed have the same parts, another seed has others.
  BOOST_TEST(read_picture_sets(folder.path(), kDot).checksum == sets.checksum);
  const RunSets other = read_picture_sets(folder.path(), {.image = kDot.image, .seed = 2});
  BOOST_TEST((levels(other.test) != levels(sets.test)));
}

BOOST_AUTO_TEST_CASE(folders_of_parts_are_the_parts) {
  const test::TemporaryFolder folder;
  write(folder, "train/b", 0, 5);
  write(folder, "train/a", 20, 5);
  write(folder, "val/a", 50, 2);
  write(folder, "val/b", 60, 1);
  const RunSets without_test = read_picture_sets(folder.path(), kDot);
  BOOST_TEST(without_test.seed_chose_test);
  BOOST_TEST(without_test.test.size() == 2);
  write(folder, "test/a", 100, 3);
  write(folder, "test/b", 110, 3);
  const RunSets sets = read_picture_sets(folder.path(), kDot);
  BOOST_TEST(!sets.seed_chose_test);
  BOOST_TEST(sets.train.size() == 13);
  BOOST_TEST_REQUIRE(sets.validation.value() == 3);
  std::multiset<int> tested = numbers(100, 3);
  tested.merge(numbers(110, 3));
  BOOST_TEST((levels(sets.test) == tested));
  BOOST_TEST((levels(read_test_pictures(folder.path(), kDot)) == tested));
  // The last ones are held back, with the labels of the training part.
  const data::IndexSplit split = held_back(sets, 7, 1);
  BOOST_TEST(split.train.size() == 10U);
  const data::Dataset validation = data::subset(sets.train, split.validation);
  BOOST_TEST(validation.inputs.to_vector<std::uint8_t>() == (std::vector<std::uint8_t>{50, 51, 60}),
             boost::test_tools::per_element());
  BOOST_TEST(validation.targets.to_vector<std::int64_t>() == (std::vector<std::int64_t>{0, 0, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_class_may_be_called_train) {
  const test::TemporaryFolder folder;
  write(folder, "bus", 0, 5);
  write(folder, "train", 20, 5);
  const RunSets sets = read_picture_sets(folder.path(), kDot);
  BOOST_TEST((sets.train.class_names == std::vector<std::string>{"bus", "train"}));
  // The parts alone are no classes, even without folders in them.
  const test::TemporaryFolder parts;
  write(parts, "train", 0, 5);
  write(parts, "test", 20, 5);
  BOOST_CHECK_EXCEPTION(read_picture_sets(parts.path(), kDot), FileError,
                        says("train: has no folders, expected one for each class"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_divided_is_named) {
  const test::TemporaryFolder folder;
  write(folder, "a", 0, 5);
  write(folder, "b", 20, 1);
  BOOST_CHECK_EXCEPTION(
      read_picture_sets(folder.path(), kDot), FileError,
      says((folder.path() / "b").string() + ": has 1 picture, expected at least"));
  write(folder, "parts/train/a", 0, 5);
  write(folder, "parts/test/a", 0, 5);
  write(folder, "parts/val/b", 0, 5);
  BOOST_CHECK_EXCEPTION(read_picture_sets(folder.path() / "parts", kDot), FileError,
                        says("val/a: is no folder, expected one for each class"));
}

BOOST_AUTO_TEST_CASE(a_run_takes_the_folders_own_validation_pictures) {
  const test::TemporaryFolder folder;
  for (const char* part : {"train", "val", "test"}) write(folder, std::string(part) + "/a", 0, 20);
  Options options{.dataset = "image-folder",
                  .data_dir = folder.path(),
                  .image = Shape{1, 1, 1},
                  .validation = kTenth};
  BOOST_TEST(find_images(options).validation.value() == 20);
  options.validation = 5;
  BOOST_CHECK_EXCEPTION(find_images(options), ValueError, says("--validation: the validation"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::benchmarks
