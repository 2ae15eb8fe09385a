// credence-rank-scaling: times training steps of the ranks of an MPI job, their messages, and the
// predictions and members that they share.
#include "bayes/methods/spread_members.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/predict.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/median.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/rank_group.hpp"
#include "benchmarks/steps/step_options.hpp"
#include "benchmarks/steps/step_timing.hpp"
#include "benchmarks/steps/timed_group.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"
#include "framework/train/fit.hpp"

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Examples:
  mpirun -n 2 credence-rank-scaling --model VGG11 --family bayesian --batch-size 32 --threads 1
      steps of a global batch of 64 on two ranks
  mpirun -n 2 credence-rank-scaling --messages
      sums of 8 bytes to 64 MiB over the ranks
  mpirun -n 2 credence-rank-scaling --model LeNet5 --family bayesian --predictions 60
      60 posterior samples for one batch, spread over the ranks
  mpirun -n 2 credence-rank-scaling --model LeNet5 --members 16 --steps 50
      16 members of an ensemble, each trained by one rank for 50 steps

Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

// Seconds that a rank waits for the others.
constexpr double kTimeout = 600;
constexpr int kRepeats = 5;

// Of this process on all its threads: what it computes, whatever else the machine does.
double cpu_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

struct Options : StepOptions {
  std::int64_t batch_size = 32;  ///< of each rank
  std::int64_t steps = 30;
  bool messages = false;
  std::int64_t predictions = 0;  ///< posterior samples; 0 for none
  std::int64_t members = 0;      ///< of an ensemble; 0 for none
  std::string command;
};

// One batch of random images for all steps, of which a rank has its share.
class OneBatch final : public train::BatchSource {
 public:
  OneBatch(train::Batch rows, std::int64_t ranks, std::int64_t steps)
      : rows_(std::move(rows)), ranks_(ranks), steps_(steps) {}
  std::int64_t samples() const override { return rows_.samples() * ranks_ * steps_; }
  std::int64_t batches() const override { return steps_; }
  void start_epoch(std::int64_t /*epoch*/) override { done_ = 0; }
  bool next(train::Batch& batch) override {
    if (done_++ == steps_) return false;
    batch = rows_;
    batch.whole_samples = ranks_ > 1 ? rows_.samples() * ranks_ : 0;
    return true;
  }
  bool take_share(const BatchShare& /*share*/) override { return true; }

 private:
  train::Batch rows_;
  std::int64_t ranks_;
  std::int64_t steps_;
  std::int64_t done_ = 0;
};

class StepTimer final : public train::Observer {
 public:
  explicit StepTimer(const TimedGroup& group) : group_(group) {}
  std::string name() const override { return "timer"; }
  void after_step(nn::Module& /*model*/, const train::TrainingPosition& /*position*/) override {
    step.push_back(milliseconds_since(begin_));
    in_group.push_back(group_.milliseconds - before_);
    cpu.push_back(cpu_milliseconds() - cpu_begin_);
    begin_ = Clock::now();
    cpu_begin_ = cpu_milliseconds();
    before_ = group_.milliseconds;
  }
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors& /*state*/) override {}

  std::vector<double> step;
  std::vector<double> in_group;
  std::vector<double> cpu;

 private:
  const TimedGroup& group_;
  Clock::time_point begin_ = Clock::now();
  double cpu_begin_ = cpu_milliseconds();
  double before_ = 0;
};

nlohmann::ordered_json time_steps(const Options& options, TimedGroup& group) {
  const Device device = prepare(options.computing);
  const auto model = make_model(options);
  OneBatch source(random_batch(model_named(options.model).image, options.batch_size, device),
                  group.size(), options.steps);
  const auto timer = std::make_shared<StepTimer>(group);
  train::fit(*model, source,
             {.epochs = 1,
              .objective = objective_of(options),
              .observers = {timer},
              .parallel = {.group = &group},
              .progress = false});
  // The first steps find no memory and no plans yet.
  const auto from = static_cast<std::ptrdiff_t>(timer->step.size() / 5);
  const std::vector<double> steps(timer->step.begin() + from, timer->step.end());
  const std::vector<double> in_group(timer->in_group.begin() + from, timer->in_group.end());
  const std::vector<double> cpu(timer->cpu.begin() + from, timer->cpu.end());
  const auto all = static_cast<double>(options.steps);
  std::size_t gradient_bytes = 0;
  for (const nn::NamedParameter& p : nn::parameters(*model)) {
    if (p.parameter->requires_grad()) gradient_bytes += p.parameter->value().bytes();
  }
  return {{"model", options.model},
          {"family", file_name(options.family)},
          {"ranks", group.size()},
          {"threads", num_threads()},
          {"batch_size", options.batch_size},
          {"median_ms", median(steps)},
          {"median_in_sums_ms", median(in_group)},
          {"gradient_bytes", gradient_bytes},
          {"bytes_a_step", static_cast<double>(group.summed_bytes) / all},
          {"messages_a_step", static_cast<double>(group.messages) / all},
          {"cpu_ms", cpu},
          {"steps_ms", steps},
          {"in_sums_ms", in_group}};
}

nlohmann::ordered_json time_messages(Group& group) {
  nlohmann::ordered_json json{{"ranks", group.size()}};
  for (std::size_t bytes = 8; bytes <= (std::size_t{64} << 20); bytes *= 8) {
    std::vector<float> numbers(bytes / sizeof(float), 0.0F);
    std::vector<double> times;
    const int repeats = bytes > (std::size_t{1} << 20) ? 15 : 200;
    for (int i = 0; i < repeats; ++i) {
      group.barrier();
      const Clock::time_point begin = Clock::now();
      group.all_reduce(std::span(numbers));
      times.push_back(milliseconds_since(begin));
    }
    json["sums"].push_back({{"bytes", bytes}, {"median_ms", median(times)}});
  }
  return json;
}

double largest_of_ranks(Group& group, double own) {
  double largest = own;
  for (const std::string& text : group.all_gather(std::to_string(own))) {
    largest = std::max(largest, std::stod(text));
  }
  return largest;
}

// How long the whole work takes on all ranks, and the processor's time of the busiest rank, some
// times; the first time finds no memory yet.
template <class Work>
nlohmann::ordered_json time_work(const Options& options, Group& group, Work work) {
  std::vector<double> times;
  std::vector<double> cpu;
  for (int i = 0; i < kRepeats + 1; ++i) {
    group.barrier();
    const Clock::time_point begin = Clock::now();
    const double cpu_begin = cpu_milliseconds();
    work();
    const double own = cpu_milliseconds() - cpu_begin;
    group.barrier();
    const double time = milliseconds_since(begin);
    const double busiest = largest_of_ranks(group, own);
    if (i == 0) continue;
    times.push_back(time);
    cpu.push_back(busiest);
  }
  return {{"model", options.model},
          {"family", file_name(options.family)},
          {"ranks", group.size()},
          {"threads", num_threads()},
          {"batch_size", options.batch_size},
          {"median_ms", median(times)},
          {"median_cpu_ms", median(cpu)},
          {"times_ms", times}};
}

nlohmann::ordered_json time_predictions(const Options& options, Group& group) {
  const Device device = prepare(options.computing);
  const auto model = make_model(options);
  const train::Batch batch =
      random_batch(model_named(options.model).image, options.batch_size, device);
  return time_work(options, group, [&] {
    bayes::predictive_log_probabilities(*model, batch.inputs,
                                        {.samples = options.predictions, .group = &group});
  });
}

nlohmann::ordered_json time_members(const Options& options, Group& group) {
  const Device device = prepare(options.computing);
  const train::Batch batch =
      random_batch(model_named(options.model).image, options.batch_size, device);
  const auto make = [&] { return make_model(options); };
  return time_work(options, group, [&] {
    bayes::spread_members(group, options.members, make, [&](std::int64_t /*member*/) {
      std::shared_ptr<nn::Module> model = make();
      OneBatch source(batch, 1, options.steps);
      train::fit(*model, source,
                 {.epochs = 1, .objective = objective_of(options), .progress = false});
      return std::make_unique<bayes::TrainedNetwork>(std::move(model));
    });
  });
}

nlohmann::ordered_json time_asked(const Options& options, TimedGroup& group) {
  if (options.messages) return time_messages(group);
  if (options.predictions > 0) return time_predictions(options, group);
  if (options.members > 0) return time_members(options, group);
  return time_steps(options, group);
}

void run(const Options& options) {
  const std::unique_ptr<Group> job = join_job(kTimeout);
  TimedGroup group(job ? *job : single_process());
  try {
    nlohmann::ordered_json json = time_asked(options, group);
    for (const auto& [name, value] : provenance("credence-rank-scaling", options.command)) {
      json["program"][name] = value;
    }
    if (group.rank() == 0) write_stdout(json.dump() + "\n");
  } catch (const std::exception& error) {
    group.fail(error.what());
    throw;
  }
}

int act(int argc, const char* const* argv) {
  Options options;
  CLI::App app{
      "Times training steps that the ranks of an MPI job make together, their sums, or predictions "
      "and members of an ensemble that are spread over them, and prints JSON. "
      "benchmarks/steps/simulate_ranks.py reads it.",
      "credence-rank-scaling"};
  app.footer(kFooter);
  add_step_options(app, options);
  using Count = Bounds<std::int64_t>;
  add_number(app, "--batch-size", options.batch_size, Count{1, 65536}, "Images of each rank's part")
      ->capture_default_str();
  add_number(app, "--steps", options.steps, Count{5, 100000}, "Steps to make")
      ->capture_default_str();
  app.add_flag("--messages", options.messages, "Time sums of 8 bytes to 64 MiB instead");
  add_number(app, "--predictions", options.predictions, Count{0, 100000},
             "Time so many posterior samples for one batch instead, spread over the ranks")
      ->capture_default_str();
  add_number(app, "--members", options.members, Count{0, 100000},
             "Time the training of so many members of an ensemble instead, each for --steps steps")
      ->capture_default_str();
  options.command = command_text(argc, argv);
  const auto status = parse(app, argc, argv, [&] { require_model_norm(options); });
  if (status) return *status;
  run(options);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  const auto body = [&] { return credence::benchmarks::act(argc, argv); };
  return credence::run_program("credence-rank-scaling", body);
}
