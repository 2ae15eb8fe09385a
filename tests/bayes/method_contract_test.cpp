// The contract of methods, a line for each method of bayes/methods: what each of them does,
// whatever its functions are.
#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/hmc.hpp"
#include "bayes/methods/ivon_training.hpp"
#include "bayes/methods/laplace.hpp"
#include "bayes/methods/mc_dropout.hpp"
#include "bayes/methods/sgmcmc.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/swag_training.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/train/fit.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/memory_of_nan.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(method_contract)

namespace {

constexpr std::int64_t kEpochs = 3;

Tensor new_inputs() { return normals({5, 4}, "new").to(DType::float32); }

// Four batches of six rows with labels of three classes.
FixedBatches rows() {
  std::vector<train::Batch> batches;
  for (int i = 0; i < 4; ++i) {
    batches.push_back({normals({6, 4}, "rows " + std::to_string(i)).to(DType::float32),
                       Tensor::from<std::int64_t>({6}, {0, 1, 2, 2, i % 3, 1})});
  }
  return FixedBatches(std::move(batches));
}

std::unique_ptr<nn::Sequential> plain_net() {
  const Generator generator(1);
  return std::make_unique<nn::Sequential>(nn::Linear(4, 6, {}, generator.split("a")),
                                          nn::BatchNorm1d(6), nn::Activation::tanh(),
                                          nn::Linear(6, 3, {}, generator.split("b")));
}

std::unique_ptr<nn::Sequential> dropout_net() {
  const Generator generator(2);
  return std::make_unique<nn::Sequential>(
      nn::Linear(4, 6, {}, generator.split("a")), nn::Activation::tanh(),
      nn::Dropout(0.4, generator.split("dropout")), nn::Linear(6, 3, {}, generator.split("b")));
}

std::unique_ptr<nn::Sequential> bayesian_net() {
  const Generator generator(3);
  return std::make_unique<nn::Sequential>(
      BayesianLinear(4, 6, {}, Gaussian{}, generator.split("a")), nn::Activation::tanh(),
      BayesianLinear(6, 3, {}, Gaussian{}, generator.split("b")));
}

// HMC has no buffers and no batches of its own.
std::unique_ptr<nn::Sequential> small_net() {
  const Generator generator(4);
  return std::make_unique<nn::Sequential>(nn::Linear(4, 3, {}, generator));
}

// The training of a method, which may be stopped once and gone on with by new objects.
class Training {
 public:
  // Stops the run number `run`, counted from 1, after so many steps.
  void stop_at(int run, int steps) {
    stopped_run_ = run;
    steps_ = steps;
  }
  void begin() { run_ = 0; }

  void fit(nn::Module& model, train::FitOptions options = {}) {
    options.epochs = kEpochs;
    options.progress = false;
    FixedBatches source = rows();
    if (++run_ == stopped_run_) {
      options.save = [this](const io::SafeTensors& state) { keep(state.tensors, state.metadata); };
      if (!state_) options.stop = [this, asked = 0]() mutable { return ++asked == steps_; };
      options.resume = state_;
    }
    train::fit(model, source, options);
  }

  void sample(Hmc& hmc) {
    if (++run_ == stopped_run_ && !state_) {
      hmc.advance(steps_);
      keep(hmc.state(), {});
      throw train::Interrupted("[test] stopped");
    }
    if (state_) hmc.restore(*state_);
    hmc.run();
  }

 private:
  void keep(const std::vector<NamedTensor>& tensors,
            const std::map<std::string, std::string>& metadata) {
    state_ = io::SafeTensors{{}, metadata};
    for (const NamedTensor& own : tensors)
      state_->tensors.push_back({own.name, own.tensor.clone()});
  }

  int run_ = 0;
  int stopped_run_ = 0;
  int steps_ = 0;
  std::optional<io::SafeTensors> state_;
};

using Make = std::function<std::unique_ptr<Method>(Training& training)>;

// A method of the library: how it is trained, and a new model for its file.
struct Line {
  std::string name;
  Make make;
  MakeModel model;
  int runs = 1;  ///< of training
};

template <class Prepare, class Finish>
Make trained(std::unique_ptr<nn::Sequential> (*net)(), Prepare prepare, Finish finish) {
  return [=](Training& training) {
    const std::shared_ptr<nn::Module> model = net();
    train::FitOptions options;
    prepare(options);
    training.fit(*model, options);
    return std::unique_ptr<Method>(finish(model));
  };
}

Line dynamics_line(SgMcmcOptions options) {
  options.cycles = std::min<std::int64_t>(options.cycles, 2);
  options.samples_per_cycle = 2;
  options.exploration = 0.5;
  options.learning_rate = 1e-3;
  return {options.name(),
          [options](Training& training) {
            const std::shared_ptr<nn::Module> model = plain_net();
            SgMcmc sampling(model, options);
            train::FitOptions fit;
            sampling.prepare(fit);
            training.fit(*model, fit);
            return sampling.finish();
          },
          plain_net};
}

Line swag_line() {
  return {"swag",
          [](Training& training) {
            const std::shared_ptr<nn::Module> model = plain_net();
            const SwagTraining swag(
                {.snapshots = {.start = 0.2, .per_epoch = 2, .rank = 3}, .batch_norm_draws = 2});
            train::FitOptions fit;
            swag.prepare(fit);
            training.fit(*model, fit);
            FixedBatches source = rows();
            return swag.finish(model, source);
          },
          plain_net};
}

Line ivon_line() {
  return {"ivon",
          [](Training& training) {
            const std::shared_ptr<nn::Module> model = plain_net();
            const IvonTraining ivon({.learning_rate = 0.05});
            train::FitOptions fit;
            ivon.prepare(fit);
            training.fit(*model, fit);
            return ivon.finish(model);
          },
          plain_net};
}

Line hmc_line() {
  return {"hmc",
          [](Training& training) {
            FixedBatches source = rows();
            Hmc hmc(small_net(), source,
                    {.chains = 2, .burn_in = 4, .samples = 5, .max_leapfrog_steps = 10});
            training.sample(hmc);
            return hmc.finish();
          },
          small_net};
}

Line ensemble_line() {
  return {"ensemble",
          [](Training& training) {
            std::vector<std::unique_ptr<Method>> members;
            for (int member = 0; member < 2; ++member) {
              const std::shared_ptr<nn::Module> model = bayesian_net();
              nn::parameters(*model).front().parameter->value().fill(0.1 * (member + 1));
              training.fit(*model, {.objective = Elbo{}});
              members.push_back(std::make_unique<TrainedNetwork>(model));
            }
            return std::make_unique<DeepEnsemble>(std::move(members));
          },
          bayesian_net, 2};
}

std::vector<Line> lines() {
  const auto adam = [](train::FitOptions&) {};
  const auto elbo = [](train::FitOptions& options) { options.objective = Elbo{}; };
  const auto network = [](const auto& model) { return std::make_unique<TrainedNetwork>(model); };
  const auto dropout = [](const auto& model) { return std::make_unique<McDropout>(model); };
  const auto normal = [](const auto& model) {
    FixedBatches source = rows();
    return laplace(model, source,
                   {.prediction = LaplacePrediction::sampled, .prior = PriorTuning::fixed});
  };
  return {{"deterministic", trained(plain_net, adam, network), plain_net},
          {"variational", trained(bayesian_net, elbo, network), bayesian_net},
          {"mc-dropout", trained(dropout_net, adam, dropout), dropout_net},
          {"laplace", trained(plain_net, adam, normal), plain_net},
          dynamics_line(sgld()),
          dynamics_line(sghmc()),
          dynamics_line(csgld()),
          dynamics_line(csghmc()),
          swag_line(),
          ivon_line(),
          hmc_line(),
          ensemble_line()};
}

std::vector<Tensor> predictions(Method& method) {
  return {predictive(method, new_inputs(), 4), predictive(method, new_inputs(), 0)};
}

// The same functions at each call, finite ones, one where no draw is wanted.
void check_functions(Method& method) {
  const std::vector<Tensor> outputs = predictions(method);
  BOOST_TEST(same_bits(predictions(method), outputs), "a second call");
  for (const Tensor& tensor : outputs) {
    for (const double value : tensor.to_vector<double>()) BOOST_REQUIRE(std::isfinite(value));
  }
  BOOST_TEST(outputs[0].shape() == (Shape{method.passes(4), 5, 3}));
  BOOST_CHECK_THROW(predictive(method, new_inputs(), -1), ValueError);
  BOOST_CHECK_NO_THROW(method.require_finite("test"));
}

// The functions of a range are those of all functions, up to the rounding of kernels that compute
// several together.
void check_ranges(Method& method) {
  const std::int64_t count = method.passes(4);
  std::vector<std::vector<double>> all(static_cast<std::size_t>(count));
  for_each_pass(method, new_inputs(), 4, [&](const PassOutputs& pass) {
    all.at(static_cast<std::size_t>(pass.pass)) = pass.outputs.value().to_vector<double>();
  });
  for (const std::int64_t begin : {std::int64_t{0}, count / 2}) {
    std::int64_t next = begin;
    for_some_passes(method, {begin, count}, new_inputs(), 4, [&](const PassOutputs& pass) {
      BOOST_REQUIRE(pass.pass == next++);
      const std::vector<double> some = pass.outputs.value().to_vector<double>();
      const std::vector<double>& expected = all.at(static_cast<std::size_t>(pass.pass));
      BOOST_REQUIRE(some.size() == expected.size());
      for (std::size_t i = 0; i < some.size(); ++i) {
        BOOST_TEST(std::abs(some[i] - expected[i]) < 1e-5);
      }
    });
    BOOST_TEST(next == count);
  }
}

// A file gives the same predictions, and its method gives the same file.
void check_file(Method& method, const MakeModel& model) {
  const test::TemporaryFolder folder;
  const auto first = folder.path() / "first.safetensors";
  const auto second = folder.path() / "second.safetensors";
  save_method(first, method);
  const std::unique_ptr<Method> read = load_method(first, model);
  BOOST_TEST(read->name() == method.name());
  BOOST_TEST(same_bits(predictions(*read), predictions(method)), "a method from its file");
  save_method(second, *read);
  BOOST_TEST((test::read_file(first) == test::read_file(second)), "a file of it");
}

// Each run of training is stopped at its first step, in its middle and at its last question.
void check_resumes(const Line& line, const std::vector<Tensor>& expected) {
  for (int run = 1; run <= line.runs; ++run) {
    for (const int steps : {1, 5, 8}) {
      Training training;
      training.stop_at(run, steps);
      BOOST_CHECK_THROW(line.make(training), train::Interrupted);
      training.begin();
      const std::unique_ptr<Method> resumed = line.make(training);
      BOOST_TEST(same_bits(predictions(*resumed), expected),
                 "resumed run " << run << " after " << steps);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_method_keeps_it) {
  std::set<std::string> names;
  for (const Line& line : lines()) {
    BOOST_TEST_CONTEXT(line.name) {
      Training training;
      const std::unique_ptr<Method> method = line.make(training);
      BOOST_TEST(method->name() == line.name);
      names.insert(method->name());
      check_functions(*method);
      check_ranges(*method);
      check_file(*method, line.model);
      check_resumes(line, predictions(*method));
      BOOST_TEST(same_bits_with_threads([&] {
                   Training again;
                   return predictions(*line.make(again));
                 }),
                 "1, 2 and 3 threads");
      const test::MemoryOfNan memory;
      Training again;
      BOOST_TEST(same_bits(predictions(*line.make(again)), predictions(*method)),
                 "training in memory full of NaN");
    }
  }
  for (const auto& [name, read] : method_readers()) BOOST_TEST(names.contains(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
