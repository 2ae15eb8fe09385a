// Tests of data sets from folders of pictures: classes, links, and what is ignored or refused.
#include "data/image_folder.hpp"

#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_image_folder)

namespace {

using test::TemporaryFolder;

// One grey pixel.
std::string dot(char level) {
  return test::png_file({1, 1, test::PngColour::grey, std::string(1, level)});
}

const ImageFolderOptions kDot{.height = 1, .width = 1, .channels = 1};

void check_error(const std::filesystem::path& dir, const std::filesystem::path& culprit,
                 const std::string& what, const std::vector<std::string>& classes = {}) {
  ImageFolderOptions options = kDot;
  options.classes = classes;
  BOOST_CHECK_EXCEPTION(image_folder(dir, options), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(culprit.string() + ": ") && message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

BOOST_AUTO_TEST_CASE(all_pictures_below_a_folder_are_found_in_the_order_of_their_paths) {
  const TemporaryFolder folder;
  for (const char* name : {"b.png", "a/2.JPG", "a/1.webp", "c/d/e.bmp", "notes.txt", ".f.png"}) {
    folder.write(name, "");
  }
  // A link to a folder may lead round in a circle; one to a file does not.
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "circle");
  std::filesystem::create_symlink(folder.path() / "b.png", folder.path() / "z.png");
  std::vector<std::string> names;
  for (const std::filesystem::path& picture : pictures_below(folder.path())) {
    names.push_back(picture.lexically_relative(folder.path()).string());
  }
  BOOST_TEST(
      names == (std::vector<std::string>{"a/1.webp", "a/2.JPG", "b.png", "c/d/e.bmp", "z.png"}),
      boost::test_tools::per_element());
  const TemporaryFolder none;
  none.write("notes.txt", "");
  BOOST_CHECK_THROW(pictures_below(none.path()), FileError);
}

BOOST_AUTO_TEST_CASE(folders_are_classes_in_the_order_of_their_names) {
  const TemporaryFolder folder;
  folder.write("pets/dog/b.png", dot(4));
  folder.write("pets/dog/a.PNG", dot(3));
  folder.write("pets/cat/10.png", dot(1));
  folder.write("pets/cat/9.bmp", test::bmp_file(1, 1, "\x02\x02\x02"));
  folder.write("pets/zebra/z.jpeg", test::jpeg_file(1, 1, std::string(3, '\x80')));
  // Ignored.
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
    BOOST_TEST((dataset.targets.to_vector<int>() == std::vector<int>{0, 0, 1, 1, 2}));
    const auto pixels = dataset.inputs.to_vector<int>();
    BOOST_TEST(
        (std::vector<int>(pixels.begin(), pixels.begin() + 4) == std::vector<int>{1, 2, 3, 4}));
    BOOST_TEST(std::abs(pixels[4] - 128) < 3);
  }
  const Dataset large = image_folder(folder.path() / "pets", {.height = 4, .width = 5});
  BOOST_TEST(large.inputs.shape().to_string() == "[5, 3, 4, 5]");
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
    const auto pixels = image_folder(folder.path(), kDot).inputs.to_vector<int>();
    for (int i = 0; i < 60; ++i) BOOST_REQUIRE(pixels[static_cast<std::size_t>(i)] == i);
  }
  // Of several damaged files, the first is named.
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
  check_error(folder.path(), folder.path() / "b" / "1.png", "is empty");
}

BOOST_AUTO_TEST_CASE(given_classes_fix_the_labels) {
  const TemporaryFolder folder;
  folder.write("cat/1.png", dot(1));
  folder.write("dog/1.png", dot(2));
  folder.write("zebra/1.png", dot(3));
  ImageFolderOptions options = kDot;
  options.classes = {"zebra", "cat", "dog"};
  const Dataset dataset = image_folder(folder.path(), options);
  BOOST_TEST((dataset.class_names == options.classes));
  BOOST_TEST(dataset.classes == 3);
  BOOST_TEST((dataset.targets.to_vector<int>() == std::vector<int>{0, 1, 2}));
  BOOST_TEST((dataset.inputs.to_vector<int>() == std::vector<int>{3, 1, 2}));
  // A class that a split lacks would shift the labels of the others.
  check_error(folder.path(), folder.path() / "bird", "is no folder",
              {"bird", "cat", "dog", "zebra"});
  check_error(folder.path(), folder.path() / "dog", "is none of the classes cat, zebra",
              {"cat", "zebra"});
  folder.write("owl", "a file");
  check_error(folder.path(), folder.path() / "owl", "is no folder", {"owl", "cat", "dog", "zebra"});
  options.classes = {"cat", "dog", "cat", "zebra"};
  BOOST_CHECK_THROW(image_folder(folder.path(), options), ValueError);
}

BOOST_AUTO_TEST_CASE(links_are_followed) {
  const TemporaryFolder folder;
  folder.write("far/1.png", dot(7));
  folder.write("set/cat/1.png", dot(1));
  std::filesystem::create_directory_symlink(folder.path() / "far", folder.path() / "set/dog");
  std::filesystem::create_symlink("../../far/1.png", folder.path() / "set/cat/2.png");
  const Dataset dataset = image_folder(folder.path() / "set", kDot);
  BOOST_TEST((dataset.class_names == std::vector<std::string>{"cat", "dog"}));
  BOOST_TEST((dataset.inputs.to_vector<int>() == std::vector<int>{1, 7, 7}));
}

BOOST_AUTO_TEST_CASE(what_may_be_a_class_or_a_picture_is_never_passed_over) {
  const auto check = [](const std::string& name, const std::string& what, auto make) {
    const TemporaryFolder folder;
    folder.write("cat/1.png", dot(1));
    folder.write("dog/1.png", dot(2));
    make(folder.path() / name);
    check_error(folder.path(), folder.path() / name, what);
  };
  for (const std::string name : {"bird", "cat/2.png", "cat/2"}) {
    check(name, "is a symbolic link to nowhere, which is not there",
          [](const auto& path) { std::filesystem::create_symlink("nowhere", path); });
    check(name, "cannot be looked at: ", [](const auto& path) {
      std::filesystem::create_symlink(path.filename(), path);
    });
    check(name, "is neither a file nor a folder",
          [](const auto& path) { BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0); });
    check(name, "is neither a file nor a folder",
          [](const auto& path) { std::filesystem::create_symlink("/dev/null", path); });
  }
  check("cat/2.webp", "is named like a picture of another kind",
        [](const auto& path) { std::ofstream(path) << "RIFF"; });
  check("dog/2.TIFF", "is named like a picture of another kind",
        [](const auto& path) { std::ofstream(path) << "II*"; });
  check("dog/2.png", "is a folder, expected a picture",
        [](const auto& path) { std::filesystem::create_directory(path); });
}

// Gives up root's right to read all files, within its scope.
class AsNobody {
 public:
  AsNobody() : user_(geteuid()) {
    constexpr uid_t kNobody = 65534;
    if (user_ == 0) BOOST_REQUIRE(seteuid(kNobody) == 0);
  }
  ~AsNobody() {
    if (user_ == 0) BOOST_TEST(seteuid(user_) == 0);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  uid_t user_;
};

BOOST_AUTO_TEST_CASE(what_may_not_be_read_is_named) {
  using std::filesystem::perms;
  for (const std::string name : {"cat", "cat/1.png"}) {
    const TemporaryFolder folder;
    folder.write("cat/1.png", dot(1));
    folder.write("dog/1.png", dot(2));
    std::filesystem::permissions(folder.path(), perms(0755));
    std::filesystem::permissions(folder.path() / name, perms::none);
    {
      const AsNobody nobody;
      check_error(folder.path(), folder.path() / name, "Permission denied");
    }
    // Allows the folder to be removed.
    std::filesystem::permissions(folder.path() / name, perms::owner_all);
  }
}

BOOST_AUTO_TEST_CASE(transparent_pictures_lie_on_the_background) {
  const TemporaryFolder folder;
  // Alpha 51 is 0.2: 0.2 * 100 + 0.8 b.
  folder.write("a/1.png", test::png_file({1, 1, test::PngColour::grey_alpha, "\x64\x33"}));
  folder.write("a/2.png", test::png_file({1, 1, test::PngColour::grey_alpha, "\x64\x33"}));
  ImageFolderOptions options = kDot;
  BOOST_TEST(
      (image_folder(folder.path(), options).inputs.to_vector<int>() == std::vector<int>{224, 224}));
  options.background = {50, 50, 50};
  BOOST_TEST(
      (image_folder(folder.path(), options).inputs.to_vector<int>() == std::vector<int>{60, 60}));
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
