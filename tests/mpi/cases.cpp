// The runs: small nets on drawn digits and on random pictures in colour, in batches of which the
// last is smaller than some numbers of ranks.
#include "tests/mpi/cases.hpp"

#include "bayes/elbo.hpp"
#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "data/arrays.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/train/state_files.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/resnet.hpp"
#include "zoo/vgg.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace credence::test {
namespace {

using zoo::Bayesian;
using zoo::Frequentist;

// With batches of 24 the last one has two samples.
constexpr std::int64_t kDigits = 98;
constexpr std::int64_t kPictures = 50;
// The objective of the second kind is some hundred times as large.
constexpr double kRate = 0.02;
constexpr double kElboRate = 1e-4;
const std::vector<std::int64_t> kNarrow{6, 6, 8, 8, 8, 8, 8, 8, 12};

data::Dataset digits() { return data::synthetic_digits(kDigits, Generator(3), data::Split::train); }

data::Dataset pictures(std::int64_t count) {
  const RandomStream random = Generator(4).next();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count * 3 * 32 * 32));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(random.bits(static_cast<std::int64_t>(i)) >> 24);
  }
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(i % 10);
  return data::arrays(Tensor::from({count, 3, 32, 32}, bytes), Tensor::from({count}, labels),
                      {.classes = 10});
}

template <template <class> class Net, class Options, class Family>
std::function<std::shared_ptr<nn::Module>()> made(const Options& options, const Family& family) {
  return [=] { return std::make_shared<Net<Family>>(options, Generator(5), family); };
}

class Losses final : public train::Observer {
 public:
  explicit Losses(const RankSettings& settings) : settings_(settings) {}
  std::string name() const override { return "losses"; }
  void after_step(nn::Module& /*model*/, const train::TrainingPosition& position) override {
    if (settings_.step) settings_.step(static_cast<int>(position.step));
    steps_ = position.step + 1;
  }
  std::int64_t reported_steps() const override { return 1; }
  void report_step(nn::Module& /*model*/, const train::StepReport& report) override {
    losses.push_back(report.loss);
  }
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors& /*state*/) override {}
  bool stops() const { return settings_.stop_after > 0 && steps_ >= settings_.stop_after; }

  std::vector<double> losses;

 private:
  const RankSettings& settings_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::vector<RankCase> rank_cases() {
  const bayes::Elbo elbo;
  const zoo::LeNet5Options lenet;
  const zoo::LeNet5Options dropout{.dropout = 0.3};
  const zoo::VggOptions vgg{.widths = kNarrow};
  const zoo::VggOptions vgg_norm{.batch_norm = true, .widths = kNarrow};
  const zoo::ResNetOptions resnet{.depth = 8};
  const data::Transform moved{.rotation = data::Rotation{-10, 10},
                              .random_crop = data::RandomCrop{2},
                              .noise = data::GaussianNoise{0.1F}};
  const data::Transform mirrored{.horizontal_flip = data::HorizontalFlip{},
                                 .random_crop = data::RandomCrop{4}};
  return {
      {"LeNet5", made<zoo::LeNet5>(lenet, Frequentist{}), digits(), train::cross_entropy, kRate},
      {"LeNet5 dropout", made<zoo::LeNet5>(dropout, Frequentist{}), digits(), train::cross_entropy,
       kRate, moved},
      {"BayesianLeNet5", made<zoo::LeNet5>(lenet, Bayesian{}), digits(), elbo, kElboRate},
      {"BayesianLeNet5 gaussian dropout",
       made<zoo::LeNet5>(dropout, Bayesian{.posterior = bayes::Gaussian{}}), digits(), elbo,
       kElboRate, moved},
      {"BayesianLeNet5 weight draws",
       made<zoo::LeNet5>(lenet, Bayesian{.posterior = bayes::Gaussian{},
                                         .estimator = bayes::WeightReparametrization{}}),
       digits(), elbo, kElboRate},
      {"BayesianLeNet5 flipout",
       made<zoo::LeNet5>(lenet,
                         Bayesian{.posterior = bayes::Gaussian{}, .estimator = bayes::Flipout{}}),
       digits(), bayes::Elbo{.samples = 2}, kElboRate},
      {"BayesianLeNet5 radial", made<zoo::LeNet5>(lenet, Bayesian{.posterior = bayes::Radial{}}),
       digits(), elbo, kElboRate},
      {"VGG11", made<zoo::VGG>(vgg, Frequentist{}), pictures(kPictures), train::cross_entropy,
       kRate, mirrored},
      {"BayesianVGG11", made<zoo::VGG>(vgg, Bayesian{}), pictures(kPictures), elbo, kElboRate,
       mirrored},
      {"VGG11 batch norm", made<zoo::VGG>(vgg_norm, Frequentist{}), pictures(kPictures),
       train::cross_entropy, kRate, mirrored, true},
      {"BayesianResNet8",
       made<zoo::ResNet>(resnet, Bayesian{}),
       pictures(kPictures),
       elbo,
       kElboRate,
       {},
       true},
  };
}

std::vector<RankCase> published_cases() {
  const data::Dataset images = pictures(320);
  const data::Dataset drawn = data::synthetic_digits(1280, Generator(3), data::Split::train);
  return {
      {"LeNet5", made<zoo::LeNet5>(zoo::LeNet5Options{}, Frequentist{}), drawn,
       train::cross_entropy, kRate},
      {"BayesianLeNet5", made<zoo::LeNet5>(zoo::LeNet5Options{}, Bayesian{}), drawn, bayes::Elbo{},
       kElboRate / 10},
      {"VGG11", made<zoo::VGG>(zoo::VggOptions{}, Frequentist{}), images, train::cross_entropy,
       kRate},
      {"BayesianVGG11", made<zoo::VGG>(zoo::VggOptions{}, Bayesian{}), images, bayes::Elbo{},
       kElboRate / 10},
  };
}

RankRun train_case(const RankCase& rank_case, const RankSettings& settings) {
  const std::shared_ptr<nn::Module> model = rank_case.model();
  data::Loader source(rank_case.dataset, {.batch_size = settings.batch_size,
                                          .shuffle = true,
                                          .generator = Generator(6),
                                          .transform = rank_case.transform});
  const auto losses = std::make_shared<Losses>(settings);
  train::FitOptions options{
      .epochs = settings.epochs,
      .optimizer = optim::Sgd{.learning_rate = rank_case.learning_rate, .momentum = 0.9},
      .accumulate = settings.accumulate,
      .objective = rank_case.objective,
      .observers = {losses},
      .stop = [&] { return losses->stops(); },
      .parallel = settings.parallel,
      .progress = false};
  train::StateFiles states(settings.state.empty() ? "unused" : settings.state, 1);
  if (!settings.state.empty()) {
    options.save = [&](const io::SafeTensors& state) { states.save(state); };
    if (auto last = states.load()) options.resume = std::move(last->state);
    settings.parallel.group->barrier();  // before one replaces what another reads
  }
  RankRun run;
  try {
    run.monitors.clear();
    for (const train::EpochReport& report : train::fit(*model, source, options)) {
      run.monitors.push_back(report.loss);
      for (const train::NamedValue& monitor : report.monitors) {
        run.monitors.push_back(monitor.value);
      }
    }
  } catch (const train::Interrupted&) {
    // The rest is for the next run.
  }
  run.losses = losses->losses;
  for (const nn::NamedParameter& p : nn::parameters(*model)) {
    run.parameters.push_back(p.parameter->value().clone());
  }
  for (const nn::NamedBuffer& b : nn::buffers(*model)) run.parameters.push_back(b.buffer->clone());
  return run;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double scale = std::max(std::abs(b[i]), 1e-30);
    largest = std::max(largest, std::abs(a[i] - b[i]) / scale);
  }
  return largest;
}

double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::vector<double> x = a[i].to_vector<double>();
    const std::vector<double> y = b[i].to_vector<double>();
    double scale = 1e-30;
    double difference = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      scale = std::max(scale, std::abs(y[j]));
      difference = std::max(difference, std::abs(x[j] - y[j]));
    }
    largest = std::max(largest, difference / scale);
  }
  return largest;
}

bool same_bits(const RankRun& a, const RankRun& b) {
  const auto same = [](const std::vector<double>& x, const std::vector<double>& y) {
    return x.size() == y.size() &&
           (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0);
  };
  bool equal = same(a.losses, b.losses) && same(a.monitors, b.monitors) &&
               a.parameters.size() == b.parameters.size();
  for (std::size_t i = 0; equal && i < a.parameters.size(); ++i) {
    equal = a.parameters[i].bytes() == b.parameters[i].bytes() &&
            std::memcmp(a.parameters[i].raw_data(), b.parameters[i].raw_data(),
                        a.parameters[i].bytes()) == 0;
  }
  return equal;
}

}  // namespace credence::test
