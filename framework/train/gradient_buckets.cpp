// Which parameter is in which bucket, and when the sum of a bucket begins.
#include "framework/train/gradient_buckets.hpp"

#include "framework/autograd/gradient_observer.hpp"

#include <algorithm>
#include <span>

namespace credence::train {

class GradientBuckets::Watcher final : public GradientObserver {
 public:
  explicit Watcher(GradientBuckets& buckets) : buckets_(buckets) {}
  void completed(const Tensor& gradient) override { buckets_.completed(gradient); }

 private:
  GradientBuckets& buckets_;
};

GradientBuckets::GradientBuckets(Group& group, nn::Module& model, const optim::Optimizer& optimizer,
                                 std::int64_t bytes)
    : group_(group), sums_(group), flat_(optimizer.gradients()) {
  std::vector<std::int64_t> offsets;
  for (const nn::NamedParameter& named : nn::parameters(model)) {
    const Tensor& gradient = named.parameter->grad();
    if (!named.parameter->requires_grad() || !gradient.shares_storage_with(flat_)) continue;
    offsets.push_back(gradient.data<float>() - flat_.data<float>());
  }
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  const auto least = bytes / static_cast<std::int64_t>(sizeof(float));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (buckets_.empty() || offsets[i] - buckets_.back().begin >= least) {
      // The first one has the whole buffer from its beginning, each the gaps behind its parameters.
      buckets_.push_back({.begin = buckets_.empty() ? 0 : offsets[i]});
    }
    Bucket& bucket = buckets_.back();
    bucket.end = i + 1 < offsets.size() ? offsets[i + 1] : flat_.numel();
    ++bucket.parameters;
    bucket_at_[offsets[i]] = buckets_.size() - 1;
  }
}

void GradientBuckets::backward(const Variable& loss) {
  for (Bucket& bucket : buckets_) bucket.missing = bucket.parameters;
  if (!agreed_) order_.clear();
  begun_ = 0;
  const Watcher watcher(*this);
  loss.backward();
}

void GradientBuckets::completed(const Tensor& gradient) {
  if (!gradient.shares_storage_with(flat_)) return;
  const auto found = bucket_at_.find(gradient.data<float>() - flat_.data<float>());
  if (found == bucket_at_.end()) return;
  const bool complete = --buckets_[found->second].missing == 0;
  if (!agreed_) {
    if (complete) order_.push_back(found->second);
    return;
  }
  while (begun_ < order_.size() && in_order(begun_).missing == 0) {
    begin_sum(in_order(begun_++));
  }
  sums_.advance();
}

void GradientBuckets::begin_sum(const Bucket& bucket) {
  sums_.begin(flat_.slice(bucket.begin, bucket.end));
}

void GradientBuckets::finish() {
  if (!agreed_) agree_on_order();
  for (; begun_ < order_.size(); ++begun_) begin_sum(in_order(begun_));
  sums_.finish();
}

// Buckets that were not complete, because the loss does not depend on a parameter, come last.
void GradientBuckets::agree_on_order() {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (std::find(order_.begin(), order_.end(), i) == order_.end()) order_.push_back(i);
  }
  group_.broadcast(std::as_writable_bytes(std::span(order_)), 0);
  agreed_ = true;
}

}  // namespace credence::train
