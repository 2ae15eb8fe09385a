// Tests of the event files that TensorBoardLog writes: with a reader made from the format's
// definition, and with TensorBoard's own where that is installed.
#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/tensorboard_log.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/python.hpp"
#include "tests/framework/training.hpp"
#include "tests/training/event_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(tensorboard)

namespace {

namespace fs = std::filesystem;
using test::Event;

// A run of two epochs of two steps, with a picture at its end, and what it wrote.
struct Run {
  Run() {
    FixedBatches source({{Tensor::from<float>({2, 1}, {1, 3}), Tensor::zeros({2}, DType::int64)},
                         {Tensor::from<float>({1, 1}, {8}), Tensor::zeros({1}, DType::int64)}});
    TensorBoardOptions settings{.every = 2};
    settings.scalars = [](nn::Module& module) -> std::vector<NamedValue> {
      return {{"kl/all", bayes::kl_divergence(module).value().item()}};
    };
    const auto log = std::make_shared<TensorBoardLog>(folder.path(), settings);
    FitOptions options{
        .epochs = 2, .optimizer = optim::Sgd{.learning_rate = 0.25}, .progress = false};
    options.objective = bayes::Elbo{};
    options.after_epoch = [](EpochReport& report) {
      report.test = classification_metrics(4, 0.25 + 0.5 * static_cast<double>(report.epoch), 2);
    };
    options.observers = {log};
    reports = fit(model, source, options);
    log->add_image("curve", 30, 20, "bytes of a picture");
  }

  std::string file() const { return TensorBoardLog::file(folder.path()); }
  std::vector<Event> events() const { return test::read_events(test::read_file(file())); }

  test::TemporaryFolder folder;
  nn::Sequential model{bayes::BayesianLinear(1, 2, {}, bayes::VariationalDropout{}, Generator(1))};
  std::vector<EpochReport> reports;
};

std::vector<Event> with_tag(const std::vector<Event>& events, const std::string& tag) {
  std::vector<Event> found;
  for (const Event& event : events) {
    if (event.tag == tag) found.push_back(event);
  }
  return found;
}

// An event as tests/tensorboard_check.py prints it.
nlohmann::json as_json(const Event& event) {
  nlohmann::json json{{"tag", event.tag}, {"step", event.step}};
  if (event.scalar) json["value"] = *event.scalar;
  if (event.histogram) {
    json["count"] = event.histogram->count;
    json["sum"] = event.histogram->sum;
    json["limits"] = event.histogram->limits;
    json["counts"] = event.histogram->counts;
  }
  if (event.image) {
    json["width"] = event.image->width;
    json["height"] = event.image->height;
    json["bytes"] = event.image->png;
  }
  return json;
}

}  // namespace

BOOST_AUTO_TEST_CASE(scalars_histograms_and_pictures_are_written) {
  Run run;
  const std::vector<Event> events = run.events();
  BOOST_TEST(events.front().version == "brain.Event:2");
  const std::vector<Event> losses = with_tag(events, "step/loss");
  BOOST_REQUIRE(losses.size() == 2U);
  BOOST_TEST((losses[0].step == 2 && losses[1].step == 4));
  BOOST_TEST(losses[0].wall_time > 1.7e9);
  const std::vector<Event> nll = with_tag(events, "epoch/nll");
  BOOST_REQUIRE(nll.size() == 2U);
  BOOST_TEST((nll[0].step == 2 && nll[1].step == 4));
  BOOST_TEST(*nll[1].scalar == static_cast<float>(run.reports[1].at("nll")));
  BOOST_TEST(*with_tag(events, "test/accuracy").back().scalar == 0.75F);
  BOOST_TEST(*with_tag(events, "kl/all").back().scalar ==
             static_cast<float>(bayes::kl_divergence(run.model).value().item()));
  for (const nn::NamedParameter& p : nn::parameters(run.model)) {
    const std::vector<Event> histograms = with_tag(events, "weights/" + p.name);
    BOOST_REQUIRE(histograms.size() == 2U);
    const std::vector<float> values = p.parameter->value().to_vector<float>();
    const test::Histogram& last = *histograms[1].histogram;
    BOOST_TEST(last.count == static_cast<double>(values.size()));
    BOOST_TEST(last.min == static_cast<double>(*std::min_element(values.begin(), values.end())));
    double in_buckets = 0;
    for (const double count : last.counts) in_buckets += count;
    BOOST_TEST(in_buckets == last.count);
  }
  const test::Image& image = *events.back().image;
  BOOST_TEST((events.back().tag == "curve" && events.back().step == 4));
  BOOST_TEST((image.width == 30 && image.height == 20 && image.png == "bytes of a picture"));
}

BOOST_AUTO_TEST_CASE(tensorboard_itself_reads_the_same) {
  const std::string python = test::python_with("CREDENCE_TENSORBOARD_PYTHON", "tensorboard");
  if (python.empty()) return;
  const Run run;
  const fs::path found = run.folder.path() / "found.json";
  const std::string command = "'" + python +
                              "' '" CREDENCE_SOURCE_ROOT "/tests/tensorboard_check.py' '" +
                              run.file() + "' >'" + found.string() + "' 2>/dev/null";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  nlohmann::json theirs = nlohmann::json::parse(test::read_file(found));
  nlohmann::json ours = nlohmann::json::array();
  for (const Event& event : run.events()) {
    if (!event.tag.empty()) ours.push_back(as_json(event));
  }
  BOOST_TEST(ours.size() > 20U);
  std::sort(theirs.begin(), theirs.end());
  std::sort(ours.begin(), ours.end());
  BOOST_TEST(theirs.dump(1) == ours.dump(1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
