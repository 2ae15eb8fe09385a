// Tests of users' pictures in credence-bench: good and bad ones together, transparency, and data
// sets that are folders of pictures.
#include "tests/data/pictures.hpp"

#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"

#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(users_pictures)

namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

constexpr int kSide = 28;

// Whether a stroke of the digit 1 covers the pixel.
bool is_ink(int row, int column) { return row > 4 && row < 24 && column > 11 && column < 16; }

// A picture of kSide x kSide pixels, each with the samples of ink or of ground.
std::string drawing(PngColour colour, const std::string& ink, const std::string& ground) {
  std::string samples;
  for (int i = 0; i < kSide * kSide; ++i) samples += is_ink(i / kSide, i % kSide) ? ink : ground;
  return png_file({kSide, kSide, colour, samples});
}

std::string black_on_clear() {
  return drawing(PngColour::grey_alpha, std::string("\0\xFF", 2), std::string(2, '\0'));
}
std::string black_on_white() { return drawing(PngColour::grey, std::string(1, '\0'), "\xFF"); }

// A folder with the checkpoint of an untrained LeNet5.
class WithModel {
 public:
  WithModel() {
    zoo::LeNet5<> model({}, Generator(1));
    io::save_checkpoint(folder.path() / "lenet5.safetensors", model, {{"model", "LeNet5"}});
  }

  Outcome predict(const Arguments& more) const {
    Arguments arguments{"predict", "--checkpoint", (folder.path() / "lenet5.safetensors").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }

  // The probabilities of one picture, as JSON.
  Json probabilities(const std::string& picture, const Arguments& more) const {
    Arguments arguments{folder.write("picture.png", picture).string(), "--json", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = predict(arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out).at(0).at("probabilities");
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_drawing_on_transparent_ground_is_one_on_white) {
  const WithModel with;
  const std::string rgba =
      drawing(PngColour::rgb_alpha, std::string("\0\0\0\xFF", 4), std::string(4, '\0'));
  for (const Arguments& invert : {Arguments{}, Arguments{"--invert"}}) {
    const Json expected = with.probabilities(black_on_white(), invert);
    BOOST_TEST(with.probabilities(black_on_clear(), invert) == expected);
    BOOST_TEST(with.probabilities(rgba, invert) == expected);
  }
  // On black, nothing is visible.
  const std::string black = drawing(PngColour::grey, std::string(1, '\0'), std::string(1, '\0'));
  BOOST_TEST(with.probabilities(black_on_clear(), {"--background", "black"}) ==
             with.probabilities(black, {}));
  // On grey, the ground has the background's level, and its complement after --invert.
  const std::string on_grey = drawing(PngColour::grey, std::string(1, '\0'), "\x64");
  const std::string inverted = drawing(PngColour::grey, "\xFF", "\x9B");
  BOOST_TEST(with.probabilities(rgba, {"--background", "#646464"}) ==
             with.probabilities(on_grey, {}));
  BOOST_TEST(with.probabilities(rgba, {"--background", "#646464", "--invert"}) ==
             with.probabilities(inverted, {}));
  BOOST_TEST(with.probabilities(on_grey, {}) != with.probabilities(black_on_white(), {}));
}

BOOST_AUTO_TEST_CASE(a_bad_picture_does_not_keep_the_good_ones_from_their_results) {
  const WithModel with;
  const std::string good = with.folder.write("good.png", black_on_white()).string();
  const std::string bad = with.folder.write("bad.png", black_on_white().substr(0, 60)).string();
  const std::string good2 = with.folder.write("good2.png", black_on_clear()).string();
  const std::string missing = (with.folder.path() / "missing.png").string();
  const Outcome alone = with.predict({good});
  const Outcome alone2 = with.predict({good2});
  const Outcome mixed = with.predict({good, bad, good2, missing});
  BOOST_TEST(mixed.status == 1);
  BOOST_TEST(mixed.out == alone.out + alone2.out);
  BOOST_TEST(line_count(mixed.err) == 2, mixed.err);
  BOOST_TEST(mixed.err.starts_with("credence-bench: " + bad + ": byte 60: "), mixed.err);
  BOOST_TEST(mixed.err.find("\ncredence-bench: " + missing + ": ") != std::string::npos, mixed.err);

  const std::string file = (with.folder.path() / "results.json").string();
  const Outcome to_stdout = with.predict({good, bad, good2, "--json", "-"});
  const Outcome to_file = with.predict({good, bad, good2, "--json", file});
  BOOST_TEST(to_stdout.status == 1);
  BOOST_TEST(to_file.status == 1);
  BOOST_TEST(to_file.out == alone.out + alone2.out);
  BOOST_TEST(read_text(file) == to_stdout.out);
  const Json json = Json::parse(to_stdout.out);
  BOOST_TEST_REQUIRE(json.size() == 3U);
  BOOST_TEST(json.at(0).at("file") == good);
  BOOST_TEST(json.at(0).contains("prediction"));
  BOOST_TEST(json.at(1).at("file") == bad);
  BOOST_TEST(json.at(1).at("error").get<std::string>().starts_with(bad + ": byte 60: "));
  BOOST_TEST(!json.at(1).contains("prediction"));
  BOOST_TEST(json.at(2).at("prediction") == json.at(0).at("prediction"));
}

BOOST_AUTO_TEST_CASE(other_files_are_named_for_what_they_are) {
  const WithModel with;
  const std::string webp =
      with.folder.write("a.png", std::string("RIFF\x24\0\0\0WEBPVP8 ", 16)).string();
  const std::string huge =
      with.folder
          .write("b.png", png_file({110000, 100000, PngColour::grey, std::string(100000, 'x')}))
          .string();
  const Outcome pictures = with.predict({webp, huge});
  BOOST_TEST(pictures.status == 1);
  BOOST_TEST(pictures.out == "");
  BOOST_TEST(pictures.err.find("is a WebP picture, expected") != std::string::npos, pictures.err);
  BOOST_TEST(pictures.err.find("too many pixels: 110000 x 100000") != std::string::npos,
             pictures.err);
  const std::string pt =
      with.folder
          .write("lenet5.pt", std::string("PK\3\4", 4) + std::string(22, '\0') +
                                  std::string("\x0F\0\0\0", 4) + "lenet5/data.pkl")
          .string();
  for (const Arguments& arguments :
       {Arguments{"predict", "--checkpoint", pt, webp}, Arguments{"evaluate", "--checkpoint", pt},
        Arguments{"--task", "uncert", "--pretrained", pt, "--dataset", "synthetic-digits"}}) {
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.err.find(
                   pt + ": is a PyTorch zip (torch.save), expected a safetensors file: save") !=
                   std::string::npos,
               outcome.err);
  }
}

// Three pictures for each class, as bright as its name is long.
void write_set(const TemporaryFolder& folder, const std::string& split,
               const std::vector<std::string>& classes) {
  for (const std::string& name : classes) {
    for (const char* number : {"1", "2", "3"}) {
      const std::string level(1, static_cast<char>(40 * static_cast<int>(name.size())));
      folder.write(split + "/" + name + "/" + number + ".png",
                   drawing(PngColour::grey, level, std::string(1, '\0')));
    }
  }
}

Outcome train_on(const TemporaryFolder& folder, const Arguments& more) {
  Arguments arguments{"--dataset",    "image-folder",
                      "--data-dir",   folder.path().string(),
                      "--validation", "0",
                      "--epochs",     "1",
                      "--samples",    "1",
                      "--batch-size", "4",
                      "--no-progress"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(CREDENCE_BENCH, arguments);
}

BOOST_AUTO_TEST_CASE(a_folder_of_pictures_is_trained_on_and_tested_in_the_same_classes) {
  const TemporaryFolder folder;
  write_set(folder, "train", {"a", "bb", "ccc"});
  write_set(folder, "test", {"a", "bb", "ccc"});
  const std::filesystem::path out = folder.path() / "out";
  const Outcome outcome = train_on(folder, {"--classes", "ccc,a,bb", "--out", out.string()});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.find("image-folder: 9 training, 0 validation, 9 test images") !=
                 std::string::npos,
             outcome.out);
  const std::filesystem::path model = out / "frequentist.safetensors";
  BOOST_TEST(io::load_safetensors(model).metadata.at("class_names") == "ccc\na\nbb\n");
  // The command evaluate takes the classes from the file and prints what training reported.
  const Outcome evaluated =
      run_program(CREDENCE_BENCH, {"evaluate", "--checkpoint", model.string(), "--data-dir",
                                   folder.path().string(), "--json", "-"});
  BOOST_TEST_REQUIRE(evaluated.status == 0, evaluated.err);
  const Json trained = Json::parse(read_text(out / "results.json"));
  BOOST_TEST(Json::parse(evaluated.out).at("weights").at("nll") ==
             trained.at("families").at(0).at("test_after_last_epoch").at("nll"));
}

BOOST_AUTO_TEST_CASE(a_trained_model_with_its_classes_in_another_order_is_refused) {
  const TemporaryFolder folder;
  write_set(folder, "train", {"a", "bb"});
  write_set(folder, "test", {"a", "bb"});
  const auto save = [&](const std::string& class_names) {
    zoo::BayesianLeNet5 model({.classes = 2}, Generator(1));
    const std::filesystem::path file = folder.path() / "model.safetensors";
    io::save_checkpoint(file, model, {{"model", "LeNet5"}, {"class_names", class_names}});
    return file.string();
  };
  const auto run = [&](const std::string& file) {
    return run_program(CREDENCE_BENCH, {"--task", "uncert", "--pretrained", file, "--dataset",
                                        "image-folder", "--data-dir", folder.path().string(),
                                        "--validation", "0", "--samples", "1"});
  };
  const Outcome other = run(save("bb\na\n"));
  BOOST_TEST(other.status == 1);
  BOOST_TEST(
      other.err.find("has the classes in the order bb, a, image-folder in the order a, bb") !=
          std::string::npos,
      other.err);
  const Outcome same = run(save("a\nbb\n"));
  BOOST_TEST(same.status == 0, same.err);
}

// In DIR/CLASS, or in DIR/test/CLASS as a data set has them.
BOOST_AUTO_TEST_CASE(pictures_in_folders_are_other_images) {
  const WithModel with;
  write_small_mnist(with.folder, 1, 20);
  const TemporaryFolder pictures;
  write_set(pictures, "test", {"a", "bb"});
  const auto ood = [&](const std::filesystem::path& folder) {
    const Outcome outcome = run_program(
        CREDENCE_BENCH,
        {"evaluate", "--checkpoint", (with.folder.path() / "lenet5.safetensors").string(),
         "--data-dir", with.folder.path().string(), "--ood-data", folder.string(), "--json", "-"});
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out).at("weights").at("ood");
  };
  Json inner = ood(pictures.path() / "test");
  const Json outer = ood(pictures.path());
  BOOST_TEST(inner.at(0).at("name") == "test");
  BOOST_TEST(inner.at(0).at("images") == 6);
  BOOST_TEST(inner.at(0).at("detection").size() == 3U);
  inner.at(0)["name"] = pictures.path().filename().string();
  BOOST_TEST(outer == inner);
}

BOOST_AUTO_TEST_CASE(a_class_that_one_split_lacks_is_an_error) {
  const TemporaryFolder folder;
  write_set(folder, "train", {"a", "bb", "ccc"});
  write_set(folder, "test", {"a", "ccc"});
  const auto check = [&](const Arguments& more, const std::filesystem::path& culprit,
                         const std::string& what) {
    const Outcome outcome = train_on(folder, more);
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.err.starts_with("credence-bench: " + culprit.string() + ": " + what),
               outcome.err);
  };
  check({}, folder.path() / "test/bb", "is no folder, expected one for each class of a, bb, ccc");
  check({"--classes", "a,ccc"}, folder.path() / "train/bb", "is none of the classes a, ccc");
  write_set(folder, "test", {"bb", "dddd"});
  check({}, folder.path() / "test/dddd", "is none of the classes a, bb, ccc");
  std::filesystem::remove_all(folder.path() / "test/dddd");
  std::filesystem::create_symlink("nowhere", folder.path() / "test/a/4.png");
  check({}, folder.path() / "test/a/4.png", "is a symbolic link to nowhere, which is not there");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
