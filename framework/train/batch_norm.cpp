// Averages of batch statistics: with momentum 1 / k in batch k, the running statistics are the mean
// over the batches so far.
#include "framework/train/batch_norm.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/device_source.hpp"
#include "framework/train/objective.hpp"

#include <algorithm>
#include <utility>

namespace credence::train {
namespace {

// Puts the model into training mode. The destructor restores modes and momenta.
class Averaging {
 public:
  Averaging(nn::Module& model, const std::vector<nn::BatchNormLayer*>& layers) : mode_(model) {
    for (nn::BatchNormLayer* layer : layers) {
      // Throws for a momentum out of range, so that the destructor does not.
      layer->set_momentum(layer->momentum());
      momenta_.emplace_back(layer, layer->momentum());
    }
    model.train();
  }
  ~Averaging() {
    for (const auto& [layer, momentum] : momenta_) layer->set_momentum(momentum);
  }
  Averaging(const Averaging&) = delete;
  Averaging& operator=(const Averaging&) = delete;

  void set_momentum(double momentum) const {
    for (const auto& [layer, before] : momenta_) layer->set_momentum(momentum);
  }

 private:
  nn::EvaluationMode mode_;
  std::vector<std::pair<nn::BatchNormLayer*, double>> momenta_;
};

}  // namespace

std::vector<Tensor> batch_norm_statistics(nn::Module& model) {
  std::vector<Tensor> statistics;
  for (nn::BatchNormLayer* layer : nn::modules_of<nn::BatchNormLayer>(model)) {
    for (const nn::NamedBuffer& b : nn::buffers(*layer)) statistics.push_back(*b.buffer);
  }
  return statistics;
}

void update_batch_norm(nn::Module& model, BatchSource& source) {
  const std::vector<nn::BatchNormLayer*> layers = nn::modules_of<nn::BatchNormLayer>(model);
  if (layers.empty()) return;
  if (source.batches() < 1) {
    throw ValueError("[update_batch_norm] needs a source with at least one batch");
  }
  const NoGrad no_grad;
  const nn::DrawsFrom noise(model, 0);
  const Averaging averaging(model, layers);
  // What was there does not count, but 0 times a number that is not finite is not 0.
  for (const Tensor& statistic : batch_norm_statistics(model)) statistic.fill(0);
  DeviceSource batches(source, nn::device_of(model));
  batches.start_epoch(0);
  double count = 0;
  for (Batch batch; batches.next(batch);) {
    averaging.set_momentum(1 / ++count);
    outputs_of(model, batch);
  }
}

}  // namespace credence::train
