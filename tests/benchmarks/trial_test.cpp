// Tests of trials, the training and evaluation of one model: the chosen epoch, resumption, and
// saved models.
#include "benchmarks/driver/trial.hpp"

#include "benchmarks/driver/trial_state.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/batch_norm.hpp"
#include "framework/train/fit.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace credence::benchmarks {
namespace {

const Images& images() {
  static const Images drawn{.train = data::synthetic_digits(140, Generator(1), data::Split::train),
                            .test = data::synthetic_digits(40, Generator(1), data::Split::test),
                            .where = "drawn"};
  return drawn;
}

Options options_in(const std::filesystem::path& out) {
  return {.epochs = 2,
          .batch_size = 64,
          .learning_rates = {1e-2, 5e-3},
          .samples = 2,
          .kl_warm_up = 0.5,
          .validation = 40,
          .workers = 0,
          .out = out,
          .progress = false};
}

// The number of times that a trial asks whether to stop. In each of two epochs: after each of two
// batches, and in evaluations on test and on validation images, after one batch and at the end.
// Once between the epochs. At the end: the evaluation with samples, with the mean, and of the
// chosen epoch.
constexpr int kQuestions = 2 * (2 + 2 + 2) + 1 + 3 * 2;

struct Outcome {
  FamilyResult result;
  std::vector<Tensor> parameters;
};

// A trial of a new model, as in a new process, that stops at the given question; 0 for never.
Outcome run(const Options& options, Family family, int stop_at = 0) {
  const Parts parts = parts_of(options, images());
  const NamedModel model = make_model(options, parts, family);
  int asked = 0;
  const Trial trial{.family = family, .epochs = options.epochs, .learning_rate = 5e-3, .stop = [&] {
                      return ++asked == stop_at;
                    }};
  FamilyResult result = run_trial(options, parts, model, trial);
  return {std::move(result), parameter_values(*model.module)};
}

Options resumed(Options options) {
  options.resume = true;
  return options;
}

bool same(const train::Metrics& a, const train::Metrics& b) { return a == b; }

// Compares everything except times.
void check_same(const Outcome& actual, const Outcome& expected) {
  BOOST_TEST(same_bits(actual.parameters, expected.parameters));
  const FamilyResult& a = actual.result;
  const FamilyResult& b = expected.result;
  BOOST_TEST(a.parameters == b.parameters);
  BOOST_TEST(a.chosen_epoch == b.chosen_epoch);
  BOOST_TEST(a.best_test_epoch == b.best_test_epoch);
  BOOST_TEST(same(a.last, b.last));
  BOOST_TEST(a.last_mean.has_value() == b.last_mean.has_value());
  if (b.last_mean) BOOST_TEST(same(*a.last_mean, *b.last_mean));
  BOOST_TEST(same(*a.chosen, *b.chosen));
  BOOST_TEST((a.kl_per_layer == b.kl_per_layer));
  BOOST_REQUIRE(a.epochs.size() == b.epochs.size());
  for (std::size_t i = 0; i < b.epochs.size(); ++i) {
    BOOST_TEST(a.epochs[i].loss == b.epochs[i].loss);
    BOOST_TEST((a.epochs[i].monitors == b.epochs[i].monitors));
    BOOST_TEST(same(*a.epochs[i].test, *b.epochs[i].test));
    BOOST_TEST(same(*a.epochs[i].validation, *b.epochs[i].validation));
  }
}

// Images of noise, in two classes.
data::Dataset noise_images(std::int64_t count, std::string_view name) {
  data::Dataset dataset{.name = "noise",
                        .inputs = Tensor::empty({count, 3, 32, 32}, DType::uint8),
                        .targets = Tensor::empty({count}, DType::int64),
                        .classes = 2};
  const RandomStream random = Generator(1).split(name).next();
  for (std::int64_t i = 0; i < dataset.inputs.numel(); ++i) {
    dataset.inputs.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(random.below(i, 256));
  }
  for (std::int64_t i = 0; i < count; ++i) dataset.targets.data<std::int64_t>()[i] = i % 2;
  return dataset;
}

struct Folder {
  test::TemporaryFolder folder;
  Options options = options_in(folder.path());
  std::filesystem::path state = *trial_state_file(options, Family::bayesian);

  void check_refused(const Options& other, const std::string& why) const {
    BOOST_CHECK_EXCEPTION(run(resumed(other), Family::bayesian), FileError,
                          says(state.string() + ": " + why));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trial, Folder)

BOOST_AUTO_TEST_CASE(the_chosen_epoch_is_the_first_best_with_its_own_running_statistics) {
  options.model = "VGG11";
  options.norm = zoo::Norm::batch;
  options.batch_size = 16;
  options.epochs = 2;
  options.validation = 4;
  options.out.reset();
  const Images noise{noise_images(20, "train"), noise_images(8, "test"), "made up"};
  const Parts parts = parts_of(options, noise);
  const NamedModel model = make_model(options, parts, Family::frequentist);
  const FamilyResult result =
      run_trial(options, parts, model,
                {.family = Family::frequentist, .epochs = options.epochs, .learning_rate = 1e-3});
  const train::EpochReport& chosen = result.epochs[static_cast<std::size_t>(result.chosen_epoch)];
  BOOST_REQUIRE(result.chosen_epoch < options.epochs - 1);
  std::int64_t as_good = 0;
  for (const train::EpochReport& scores : result.epochs) {
    BOOST_TEST(scores.validation->accuracy() <= chosen.validation->accuracy());
    as_good += scores.validation->accuracy() == chosen.validation->accuracy() ? 1 : 0;
  }
  BOOST_TEST(as_good > 1);
  BOOST_TEST(same(*result.chosen, *chosen.test));
  BOOST_TEST(same(result.last, *result.epochs.back().test));
  BOOST_TEST(!same(*result.chosen, result.last));
  BOOST_TEST(same(test_metrics(parts, model, Family::frequentist, 1), result.last));
}

BOOST_AUTO_TEST_CASE(a_resumed_trial_equals_an_uninterrupted_one_wherever_it_was_stopped) {
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const Outcome expected = run(options, family);
    // The frequentist family has no posterior mean to evaluate.
    const int questions = family == Family::bayesian ? kQuestions : kQuestions - 2;
    for (int question = 1; question <= questions; question += family == Family::bayesian ? 2 : 5) {
      BOOST_TEST_CONTEXT(to_string(family) << " stopped at question " << question) {
        BOOST_CHECK_THROW(run(options, family, question), train::Interrupted);
        check_same(run(resumed(options), family), expected);
      }
    }
    check_same(run(options, family, questions + 1), expected);
  }
}

BOOST_AUTO_TEST_CASE(a_trial_that_is_stopped_again_and_again_comes_to_the_same_end) {
  const Outcome expected = run(options, Family::bayesian);
  BOOST_CHECK_THROW(run(options, Family::bayesian, 3), train::Interrupted);
  for (const int question : {1, 2, 3, 4}) {
    BOOST_CHECK_THROW(run(resumed(options), Family::bayesian, question), train::Interrupted);
  }
  check_same(run(resumed(options), Family::bayesian), expected);
}

BOOST_AUTO_TEST_CASE(a_finished_trial_is_neither_trained_nor_evaluated_again) {
  const Outcome expected = run(options, Family::bayesian);
  const Outcome again = run(resumed(options), Family::bayesian, 1);
  check_same(again, expected);
  BOOST_TEST(again.result.training_seconds == expected.result.training_seconds);
}

BOOST_AUTO_TEST_CASE(without_resume_training_begins_anew) {
  const Outcome expected = run(options, Family::bayesian);
  BOOST_CHECK_THROW(run(options, Family::bayesian, 3), train::Interrupted);
  check_same(run(options, Family::bayesian), expected);
}

BOOST_AUTO_TEST_CASE(without_a_state_there_is_nothing_to_go_on_from) {
  const Outcome expected = run(options, Family::bayesian);
  remove_trial_states(options);
  BOOST_TEST(!std::filesystem::exists(state));
  check_same(run(resumed(options), Family::bayesian), expected);
}

BOOST_AUTO_TEST_CASE(the_state_follows_without_validation_images_too) {
  options.validation = 0;
  const Outcome expected = run(options, Family::frequentist);
  BOOST_TEST(!expected.result.chosen.has_value());
  BOOST_CHECK_THROW(run(options, Family::frequentist, 9), train::Interrupted);
  const Outcome actual = run(resumed(options), Family::frequentist);
  BOOST_TEST(same_bits(actual.parameters, expected.parameters));
  BOOST_TEST(same(actual.result.last, expected.result.last));
}

BOOST_AUTO_TEST_CASE(the_message_says_how_to_go_on) {
  BOOST_CHECK_EXCEPTION(
      run(options, Family::bayesian, 3), train::Interrupted,
      says("interrupted; the same command with --resume goes on from " + state.string()));
  Options nowhere = options;
  nowhere.out.reset();
  BOOST_CHECK_EXCEPTION(
      run(nowhere, Family::bayesian, 3), train::Interrupted,
      says("interrupted; nothing was saved, as no folder was given for it (--out)"));
}

BOOST_AUTO_TEST_CASE(a_state_of_another_run_is_refused) {
  BOOST_CHECK_THROW(run(options, Family::bayesian, 3), train::Interrupted);
  Options other = options;
  other.seed = 2;
  check_refused(
      other,
      "is of a run with seed 1, not 2; with --force in place of --resume training begins anew");
  other = options;
  other.epochs = 3;
  check_refused(other, "is of a run with epochs 2, not 3");
  other = options;
  other.temperature = 0.1;
  check_refused(other, "is of a run with temperature 1, not 0.1");
  other = options;
  other.training_images = 80;
  check_refused(other, "is of a run with training images 100, not 80");
  other = options;
  other.activation = nn::Activation::relu();
  check_refused(other, "is of a run with activation softplus(beta = 4), not relu");
}

// Where the weight of KL never leaves 0, that is a temperature of 0.
BOOST_AUTO_TEST_CASE(the_divergence_has_no_weight_before_its_delay_is_over) {
  options.kl_warm_up = 0;
  options.kl_delay = 1;
  const Outcome delayed = run(options, Family::bayesian);
  options.kl_delay = 0;
  const Outcome at_once = run(options, Family::bayesian);
  options.temperature = 0;
  BOOST_TEST(same_bits(delayed.parameters, run(options, Family::bayesian).parameters));
  BOOST_TEST(!same_bits(delayed.parameters, at_once.parameters));
}

BOOST_AUTO_TEST_CASE(samples_of_a_step_change_what_is_learned) {
  const Outcome one = run(options, Family::bayesian);
  options.samples_per_step = 3;
  BOOST_TEST(!same_bits(one.parameters, run(options, Family::bayesian).parameters));
}

BOOST_AUTO_TEST_CASE(the_rate_of_spreads_is_a_factor_on_that_of_their_means) {
  const auto spreads_move = [&](double factor) {
    options.spread_learning_rate = factor;
    const Parts parts = parts_of(options, images());
    const NamedModel model = make_model(options, parts, Family::bayesian);
    run_trial(options, parts, model,
              {.family = Family::bayesian, .epochs = 1, .learning_rate = 1e-3});
    double largest = 0;
    for (const nn::NamedParameter& p : nn::parameters(*model.module)) {
      if (p.role != nn::Role::spread) continue;
      for (const double log_alpha : p.parameter->value().to_vector<double>()) {
        largest = std::max(largest, std::abs(log_alpha + 5));
      }
    }
    return largest;
  };
  BOOST_TEST(spreads_move(0) == 0);
  // Adam's first step is one rate long, its second at most about as long.
  const double once = spreads_move(1);
  BOOST_TEST(once > 0);
  BOOST_TEST(once < 2.1e-3);
  BOOST_TEST(spreads_move(50) > 10 * once);
}

BOOST_AUTO_TEST_CASE(a_resumed_trial_averages_the_same_weights) {
  options.average = 0.6;
  const Outcome expected = run(options, Family::bayesian);
  options.out = folder.path() / "resumed";
  std::filesystem::create_directory(*options.out);
  // Within the average of steps 2 to 4, and in the evaluation of the averaged model.
  for (const int stop : {8, 11}) {
    BOOST_CHECK_THROW(run(options, Family::bayesian, stop), train::Interrupted);
    check_same(run(resumed(options), Family::bayesian), expected);
    std::filesystem::remove(*trial_state_file(options, Family::bayesian));
  }
  options.out = {};
  options.average = 0;
  BOOST_TEST(!same_bits(run(options, Family::bayesian).parameters, expected.parameters));
}

// A batch normalisation of the inputs has their statistics, whatever the weights are.
BOOST_AUTO_TEST_CASE(an_averaged_model_has_statistics_of_all_batches) {
  options.average = 0.5;
  const Parts parts = parts_of(options, images());
  const NamedModel model{
      .module = std::make_unique<nn::Sequential>(nn::BatchNorm2d(1), nn::Flatten(),
                                                 nn::Linear(28 * 28, 10, {}, Generator(1))),
      .activation = nn::Activation::relu()};
  const Trial trial{.epochs = 1, .learning_rate = 1e-3};
  run_trial(options, parts, model, trial);
  double expected = 0;
  data::Loader training = training_loader(options, parts, trial);
  training.start_epoch(0);
  train::Batch batch;
  while (training.next(batch)) {
    const std::vector<double> pixels = batch.inputs.to_vector<double>();
    expected += std::accumulate(pixels.begin(), pixels.end(), 0.0) /
                static_cast<double>(pixels.size()) / static_cast<double>(training.batches());
  }
  BOOST_TEST(train::batch_norm_statistics(*model.module)[0].item() == expected,
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_state_is_refused) {
  folder.write("bayesian.state.safetensors", "something else");
  check_refused(options, "");
  const Parts parts = parts_of(options, images());
  io::save_checkpoint(state, *make_model(options, parts, Family::bayesian).module);
  check_refused(options, "is not the state of a training run");
  BOOST_CHECK_THROW(run(options, Family::bayesian, 8), train::Interrupted);
  train::StateFiles files(state);
  io::SafeTensors file = files.load()->state;
  double& samples = *file.find("trial.test")->data<double>();
  for (const double wrong : {std::nan(""), -1.0, 1e300}) {
    const double right = std::exchange(samples, wrong);
    files.save(file);
    check_refused(options, "has scores of " + fmt::format("{}", wrong) + " samples");
    samples = right;
  }
  std::erase_if(file.tensors, [](const auto& t) { return t.name == "trial.chosen.3"; });
  files.save(file);
  check_refused(options, "lacks scores, or the model that was chosen by them");
}

BOOST_AUTO_TEST_CASE(a_saved_model_says_what_it_is) {
  const Parts parts = parts_of(options, images());
  options.activation = nn::Activation::softplus(10);
  const NamedModel model = make_model(options, parts, Family::frequentist);
  save_model(options, "some-model", model, Family::frequentist, parts);
  const auto metadata = io::load_safetensors(folder.path() / "some-model.safetensors").metadata;
  BOOST_TEST(metadata.at("model") == "LeNet5");
  BOOST_TEST(metadata.at("family") == "frequentist");
  BOOST_TEST(metadata.at("activation") == "softplus(beta = 10)");
  BOOST_TEST(metadata.at("norm") == "none");
  BOOST_TEST(!metadata.contains("widths"));
  options.widths = {4, 8, 30, 20};
  const NamedModel narrow = make_model(options, parts, Family::frequentist);
  BOOST_TEST(nn::parameters(*narrow.module)[0].parameter->value().shape()[0] == 4);
  save_model(options, "narrow", narrow, Family::frequentist, parts);
  BOOST_TEST(io::load_safetensors(folder.path() / "narrow.safetensors").metadata.at("widths") ==
             "4,8,30,20");
  BOOST_TEST(metadata.at("classes") == "10");
  BOOST_TEST(metadata.at("class_names") == "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  BOOST_TEST(metadata.at("mean") == "0");
  BOOST_TEST(metadata.at("std") == "1");
  BOOST_TEST(metadata.at("epochs") == "2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
