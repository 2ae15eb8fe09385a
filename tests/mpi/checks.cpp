// credence-mpi-checks: under mpirun, compares training on the ranks with training in one process.
//   equal     losses, monitors and parameters of every case equal those of one process to rounding
//   blocks    with blocks they have the same bits
//   samples   20 steps of several posterior samples that the ranks share equal those of one process
//   published  both for 20 steps of LeNet5 and VGG11 in their published sizes; takes minutes
//   resume DIR STEPS  trains into DIR for so many steps, or with 0 to the end, where the result is
//             compared with that of one process
//   predict   predictions, members of an ensemble and chains that are spread over the ranks equal
//             those of one process
//   nccl LIBRARY  sums by the NCCL of this file, of host memory that stands for a card's, equal
//             those of the group below it, or all ranks find out that it cannot make them
//   nccl-slow LIBRARY RANK  rank RANK sleeps before such a sum
//   slow STEP RANK  rank RANK says where it is and sleeps after step STEP: for kills and timeouts
// Prints a line for each case on rank 0. The status is 1 where a case fails.
#include "bayes/elbo.hpp"
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/sgmcmc.hpp"
#include "bayes/methods/spread_members.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/predictions.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/mpi/mpi_group.hpp"
#include "framework/nccl/nccl_group.hpp"
#include "tests/mpi/cases.hpp"
#include "zoo/lenet5.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <unistd.h>

namespace credence::test {
namespace {

// Sums of a few hundred float32 numbers, over some steps.
constexpr double kRounding = 1e-5;
constexpr double kLossRounding = 1e-6;
// Of parameters after 20 steps of VGG11, whose relus and maxima turn near ties: two batches of 8 in
// a step of one process differ as much from one batch of 16.
constexpr double kManySteps = 1e-3;

bool report(Group& group, const std::string& name, bool holds, double losses, double parameters) {
  holds = !on_some_rank(group, !holds);
  if (group.rank() == 0) {
    std::printf("%s  %s: losses differ by %.1e, parameters by %.1e\n", holds ? "ok    " : "FAILED",
                name.c_str(), losses, parameters);
    std::fflush(stdout);
  }
  return holds;
}

bool compare(Group& group, const std::string& name, const RankRun& run, const RankRun& alone,
             double parameter_bound = kRounding) {
  const double losses = largest_difference(run.losses, alone.losses);
  const double monitors = largest_difference(run.monitors, alone.monitors);
  const double parameters = largest_difference(run.parameters, alone.parameters);
  const bool holds = losses < kLossRounding && monitors < kRounding && parameters < parameter_bound;
  return report(group, name, holds, losses, parameters);
}

bool equal(Group& group) {
  bool all = true;
  for (const RankCase& one : rank_cases()) {
    const RankRun alone = train_case(one, {});
    const RankRun run = train_case(one, {.parallel = {.group = &group}});
    all = compare(group, one.name, run, alone) && all;
  }
  const std::vector<RankCase> cases = rank_cases();
  const RankRun alone = train_case(cases[2], {.accumulate = 2});
  const RankRun run = train_case(cases[2], {.parallel = {.group = &group}, .accumulate = 2});
  return compare(group, cases[2].name + ", steps of two batches", run, alone) && all;
}

bool blocks(Group& group) {
  bool all = true;
  for (const RankCase& one : rank_cases()) {
    if (one.normalizes) continue;
    const RankRun alone = train_case(one, {.parallel = {.blocks = 6}});
    const RankRun run = train_case(one, {.parallel = {.group = &group, .blocks = 6}});
    all = report(group, one.name + ", 6 blocks", same_bits(run, alone),
                 largest_difference(run.losses, alone.losses),
                 largest_difference(run.parameters, alone.parameters)) &&
          all;
  }
  return all;
}

// Closed-form and sampled divergences, and estimators that draw different things; 5 samples, which
// no number of ranks above 1 divides.
bool samples(Group& group) {
  bool all = true;
  const std::vector<RankCase> cases = rank_cases();
  for (const std::size_t i : {2U, 3U, 4U, 5U, 6U, 8U}) {
    RankCase one = cases[i];
    // A divergence that is no larger than the other term.
    one.objective = bayes::Elbo{.temperature = 1e-3, .samples = 5};
    const std::int64_t epochs = one.dataset.size() > 90 ? 4 : 7;
    const RankRun alone = train_case(one, {.epochs = epochs});
    const RankRun run =
        train_case(one, {.parallel = {.group = &group, .passes = 5}, .epochs = epochs});
    all = compare(group, one.name + ", shared samples", run, alone, kManySteps) && all;
  }
  const RankSettings two_batches{
      .parallel = {.group = &group, .passes = 2}, .epochs = 1, .accumulate = 2};
  RankCase one = cases[2];
  one.objective = bayes::Elbo{.samples = 2};
  if (group.size() == 2) {
    all = compare(group, one.name + ", shared samples, steps of two batches",
                  train_case(one, two_batches), train_case(one, {.accumulate = 2})) &&
          all;
  }
  return all;
}

bool resume(Group& group, const std::string& folder, std::int64_t steps) {
  bool all = true;
  const std::vector<RankCase> cases = rank_cases();
  for (const std::size_t i : {std::size_t{3}, std::size_t{9}}) {
    const RankCase& one = cases[i];
    const RankRun run = train_case(one, {.parallel = {.group = &group},
                                         .epochs = 2,
                                         .state = folder + "/" + std::to_string(i) + ".safetensors",
                                         .stop_after = steps});
    if (steps > 0) continue;
    const RankRun alone = train_case(one, {.epochs = 2});
    // The first losses are those of earlier processes.
    const double parameters = largest_difference(run.parameters, alone.parameters);
    const double monitors = largest_difference(run.monitors, alone.monitors);
    all = report(group, one.name + ", resumed", monitors < kRounding && parameters < kRounding,
                 monitors, parameters) &&
          all;
  }
  return all;
}

// 20 steps of the published sizes: takes minutes.
bool published(Group& group) {
  bool all = true;
  for (const RankCase& one : published_cases()) {
    const std::int64_t batch_size = one.dataset.size() / 20;
    const auto run = [&](Group& ranks, std::int64_t blocks) {
      return train_case(
          one, {.parallel = {.group = &ranks, .blocks = blocks}, .batch_size = batch_size});
    };
    const RankRun alone = run(single_process(), 0);
    all = compare(group, one.name + ", 20 steps of " + std::to_string(batch_size), run(group, 0),
                  alone, kManySteps) &&
          all;
    const RankRun blocks_alone = run(single_process(), 4);
    const RankRun blocks = run(group, 4);
    all = report(group, one.name + ", 4 blocks", same_bits(blocks, blocks_alone),
                 largest_difference(blocks.losses, blocks_alone.losses),
                 largest_difference(blocks.parameters, blocks_alone.parameters)) &&
          all;
  }
  return all;
}

// A network like that of the case, trained for an epoch by itself.
std::shared_ptr<nn::Module> trained(const RankCase& one, std::int64_t seed) {
  std::shared_ptr<nn::Module> model = one.model();
  data::Loader source(one.dataset, {.batch_size = 24,
                                    .shuffle = true,
                                    .generator = Generator(static_cast<std::uint64_t>(seed))});
  train::fit(*model, source, {.epochs = 1, .objective = one.objective, .progress = false});
  return model;
}

std::unique_ptr<bayes::Method> chain(const RankCase& one, std::int64_t number) {
  bayes::SgMcmcOptions options = bayes::sgld();
  options.learning_rate = 1e-3;
  options.samples_per_cycle = 2;
  options.generator = Generator(static_cast<std::uint64_t>(number));
  const std::shared_ptr<nn::Module> model = one.model();
  bayes::SgMcmc sampling(model, options);
  data::Loader source(one.dataset, {.batch_size = 24, .shuffle = true});
  train::FitOptions fit{.epochs = 1, .progress = false};
  sampling.prepare(fit);
  train::fit(*model, source, fit);
  return sampling.finish();
}

bool compare(Group& group, const std::string& name, const Tensor& spread, const Tensor& alone) {
  const double difference =
      largest_difference(std::vector<Tensor>{spread}, std::vector<Tensor>{alone});
  return report(group, name, spread.shape() == alone.shape() && difference < kRounding, difference,
                difference);
}

// Predictions whose passes are spread, of a model that folds them and of one that does not.
bool predictions(Group& group, const RankCase& one) {
  const std::shared_ptr<nn::Module> model = one.model();
  data::Loader source(one.dataset, {.batch_size = 40});
  train::Batch batch;
  source.start_epoch(0);
  source.next(batch);
  const bayes::PredictOptions all{.samples = 7};
  const bayes::PredictOptions shared{.samples = 7, .group = &group};
  bool holds = compare(group, one.name + ", one batch",
                       bayes::predictive_log_probabilities(*model, batch.inputs, shared),
                       bayes::predictive_log_probabilities(*model, batch.inputs, all));
  holds = compare(group, one.name + ", all batches",
                  bayes::class_predictions(*model, source, shared).log_probabilities,
                  bayes::class_predictions(*model, source, all).log_probabilities) &&
          holds;
  const train::Metrics rows = bayes::evaluate(*model, source, shared);
  const train::Metrics whole = bayes::evaluate(*model, source, all);
  const double difference = std::abs(rows.nll() - whole.nll()) / whole.nll();
  return report(group, one.name + ", evaluation",
                rows.accuracy() == whole.accuracy() && rows.samples == whole.samples &&
                    difference < kRounding,
                difference, 0) &&
         holds;
}

template <class Train>
bool members(Group& group, const std::string& name, const RankCase& one, Train train) {
  const auto make = [&] {
    return std::make_unique<zoo::LeNet5<zoo::Frequentist>>(zoo::LeNet5Options{}, Generator(5));
  };
  bayes::DeepEnsemble spread(bayes::spread_members(group, 4, make, train));
  bayes::DeepEnsemble alone(bayes::spread_members(single_process(), 4, make, train));
  data::Loader source(one.dataset, {.batch_size = 40});
  train::Batch batch;
  source.start_epoch(0);
  source.next(batch);
  return compare(group, name, bayes::predictive(spread, batch.inputs, 2, group),
                 bayes::predictive(alone, batch.inputs, 2));
}

bool predict(Group& group) {
  const std::vector<RankCase> cases = rank_cases();
  bool all = predictions(group, cases[2]);
  all = predictions(group, cases[4]) && all;
  all = members(group, "ensemble", cases[0],
                [&](std::int64_t member) -> std::unique_ptr<bayes::Method> {
                  return std::make_unique<bayes::TrainedNetwork>(trained(cases[0], member));
                }) &&
        all;
  return members(group, "chains of SGLD", cases[0],
                 [&](std::int64_t member) { return chain(cases[0], member); }) &&
         all;
}

bool nccl_sums(std::unique_ptr<Group> host, const std::string& library) {
  const std::unique_ptr<Group> group = nccl::over(std::move(host), {.file = library});
  void* const stream = reinterpret_cast<void*>(0x40);
  bool on_cards = false;
  bool same = true;
  for (const std::size_t count : {2500U, 1U}) {
    std::vector<float> numbers;
    for (std::size_t i = 0; i < count; ++i) {
      numbers.push_back(static_cast<float>(i + 1) * static_cast<float>(group->rank() + 1));
    }
    std::vector<float> expected = numbers;
    on_cards = group->sum_on_device(std::span(numbers), stream);
    if (on_cards) group->all_reduce(std::span(expected));
    same = same && numbers == expected;
  }
  const bool holds = !on_some_rank(*group, !same);
  if (group->rank() == 0) {
    std::printf("%s  %s\n", holds ? "ok    " : "FAILED", on_cards ? "on the cards" : "on the host");
  }
  return holds;
}

void slow_nccl_sum(std::unique_ptr<Group> host, const std::string& library, int rank,
                   std::chrono::duration<double> timeout) {
  const std::unique_ptr<Group> group =
      nccl::over(std::move(host), {.file = library, .timeout = timeout});
  std::vector<float> numbers{1, 2};
  for (int sum = 0; sum < 2; ++sum) {
    if (sum == 1 && group->rank() == rank) std::this_thread::sleep_for(std::chrono::seconds(60));
    group->sum_on_device(std::span(numbers), nullptr);
  }
}

bool slow(Group& group, int step, int rank) {
  const RankSettings settings{.parallel = {.group = &group}, .epochs = 3, .step = [&](int now) {
                                if (now != step || group.rank() != rank) return;
                                std::printf("rank %d is %d\n", rank, static_cast<int>(getpid()));
                                std::fflush(stdout);
                                std::this_thread::sleep_for(std::chrono::seconds(60));
                              }};
  train_case(rank_cases()[0], settings);
  return true;
}

int run(const std::vector<std::string>& arguments) {
  const double timeout =
      std::getenv("CHECK_TIMEOUT") ? std::atof(std::getenv("CHECK_TIMEOUT")) : 60;
  std::unique_ptr<Group> group = mpi::start({.timeout = std::chrono::duration<double>(timeout)});
  set_num_threads(1);
  const std::string& check = arguments.at(0);
  bool holds = false;
  if (check == "equal") holds = equal(*group);
  if (check == "blocks") holds = blocks(*group);
  if (check == "samples") holds = samples(*group);
  if (check == "resume") holds = resume(*group, arguments.at(1), std::stoll(arguments.at(2)));
  if (check == "published") holds = published(*group);
  if (check == "predict") holds = predict(*group);
  if (check == "nccl") return nccl_sums(std::move(group), arguments.at(1)) ? 0 : 1;
  if (check == "nccl-slow") {
    slow_nccl_sum(std::move(group), arguments.at(1), std::stoi(arguments.at(2)),
                  std::chrono::duration<double>(timeout));
    return 0;
  }
  if (check == "slow") holds = slow(*group, std::stoi(arguments.at(1)), std::stoi(arguments.at(2)));
  return holds ? 0 : 1;
}

}  // namespace
}  // namespace credence::test

int main(int argc, char** argv) {
  try {
    return credence::test::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "credence-mpi-checks: %s\n", error.what());
    return 1;
  }
}
