// The snapshots of SWAG's run and their moments.
#include "bayes/methods/swag_training.hpp"

#include "bayes/methods/parameter_vector.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/train/run_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

// A copy of a tensor of the state. Throws where there is none of this type and rank.
Tensor stored(const io::SafeTensors& state, const char* name, DType dtype, int rank) {
  const Tensor* const tensor = state.find(name);
  if (tensor == nullptr || tensor->dtype() != dtype || tensor->shape().rank() != rank) {
    throw ValueError(std::string("[swag] the state to go on from has no fitting \"") + name + '"');
  }
  return tensor->clone();
}

}  // namespace

SwagCollector::SwagCollector(const SwagSnapshots& snapshots)
    : snapshots_(snapshots), count_(Tensor::zeros({1}, DType::int64)) {
  if (!(snapshots.start >= 0 && snapshots.start < 1)) {
    throw ValueError("[swag] snapshots must start at a share of the run in [0, 1), not " +
                     std::to_string(snapshots.start));
  }
  if (snapshots.per_epoch < 1) {
    throw ValueError("[swag] at least one snapshot an epoch is needed, not " +
                     std::to_string(snapshots.per_epoch));
  }
  if (snapshots.rank < 0 || snapshots.rank == 1) {
    throw ValueError("[swag] the rank must be 0 or at least 2, not " +
                     std::to_string(snapshots.rank));
  }
}

std::int64_t SwagCollector::count() const { return *count_.data<std::int64_t>(); }

// Counted back from the end, so that the last snapshot is that of the trained model.
bool SwagCollector::due(const train::TrainingPosition& position) const {
  const std::int64_t done = position.step + 1;
  if (done <= optim::swa_start_step(snapshots_.start, position.steps)) return false;
  const std::int64_t every = std::max<std::int64_t>(position.batches / snapshots_.per_epoch, 1);
  return (position.steps - done) % every == 0;
}

void SwagCollector::after_step(nn::Module& model, const train::TrainingPosition& position) {
  if (position.step == 0) require_no_bayesian_layers(model, "swag");
  if (due(position)) collect(model);
}

void SwagCollector::collect(nn::Module& model) {
  const NoGrad no_grad;
  const Variable w(to_vector(parameter_tensors(model, "swag")));
  const Device device = w.device();
  if (!mean_.defined()) {
    mean_ = Tensor::zeros_like(w.value());
    square_sum_ = Tensor::zeros_like(w.value());
    if (snapshots_.rank > 0) {
      deviations_ = Tensor::zeros({snapshots_.rank, w.value().numel()}, DType::float32, device);
    }
  }
  mean_ = mean_.to(device);
  square_sum_ = square_sum_.to(device);
  const std::int64_t before = (*count_.data<std::int64_t>())++;
  const Variable change = w - Variable(mean_);
  mean_ = (Variable(mean_) + change * (1 / static_cast<double>(before + 1))).value();
  const Variable deviation = w - Variable(mean_);
  square_sum_ = (Variable(square_sum_) + change * deviation).value();
  if (snapshots_.rank == 0) return;
  deviations_ = deviations_.to(device);
  const std::int64_t row = before % snapshots_.rank;
  deviations_.slice(row, row + 1).reshape(w.shape()).copy_from(deviation.value());
}

std::vector<NamedTensor> SwagCollector::state() const {
  std::vector<NamedTensor> state{{"count", count_}};
  if (!mean_.defined()) return state;
  state.push_back({"mean", mean_});
  state.push_back({"square_sum", square_sum_});
  if (deviations_.defined()) state.push_back({"deviations", deviations_});
  return state;
}

void SwagCollector::restore(const io::SafeTensors& state) {
  const Tensor count = stored(state, "count", DType::int64, 1);
  if (count.numel() != 1) throw ValueError("[swag] the state to go on from has several counts");
  if (!train::is_count(*count.data<std::int64_t>())) {
    throw ValueError("[swag] the state to go on from has no fitting \"count\"");
  }
  Tensor mean;
  Tensor square_sum;
  Tensor deviations;
  if (*count.data<std::int64_t>() > 0) {
    mean = stored(state, "mean", DType::float32, 1);
    square_sum = stored(state, "square_sum", DType::float32, 1);
    if (snapshots_.rank > 0) {
      deviations = stored(state, "deviations", DType::float32, 2);
      if (deviations.shape() != Shape{snapshots_.rank, mean.numel()}) {
        throw ValueError("[swag] the state to go on from has deviations of the shape " +
                         deviations.shape().to_string() + ", the rank is " +
                         std::to_string(snapshots_.rank));
      }
    }
  }
  count_ = count;
  mean_ = mean;
  square_sum_ = square_sum;
  deviations_ = deviations;
}

const Tensor& SwagCollector::mean() const {
  if (!mean_.defined()) throw ValueError("[swag] no snapshot was taken");
  return mean_;
}

SwagMoments SwagCollector::moments() const {
  if (count() < 2) {
    throw ValueError("[swag] at least two snapshots are needed, not " + std::to_string(count()) +
                     "; an earlier start or more of them in each epoch may help");
  }
  const NoGrad no_grad;
  const Variable variance = Variable(square_sum_) * (1 / static_cast<double>(count()));
  // Both factors of a term have the same sign up to rounding.
  SwagMoments moments{.variance = relu(variance).value(), .deviations = {}};
  if (deviations_.defined()) {
    moments.deviations = deviations_.slice(0, std::min(count(), snapshots_.rank)).clone();
  }
  return moments;
}

SwagTraining::SwagTraining(const SwagOptions& options)
    : options_(options), collector_(std::make_shared<SwagCollector>(options.snapshots)) {
  optim::swa(options.snapshots.start, options.learning_rate_factor, options.anneal_steps);
  Swag::check_scale(options.draws.scale);
  checked_samples(options.batch_norm_draws);
}

void SwagTraining::prepare(train::FitOptions& options) const {
  options.schedule = optim::swa(options_.snapshots.start, options_.learning_rate_factor,
                                options_.anneal_steps, optim::Anneal::cosine, options.schedule);
  options.observers.push_back(collector_);
}

std::unique_ptr<Method> SwagTraining::finish(std::shared_ptr<nn::Module> model,
                                             train::BatchSource& training) const {
  const SwagMoments moments = collector_->moments();
  from_vector(collector_->mean(), parameter_tensors(*model, "swag"));
  auto method = std::make_unique<Swag>(std::move(model), moments, options_.draws);
  method->update_batch_norm(training, options_.batch_norm_draws);
  return method;
}

}  // namespace credence::bayes
