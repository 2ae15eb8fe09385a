// Passes with noise from the posterior, several folded into one where the model allows it.
#include "bayes/evaluation.hpp"

#include "bayes/folded_samples.hpp"
#include "bayes/methods/method.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/shape_ops.hpp"

#include <algorithm>

namespace credence::bayes {
namespace {

class OtherGenerators : public nn::Visitor {
 public:
  void generator(std::string_view, Generator& generator) override { found.push_back(&generator); }
  void module(std::string_view name, nn::Module& child) override {
    if (dynamic_cast<BayesianLayer*>(&child) == nullptr) Visitor::module(name, child);
  }
  std::vector<const Generator*> found;
};

}  // namespace

Evaluation::Evaluation(nn::Module& model, std::int64_t samples, PassDraw draw)
    : Evaluation(model, samples, {0, std::max<std::int64_t>(checked_samples(samples), 1)}, draw) {}

Evaluation::Evaluation(nn::Module& model, std::int64_t samples, PartRange range, PassDraw draw)
    : model_(model),
      device_(nn::device_of(model)),
      passes_(std::max<std::int64_t>(checked_samples(samples), 1)),
      range_(range),
      functions_(samples > 0 && draw == PassDraw::weights),
      mode_(model),
      noise_(std::in_place, model, kFirstPredictionDraw),
      sampling_(model, samples == 0 ? Sampling::mean : Sampling::sample),
      next_draw_(kFirstPredictionDraw) {
  const auto& layers = sampling_.before();
  foldable_ = samples > 0 && !functions_ && !layers.empty() &&
              std::all_of(layers.begin(), layers.end(),
                          [](const auto& known) { return known.first->folds(); });
  OtherGenerators others;
  others.module("", model);
  other_noise_ = std::move(others.found);
}

void Evaluation::for_each_pass(const Tensor& given,
                               FunctionRef<void(const Variable& outputs)> receive) {
  const NoGrad no_grad;
  const Tensor images = given.to(device_);
  const std::int64_t rows = images.shape().rank() == 0 ? 1 : images.shape()[0];
  const std::int64_t together = std::max<std::int64_t>(
      1, std::min(kFoldedImages / std::max<std::int64_t>(rows, 1),
                  kFoldedElements / std::max<std::int64_t>(images.numel(), 1)));
  std::int64_t done = 0;
  // Where passes can be folded, each has one draw of each layer: others are passed over.
  const auto skipped = static_cast<std::uint64_t>(range_.begin);
  if (foldable_) {
    next_draw_ += skipped;
    done = range_.begin;
  }
  while (foldable_ && done < range_.end) {
    const std::int64_t count = std::min(together, range_.end - done);
    const std::optional<Variable> outputs = folded(images, count);
    if (!outputs) {
      if (done == range_.begin && skipped > 0) {
        next_draw_ -= skipped;
        noise_.reset();
        noise_.emplace(model_, next_draw_);
        done = 0;
      }
      break;
    }
    for (std::int64_t pass = 0; pass < count; ++pass) {
      receive(slice(*outputs, pass * rows, (pass + 1) * rows));
    }
    done += count;
  }
  if (foldable_) {
    next_draw_ += static_cast<std::uint64_t>(passes_ - range_.end);
    return;
  }
  one_by_one(images, done, receive);
}

void Evaluation::one_by_one(const Tensor& images, std::int64_t first,
                            FunctionRef<void(const Variable& outputs)> receive) {
  for (std::int64_t pass = first; pass < passes_; ++pass) {
    const bool wanted = pass >= range_.begin && pass < range_.end;
    // The number of the pass gives its weights. Other noise comes from generators that all passes
    // have to advance.
    if (functions_ && !wanted && other_noise_.empty()) continue;
    std::optional<FunctionDraw> function;
    if (functions_) {
      function.emplace(model_, kFirstPredictionDraw + static_cast<std::uint64_t>(pass));
    }
    const Variable outputs = model_(Variable(images));
    if (wanted) receive(outputs);
  }
}

std::optional<Variable> Evaluation::folded(const Tensor& images, std::int64_t samples) {
  try {
    const nn::DrawsFrom noise(model_, next_draw_);
    const Fold fold{samples, images.shape()[0]};
    const FoldedSamples guard(model_, fold);
    const Variable outputs = model_(Variable(images));
    if (outputs.shape().rank() > 0 && outputs.shape()[0] == fold.samples * fold.images &&
        !other_noise_drawn()) {
      next_draw_ += static_cast<std::uint64_t>(samples);
      return outputs;
    }
  } catch (const ShapeError&) {
    // Where the images themselves are wrong, the unfolded pass throws again.
  }
  foldable_ = false;
  noise_.reset();
  noise_.emplace(model_, next_draw_);
  return {};
}

bool Evaluation::other_noise_drawn() const {
  return std::any_of(other_noise_.begin(), other_noise_.end(),
                     [&](const Generator* generator) { return generator->draws() != next_draw_; });
}

}  // namespace credence::bayes
