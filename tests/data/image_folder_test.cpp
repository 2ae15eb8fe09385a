#include "data/image_folder.hpp"

#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {
namespace {

using test::TemporaryFolder;

// One grey pixel.
std::string dot(char level) {
  return test::png_file({1, 1, test::PngColour::grey, std::string(1, level)});
}

constexpr ImageFolderOptions kDot{.height = 1, .width = 1, .channels = 1};

void check_error(const std::filesystem::path& dir, const std::filesystem::path& culprit,
                 const std::string& what) {
  BOOST_CHECK_EXCEPTION(image_folder(dir, kDot), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(culprit.string() + ": ") && message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

BOOST_AUTO_TEST_SUITE(data_image_folder)

BOOST_AUTO_TEST_CASE(folders_are_classes_in_the_order_of_their_names) {
  const TemporaryFolder folder;
  folder.write("pets/dog/b.png", dot(4));
  folder.write("pets/dog/a.PNG", dot(3));
  folder.write("pets/cat/10.png", dot(1));
  folder.write("pets/cat/9.bmp", test::bmp_file(1, 1, "\x02\x02\x02"));
  folder.write("pets/zebra/z.jpeg", test::jpeg_file(1, 1, std::string(3, '\x80')));
  // Passed over.
  folder.write("pets/readme.txt", "hello");
  folder.write("pets/top.png", "no picture");
  folder.write("pets/cat/notes.txt", "hello");
  folder.write("pets/cat/._9.png", "not one either");
  folder.write("pets/cat/deeper/11.png", "nor this");
  folder.write("pets/.git/a.png", "");
  for (const auto& dir : {folder.path() / "pets", folder.path() / "pets/"}) {
    const Dataset dataset = image_folder(dir, kDot);
    BOOST_CHECK_NO_THROW(validate(dataset));
    BOOST_TEST(dataset.name == "pets");
    BOOST_TEST(dataset.classes == 3);
    BOOST_TEST((dataset.class_names == std::vector<std::string>{"cat", "dog", "zebra"}));
    BOOST_TEST((dataset.labels.to_vector<int>() == std::vector<int>{0, 0, 1, 1, 2}));
    const auto pixels = dataset.images.to_vector<int>();
    BOOST_TEST(
        (std::vector<int>(pixels.begin(), pixels.begin() + 4) == std::vector<int>{1, 2, 3, 4}));
    BOOST_TEST(std::abs(pixels[4] - 128) < 3);
  }
  const Dataset large = image_folder(folder.path() / "pets", {.height = 4, .width = 5});
  BOOST_TEST(large.images.shape().to_string() == "[5, 3, 4, 5]");
}

BOOST_AUTO_TEST_CASE(the_same_with_any_number_of_threads) {
  const TemporaryFolder folder;
  for (int i = 0; i < 60; ++i) {
    folder.write((i < 25 ? "a/" : "b/") + std::to_string(100 + i) + ".png",
                 dot(static_cast<char>(i)));
  }
  const int threads = num_threads();
  for (const int count : {1, 2, 3}) {
    set_num_threads(count);
    const auto pixels = image_folder(folder.path(), kDot).images.to_vector<int>();
    for (int i = 0; i < 60; ++i) BOOST_REQUIRE(pixels[static_cast<std::size_t>(i)] == i);
  }
  // Of several damaged files the first is named.
  const auto first = folder.write("a/107.png", dot(1).substr(0, 30));
  for (const char* name : {"a/108.png", "b/130.png", "b/159.png"}) folder.write(name, "damaged");
  for (const int count : {1, 2, 3}) {
    set_num_threads(count);
    check_error(folder.path(), first, "the PNG file ends here");
  }
  set_num_threads(threads);
}

BOOST_AUTO_TEST_CASE(folders_without_pictures) {
  const TemporaryFolder folder;
  check_error(folder.path() / "missing", folder.path() / "missing", "cannot be listed");
  check_error(folder.path(), folder.path(), "has no folders");
  check_error(folder.write("file.png", dot(1)), folder.path() / "file.png", "cannot be listed");
  folder.write("a/1.png", dot(1));
  folder.write("b/readme.txt", "");
  check_error(folder.path(), folder.path() / "b", "has no pictures");
  folder.write("b/1.png", "");
  check_error(folder.path(), folder.path() / "b" / "1.png", "cannot be decoded");
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  const TemporaryFolder folder;
  folder.write("a/1.png", dot(1));
  BOOST_CHECK_THROW(image_folder(folder.path(), {.height = 0}), ValueError);
  BOOST_CHECK_THROW(image_folder(folder.path(), {.channels = 4}), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
