// Tests of the logs that observers of a run write: CSV, JSON lines and TensorBoard's event files.
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/run_log.hpp"
#include "framework/train/tensorboard_log.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"
#include "tests/training/event_reader.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(logs)

namespace {

namespace fs = std::filesystem;
using test::Event;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file, path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(text_of(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// y = scale · x
class Scale : public nn::Module {
 public:
  Variable forward(const Variable& x) override { return x * scale; }
  void visit(nn::Visitor& visitor) override { visitor.parameter("scale", scale); }
  Variable scale{Tensor::full({1}, 1), true};
};

// Batches of two and of one sample, with the means 2 and 8.
FixedBatches three_samples() {
  return FixedBatches({{Tensor::from<float>({2, 1}, {1, 3}), Tensor::zeros({2})},
                       {Tensor::from<float>({1, 1}, {8}), Tensor::zeros({1})}});
}

// Two epochs at the rate 0.25, so that scale is 1, 0.5, −1.5, −2 before its steps.
FitOptions options_of() {
  FitOptions options{
      .epochs = 2, .optimizer = optim::Sgd{.learning_rate = 0.25}, .progress = false};
  options.objective = [](nn::Module& model, const Batch& batch, const TrainingPosition&) -> Loss {
    const Variable loss = mean(model(Variable(batch.inputs)));
    return {loss,
            {{.name = "a, \"mean\"", .value = loss.value()},
             {.name = "count", .value = Tensor::full({}, 1), .rule = Rule::sum}}};
  };
  options.after_epoch = [](EpochReport& report) {
    report.test = classification_metrics(4, 0.25 + 0.5 * static_cast<double>(report.epoch), 2);
  };
  return options;
}

// The columns of a CSV file that hold no times.
std::vector<std::string> timeless(const fs::path& csv) {
  std::vector<std::string> rows;
  std::vector<std::size_t> times;
  for (const std::string& line : lines_of(csv)) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    if (rows.empty()) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].find("second") != std::string::npos) times.push_back(i);
      }
    }
    for (const std::size_t i : times) cells.at(i) = "time";
    std::string row;
    for (const std::string& cell : cells) row += cell + ',';
    rows.push_back(row);
  }
  return rows;
}

std::string timeless_json(const fs::path& file) {
  return std::regex_replace(text_of(file), std::regex("(\"(samples_per_)?seconds?\"):[^,}]*"),
                            "$1");
}

}  // namespace

BOOST_AUTO_TEST_CASE(steps_and_epochs_are_written_as_csv_and_json_lines) {
  const test::TemporaryFolder folder;
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = options_of();
  options.observers = {std::make_shared<RunLog>(folder.path() / "run")};
  fit(model, source, options);
  const std::vector<std::string> steps = timeless(folder.path() / "run.steps.csv");
  const std::vector<std::string> expected_steps{
      "epoch,step,samples,loss,learning_rate,time,\"a, \"\"mean\"\"\",count,",
      "1,1,2,2,0.25,time,2,1,", "1,2,1,4,0.25,time,4,1,", "2,3,2,-3,0.25,time,-3,1,",
      "2,4,1,-16,0.25,time,-16,1,"};
  BOOST_TEST(steps == expected_steps, boost::test_tools::per_element());
  const std::vector<std::string> epochs = timeless(folder.path() / "run.epochs.csv");
  BOOST_REQUIRE(epochs.size() == 3U);
  BOOST_TEST(
      epochs[0] ==
      "epoch,loss,learning_rate,time,time,\"a, \"\"mean\"\"\",count,test accuracy,test nll,");
  BOOST_TEST(epochs[1].starts_with("1,2.6666666666666665,0.25,time,time,2.666"));
  BOOST_TEST(epochs[2].ends_with(",2,0.75,2,"));
  const std::vector<std::string> lines = lines_of(folder.path() / "run.jsonl");
  BOOST_REQUIRE(lines.size() == 6U);
  const auto second = nlohmann::json::parse(lines[1]);
  BOOST_TEST(second.at("event") == "step");
  BOOST_TEST(second.at("step") == 2);
  BOOST_TEST(second.at("loss") == 4.0);
  BOOST_TEST(second.at("monitors").at("a, \"mean\"") == 4.0);
  BOOST_TEST(second.at("seconds").get<double>() > 0);
  const auto last = nlohmann::json::parse(lines[5]);
  BOOST_TEST(last.at("event") == "epoch");
  BOOST_TEST(last.at("epoch") == 2);
  BOOST_TEST(last.at("test").at("accuracy") == 0.75);
  BOOST_TEST(!last.contains("validation"));
}

BOOST_AUTO_TEST_CASE(some_steps_or_none_may_be_written) {
  const test::TemporaryFolder folder;
  for (const std::int64_t every : {3, 0}) {
    Scale model;
    FixedBatches source = three_samples();
    FitOptions options = options_of();
    const fs::path prefix = folder.path() / std::to_string(every);
    options.observers = {std::make_shared<RunLog>(prefix, every)};
    fit(model, source, options);
    BOOST_TEST(lines_of(prefix.string() + ".jsonl").size() == (every == 0 ? 2U : 3U));
  }
  // The third step alone, with its own loss.
  const std::vector<std::string> steps = timeless(folder.path() / "3.steps.csv");
  BOOST_REQUIRE(steps.size() == 2U);
  BOOST_TEST(steps[1] == "2,3,2,-3,0.25,time,-3,1,");
  BOOST_TEST(!fs::exists(folder.path() / "0.steps.csv"));
  BOOST_CHECK_EXCEPTION(RunLog(folder.path() / "x", -1), ValueError, says("[log] the number"));
  BOOST_CHECK_THROW(RunLog(folder.path() / "none" / "x"), FileError);
}

// A step of several batches has the mean over all of them.
BOOST_AUTO_TEST_CASE(a_step_of_several_batches_is_one_line) {
  const test::TemporaryFolder folder;
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = options_of();
  options.epochs = 1;
  options.accumulate = 2;
  options.observers = {std::make_shared<RunLog>(folder.path() / "run")};
  fit(model, source, options);
  const std::vector<std::string> steps = timeless(folder.path() / "run.steps.csv");
  BOOST_REQUIRE(steps.size() == 2U);
  BOOST_TEST(steps[1] == "1,1,3,4,0.25,time,4,2,");
}

// Interrupted at each question; then killed after further steps, whose lines are written again.
BOOST_AUTO_TEST_CASE(the_logs_of_a_resumed_run_are_those_of_an_uninterrupted_one) {
  const auto attempt = [](const fs::path& folder, int stop_at, const auto& resume) {
    Scale model;
    FixedBatches source = three_samples();
    FitOptions options = options_of();
    options.observers = {std::make_shared<RunLog>(folder / "run"),
                         std::make_shared<TensorBoardLog>(folder)};
    const fs::path file = folder / "state.safetensors";
    options.save = [&](const io::SafeTensors& state) {
      io::save_safetensors(file, state.tensors, state.metadata);
    };
    options.stop = [stop_at, asked = 0]() mutable { return ++asked == stop_at; };
    if (resume) options.resume = io::load_safetensors(*resume);
    try {
      fit(model, source, options);
    } catch (const Interrupted&) {
    }
  };
  const std::optional<fs::path> none;
  const test::TemporaryFolder whole;
  attempt(whole.path(), 0, none);
  const auto timeless_events = [](const fs::path& folder) {
    std::vector<Event> events = test::read_events(text_of(TensorBoardLog::file(folder)));
    std::erase_if(events, [](const Event& e) { return e.tag == "epoch/samples_per_second"; });
    for (Event& event : events) event.wall_time = 0;
    return events;
  };
  const std::vector<Event> expected = timeless_events(whole.path());
  BOOST_TEST(expected.size() > 20U);
  for (int k = 1; k <= 5; ++k) {
    const test::TemporaryFolder folder;
    attempt(folder.path(), k, none);
    const fs::path saved = folder.path() / "first.safetensors";
    fs::copy_file(folder.path() / "state.safetensors", saved);
    // More is written after the state than the run resumes from knows of.
    for (int further = 0; further < 2; ++further) attempt(folder.path(), 0, std::optional(saved));
    BOOST_TEST(
        timeless(folder.path() / "run.steps.csv") == timeless(whole.path() / "run.steps.csv"),
        boost::test_tools::per_element());
    BOOST_TEST(
        timeless(folder.path() / "run.epochs.csv") == timeless(whole.path() / "run.epochs.csv"),
        boost::test_tools::per_element());
    BOOST_TEST(timeless_json(folder.path() / "run.jsonl") ==
               timeless_json(whole.path() / "run.jsonl"));
    BOOST_TEST((timeless_events(folder.path()) == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_is_gone_is_an_error_of_a_resumed_run) {
  const test::TemporaryFolder folder;
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = options_of();
  io::SafeTensors state;
  options.save = [&](const io::SafeTensors& given) {
    state = given;
    for (NamedTensor& tensor : state.tensors) tensor.tensor = tensor.tensor.clone();
  };
  options.observers = {std::make_shared<RunLog>(folder.path() / "run")};
  fit(model, source, options);
  fs::remove(folder.path() / "run.jsonl");
  options.observers = {std::make_shared<RunLog>(folder.path() / "run")};
  options.resume = state;
  BOOST_CHECK_EXCEPTION(fit(model, source, options), FileError, says("run.jsonl"));
  options.observers.clear();
  BOOST_CHECK_NO_THROW(fit(model, source, options));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
