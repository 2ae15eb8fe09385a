// A method of approximate inference of one's own: snapshot ensembles (Huang et al. 2017, arXiv
// 1704.00109). The learning rate falls along half a cosine in each of several cycles, and the
// weights at the end of each cycle are a function of the ensemble. Predictions, metrics and files
// take it as they take the library's methods.
#include "credence.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace example {

using namespace credence;

/// The parameters of a model in one row.
Tensor weights_of(nn::Module& model) {
  std::vector<Variable> rows;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    rows.push_back(reshape(Variable(p.parameter->value()), {1, -1}));
  }
  return concat(rows, 1).value();
}

/// K settings of the weights, [K, parameters]. WeightSamples makes the passes.
class Snapshots : public bayes::WeightSamples {
 public:
  Snapshots(std::shared_ptr<nn::Module> model, Tensor weights)
      : WeightSamples(std::move(model)), weights_(std::move(weights)) {}

  std::string name() const override { return "snapshots"; }
  std::int64_t passes(std::int64_t samples) const override {
    return std::clamp<std::int64_t>(samples, 1, weights_.shape()[0]);
  }
  void save(bayes::MethodWriter& writer) const override {
    writer.model(model());
    writer.tensor("weights", weights_);
  }
  static std::unique_ptr<Method> read(const bayes::MethodReader& reader) {
    return std::make_unique<Snapshots>(reader.model(), reader.tensor("weights"));
  }

 protected:
  // The last `passes` of the K settings.
  void set_weights(std::int64_t pass, std::int64_t passes) override {
    const std::int64_t row = weights_.shape()[0] - passes + pass, count = weights_.shape()[1];
    std::int64_t offset = row * count;
    for (const nn::NamedParameter& p : nn::parameters(model())) {
      const Tensor& own = p.parameter->value();
      own.copy_from(weights_.view_at(offset, own.shape()));
      offset += own.numel();
    }
  }

 private:
  Tensor weights_;
};

std::unique_ptr<nn::Module> make_net() {
  return std::make_unique<zoo::MLP<>>(zoo::MLPOptions{.hidden = {64}}, Generator(1).split("net"));
}

}  // namespace example

int main(int argc, char** argv) {  // [FILE], which is written and read again
  using namespace credence;
  constexpr int kCycles = 5, kEpochs = 4;
  data::Loader digits(data::synthetic_digits(600, Generator(1), data::Split::train),
                      {.batch_size = 50, .shuffle = true});
  data::Loader test(data::synthetic_digits(300, Generator(1), data::Split::test),
                    {.batch_size = 300});
  const std::shared_ptr<nn::Module> net = example::make_net();
  std::vector<Variable> rows;
  const auto keep = [&](const train::EpochReport& report) {
    if ((report.epoch + 1) % kEpochs == 0) rows.emplace_back(example::weights_of(*net));
  };
  train::fit(*net, digits,
             {.epochs = kCycles * kEpochs,
              .optimizer = optim::Adam{.learning_rate = 3e-3},
              .schedule = optim::cyclical_cosine(kCycles),
              .after_epoch = keep,
              .progress = false});
  example::Snapshots method(net, concat(rows, 0).value());

  train::Batch batch;
  test.start_epoch(0);
  test.next(batch);
  const auto accuracy = [&](std::int64_t samples) {
    return 100 *
           bayes::evaluate(bayes::class_predictions(method, test, {samples}), test).accuracy();
  };
  const bayes::Uncertainty u = bayes::uncertainty(method, batch.inputs, {.samples = kCycles});
  std::printf("accuracy %.1f %% with one snapshot, %.1f %% with %d, mutual information %.4f nats\n",
              accuracy(1), accuracy(kCycles), kCycles,
              mean(Variable(u.mutual_information)).value().item());
  if (argc < 2) return 0;
  bayes::save_method(argv[1], method);
  const auto loaded =
      bayes::load_method(argv[1], example::make_net, {{"snapshots", example::Snapshots::read}});
  const bayes::Uncertainty again = bayes::uncertainty(*loaded, batch.inputs, {.samples = kCycles});
  const bool same = again.entropy.to_vector<float>() == u.entropy.to_vector<float>();
  std::printf("the file predicts %s\n", same ? "the same" : "something else");
}
