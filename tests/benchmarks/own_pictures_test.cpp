// Tests of a user's own pictures from a folder of classes to predictions with uncertainties: size,
// channels, normalisation and classes are those of the training wherever its models are used.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/data/pictures.hpp"
#include "zoo/lenet5.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(own_pictures)

namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

constexpr int kSide = 20;
const std::array<std::string, 6> kShapes{"bar", "cross", "disc", "frame", "pole", "stripes"};

// Whether the shape, about its centre, covers the pixel.
bool covers(const std::string& shape, int x, int y) {
  const int far = std::max(std::abs(x), std::abs(y));
  if (shape == "bar") return std::abs(y) < 2 && far < 8;
  if (shape == "pole") return std::abs(x) < 2 && far < 8;
  if (shape == "cross") return std::min(std::abs(x), std::abs(y)) < 2 && far < 8;
  if (shape == "disc") return x * x + y * y < 45;
  if (shape == "frame") return far < 8 && far > 5;
  return (x + y + 40) % 6 < 3;
}

// The shape in a colour and at a place of its own, in RGB.
std::string picture(const std::string& shape, std::mt19937& random) {
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  const int dx = kSide / 2 - 1 + below(3);
  const int dy = kSide / 2 - 1 + below(3);
  const std::array<int, 3> colour{150 + below(100), 150 + below(100), 150 + below(100)};
  std::string samples;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      for (const int level : colour) {
        samples += static_cast<char>((covers(shape, x - dx, y - dy) ? level : 30) - below(20));
      }
    }
  }
  return png_file({kSide, kSide, PngColour::rgb, samples});
}

void draw_shapes(const TemporaryFolder& folder, const std::string& dir, int each, unsigned seed) {
  std::mt19937 random(seed);
  for (const std::string& shape : kShapes) {
    for (int i = 0; i < each; ++i) {
      folder.write(dir + "/" + shape + "/" + std::to_string(i) + ".png", picture(shape, random));
    }
  }
}

// A run on pictures of six shapes, each stretched to 32 × 32 pixels in colour.
class Shapes {
 public:
  Shapes() {
    draw_shapes(folder, "shapes", 25, 1);
    draw_shapes(folder, "others", 5, 2);
    trained = bench({"--data-dir",
                     pictures,
                     "--dataset",
                     "image-folder",
                     "--image-size",
                     "32",
                     "--channels",
                     "3",
                     "--epochs",
                     "8",
                     "--lr",
                     "3e-3",
                     "3e-3",
                     "--batch-size",
                     "16",
                     "--samples",
                     "3",
                     "--out",
                     out,
                     "--no-progress"});
  }

  static Outcome bench(Arguments arguments) {
    return run_program(CREDENCE_BENCH, arguments, {"OMP_NUM_THREADS=1"});
  }

  Json json(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--json", "-"});
    const Outcome outcome = bench(arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out);
  }

  // What a task makes of the trained models.
  Json task(const std::string& name, const std::string& pretrained,
            const Arguments& more = {}) const {
    Arguments arguments{"--task",    name, "--dataset",    "image-folder", "--data-dir",   pictures,
                        "--samples", "3",  "--pretrained", pretrained,     "--no-progress"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json(arguments);
  }

  TemporaryFolder folder;
  const std::string pictures = (folder.path() / "shapes").string();
  const std::string others = (folder.path() / "others").string();
  const std::string out = (folder.path() / "out").string();
  const std::string frequentist = out + "/frequentist.safetensors";
  const std::string bayesian = out + "/bayesian.safetensors";
  Outcome trained;
};

// Trained once for all tests.
const Shapes& trained_shapes() {
  static const Shapes shapes;
  BOOST_TEST_REQUIRE(shapes.trained.status == 0, shapes.trained.err);
  return shapes;
}

// Of the last epoch, which checkpoints hold.
double trained_nll(const Shapes& shapes, std::size_t family) {
  const Json results = Json::parse(read_text(shapes.out + "/results.json"));
  return results.at("families").at(family).at("test_after_last_epoch").at("nll").get<double>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folder_of_classes_is_trained_on_evaluated_and_predicted) {
  const Shapes& shapes = trained_shapes();
  BOOST_TEST(shapes.trained.out.find("6 classes of shape [3, 32, 32]") != std::string::npos,
             shapes.trained.out);
  BOOST_TEST(shapes.trained.out.find("image-folder: 108 training, 12 validation, 30 test images") !=
                 std::string::npos,
             shapes.trained.out);
  const Json results = Json::parse(read_text(shapes.out + "/results.json"));
  for (const Json& family : results.at("families")) {
    BOOST_TEST(family.at("test_after_last_epoch").at("accuracy").get<double>() > 0.6);
  }
  const auto metadata = io::load_safetensors(shapes.bayesian).metadata;
  BOOST_TEST(metadata.at("image") == "3,32,32");
  BOOST_TEST(metadata.at("class_names") == "bar\ncross\ndisc\nframe\npole\nstripes\n");
  // Most pixels are ground, of level 30 − 9.5 on average.
  for (const Json& mean : results.at("pixel_mean")) {
    BOOST_TEST((mean.get<double>() > 0.1 && mean.get<double>() < 0.4));
  }

  // The command evaluate finds the test pictures of the run again.
  const Json own = shapes.json({"evaluate", "--checkpoint", shapes.bayesian, "--samples", "3",
                                "--data-dir", shapes.pictures});
  BOOST_TEST(own.at("images") == 30);
  BOOST_TEST(own.at("posterior_samples").at("nll").get<double>() == trained_nll(shapes, 1));
  const Json all = shapes.json({"evaluate", "--checkpoint", shapes.frequentist, shapes.others});
  BOOST_TEST(all.at("images") == 30);
  BOOST_TEST(all.at("weights").at("accuracy").get<double>() > 0.6);

  const Json predictions = shapes.json({"predict", "--checkpoint", shapes.bayesian, shapes.others});
  BOOST_TEST_REQUIRE(predictions.size() == 30U);
  int right = 0;
  for (const Json& prediction : predictions) {
    const std::string file = prediction.at("file").get<std::string>();
    const std::string name = std::filesystem::path(file).parent_path().filename().string();
    right += prediction.at("prediction") == name ? 1 : 0;
    double sum = 0;
    for (const Json& p : prediction.at("probabilities")) sum += p.get<double>();
    BOOST_TEST(std::abs(sum - 1) < 1e-6);
    BOOST_TEST(prediction.at("epistemic").get<double>() > 0);
    BOOST_TEST(prediction.at("aleatoric").get<double>() > 0);
  }
  BOOST_TEST(right > 18);
}

BOOST_AUTO_TEST_CASE(tasks_and_prune_take_the_trained_models_as_they_are) {
  const Shapes& shapes = trained_shapes();
  const double frequentist = trained_nll(shapes, 0);
  const double bayesian = trained_nll(shapes, 1);
  const auto nll = [](const Json& family) {
    return family.at("test_after_last_epoch").at("nll").get<double>();
  };
  BOOST_TEST(nll(shapes.task("uncert", shapes.bayesian).at("family")) == bayesian);
  const Json init = shapes.task("init", shapes.frequentist, {"--epochs", "1"});
  BOOST_TEST(nll(init.at("pretrained")) == frequentist);
  BOOST_TEST(init.at("settings").at("image") == (Json{3, 32, 32}));
  for (const Json& run : {shapes.task("calib", shapes.out),
                          shapes.task("ood", shapes.out, {"--ood-data", shapes.others})}) {
    BOOST_TEST(run.at("families").at(0).at("report").at("nll").get<double>() == frequentist,
               boost::test_tools::tolerance(1e-5));
    BOOST_TEST(run.at("families").at(1).at("report").at("nll").get<double>() == bayesian,
               boost::test_tools::tolerance(1e-5));
  }
  const Json pruned =
      shapes.json({"prune", "--checkpoint", shapes.bayesian, "--data-dir", shapes.pictures,
                   "--share", "0.5", "--fine-tune", "1", "--out", shapes.out + "/pruned"});
  const Json smaller =
      shapes.json({"evaluate", "--checkpoint", shapes.out + "/pruned/smaller.safetensors",
                   "--data-dir", shapes.pictures});
  BOOST_TEST(smaller.at("weights").at("accuracy") ==
             pruned.at("models").at("smaller").at("accuracy"));
  const Json exported = shapes.json(
      {"export", "--checkpoint", shapes.bayesian, "--out", shapes.out + "/pruned/net.onnx"});
  BOOST_TEST(exported.at("input").at("shape") == (Json{3, 32, 32}));
}

BOOST_AUTO_TEST_CASE(pictures_that_training_saw_are_not_tested_by_mistake) {
  const Shapes& shapes = trained_shapes();
  const Outcome seed =
      Shapes::bench({"--task", "uncert", "--dataset", "image-folder", "--data-dir", shapes.pictures,
                     "--pretrained", shapes.bayesian, "--seed", "2"});
  BOOST_TEST(seed.status == 1);
  BOOST_TEST(
      seed.err.find("was trained with --seed 1 and other test pictures") != std::string::npos,
      seed.err);
  std::mt19937 random(3);
  const std::filesystem::path added =
      shapes.folder.write("shapes/disc/new.png", picture("disc", random));
  const Outcome changed =
      Shapes::bench({"evaluate", "--checkpoint", shapes.bayesian, "--data-dir", shapes.pictures});
  BOOST_TEST(changed.status == 1);
  BOOST_TEST(changed.err.starts_with("credence-bench: " + shapes.pictures + ": has other pictures"),
             changed.err);
  std::filesystem::remove(added);
}

BOOST_AUTO_TEST_CASE(sizes_and_shapes_that_do_not_fit_are_named) {
  const TemporaryFolder folder;
  draw_shapes(folder, "shapes", 2, 1);
  const auto check = [&](const Arguments& more, int status, const std::string& what) {
    Arguments arguments{"--data-dir", (folder.path() / "shapes").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = Shapes::bench(arguments);
    BOOST_TEST(outcome.status == status, outcome.err);
    BOOST_TEST(outcome.err.find(what) != std::string::npos, outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  };
  const Arguments own{"--dataset", "image-folder"};
  const auto with = [&](Arguments more) {
    more.insert(more.begin(), own.begin(), own.end());
    return more;
  };
  check(with({"--image-size", "12"}), 2,
        "--image-size: LeNet5 takes images of at least 16 x 16 pixels, not 12 x 12");
  check(with({"--image-size", "28", "--model", "VGG11"}), 2,
        "--image-size: VGG11 takes images of at least 32 x 32 pixels, not 28 x 28");
  check(with({"--image-size", "7"}), 2, "--image-size: 7 is no whole number in 8");
  check(with({"--channels", "2"}), 2, "--channels");
  check(with({"--channels", "1", "--grey"}), 2, "--grey");
  check({"--image-size", "32"}, 2, "--image-size: is for data set image-folder alone");
  check({"--grey", "--dataset", "mnist"}, 2, "--channels: is for data set image-folder alone");

  zoo::LeNet5<> model({}, Generator(1));
  const auto file = folder.path() / "model.safetensors";
  for (const auto& [image, what] : {std::pair{"3,28", "has images of the shape 3,28"},
                                    {"2,28,28", "has images of the shape 2,28,28"},
                                    {"1,4294967296,4294967296", "which is not C,H,W"},
                                    {"1,8,8", "at least 16 x 16 pixels, not 8 x 8"},
                                    {"1,4000,4000", "has a \"fc1.weight\" with 256 columns"}}) {
    io::save_checkpoint(file, model, {{"model", "LeNet5"}, {"image", image}});
    const Outcome outcome = Shapes::bench(
        {"predict", "--checkpoint", file.string(), (folder.path() / "shapes").string()});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.err.find(what) != std::string::npos, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_of_predictions_names_what_cannot_be_read) {
  const TemporaryFolder folder;
  draw_shapes(folder, "shapes", 1, 1);
  zoo::LeNet5<> model({}, Generator(1));
  const std::string file = (folder.path() / "model.safetensors").string();
  io::save_checkpoint(file, model, {{"model", "LeNet5"}});
  const std::string empty = (folder.write("empty/notes.txt", "hello").parent_path()).string();
  const std::string webp =
      folder.write("shapes/disc/a.webp", std::string("RIFF\x24\0\0\0WEBPVP8 ", 16)).string();
  folder.write("shapes/.hidden/a.png", "");
  const Outcome outcome = Shapes::bench(
      {"predict", "--checkpoint", file, empty, (folder.path() / "shapes").string(), "--json", "-"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(line_count(outcome.err) == 2, outcome.err);
  BOOST_TEST(outcome.err.find(empty + ": has no pictures in it or below") != std::string::npos,
             outcome.err);
  BOOST_TEST(outcome.err.find(webp + ": is a WebP picture") != std::string::npos, outcome.err);
  const Json json = Json::parse(outcome.out);
  BOOST_TEST(json.size() == 8U);
  BOOST_TEST(json.at(0).at("file") == empty);
  BOOST_TEST(json.at(1).at("file") == (folder.path() / "shapes/bar/0.png").string());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
