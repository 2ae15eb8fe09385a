// An objective of one's own: the pinball loss, whose minimum is a quantile (Koenker and Bassett
// 1978, Econometrica 46). A line learns the value below which 90 % of noisy targets lie.
#include "credence.hpp"

#include <cstdio>

namespace example {

using namespace credence;

/// The mean of τ max(y − q, 0) + (1 − τ) max(q − y, 0) for outputs q and targets y of one shape.
/// Its monitor "below" is the share of targets below their quantile.
struct Pinball {
  double quantile = 0.5;  ///< τ

  // The position in the run is for objectives that change on the way.
  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition&) const {
    const Variable q = train::output_of(model, batch);
    const Variable above = relu(Variable(batch.targets) - q);
    const Variable below = relu(q - Variable(batch.targets));
    const Variable one(Tensor::full({}, 1, q.dtype(), q.device()));
    return {
        .total = mean(above * quantile + below * (1 - quantile)),
        // fit adds up the batches of an epoch by the rule: here a mean over samples.
        .monitors = {{.name = "below", .value = mean(where(below.value(), one, 0 * one)).value()}},
        // Each step is the same work on the device, so that it may be recorded.
        .repeats = true};
  }
};

}  // namespace example

int main() {
  using namespace credence;
  // y = 2 x + noise, uniform in [0, 1): the quantile of 90 % is 2 x + 0.9.
  constexpr std::int64_t kPoints = 4000;
  const Tensor x = Tensor::empty({kPoints, 1});
  const Tensor y = Tensor::empty({kPoints, 1});
  const RandomStream random = Generator(1).next();
  for (std::int64_t i = 0; i < kPoints; ++i) {
    x.data<float>()[i] = static_cast<float>(random.uniform(2 * i));
    y.data<float>()[i] = static_cast<float>(2 * random.uniform(2 * i) + random.uniform(2 * i + 1));
  }
  data::Loader points(data::arrays(x, y), {.batch_size = 100, .shuffle = true});
  nn::Linear line(1, 1, {}, Generator(2));
  const auto reports = train::fit(line, points,
                                  {.epochs = 30,
                                   .optimizer = optim::Adam{.learning_rate = 0.03},
                                   .schedule = optim::cosine(),
                                   .objective = example::Pinball{0.9},
                                   .progress = false});
  const auto weights = nn::parameters(line);  // in the order of visit: weight, bias
  std::printf("loss %.4f to %.4f, %.1f %% of the targets below the line %.3f x + %.3f\n",
              reports.front().loss, reports.back().loss, 100 * reports.back().at("below"),
              weights[0].parameter->value().item(), weights[1].parameter->value().item());
}
