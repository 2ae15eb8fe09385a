// The gradients of a model in buckets: ranges of the optimiser's flat buffer, whose sums over the
// ranks begin while the backward pass goes on.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/group/group.hpp"
#include "framework/nn/module.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/sum_over_ranks.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace credence::train {

/// Parameters that lie side by side in the buffer form a bucket, which is summed once their
/// gradients are complete. The buckets are summed in one order on all ranks: that in which they
/// were complete in rank 0's first step. What a bucket holds does not depend on it.
class GradientBuckets {
 public:
  /// The least bytes of a bucket but the last: a sum of them takes far longer than the latency of a
  /// message (docs/scaling.md), and most models have several.
  static constexpr std::int64_t kBytes = std::int64_t{1} << 20;

  /// All arguments must outlive the object. A bucket has at least so many bytes of gradients.
  GradientBuckets(Group& group, nn::Module& model, const optim::Optimizer& optimizer,
                  std::int64_t bytes = kBytes);

  /// loss.backward(), the last one of a step on this rank, beside which the sums begin.
  void backward(const Variable& loss);
  /// Begins the sums that have not begun, and returns when all gradients are sums over all ranks,
  /// on a device in the order of its work.
  void finish();
  std::size_t size() const { return buckets_.size(); }

 private:
  class Watcher;
  struct Bucket {
    std::int64_t begin = 0;
    std::int64_t end = 0;  ///< in elements of the buffer
    int parameters = 0;
    int missing = 0;  ///< of them, in this step
  };

  void completed(const Tensor& gradient);
  void begin_sum(const Bucket& bucket);
  // The bucket whose sum is number i.
  const Bucket& in_order(std::size_t i) const {
    return buckets_[static_cast<std::size_t>(order_[i])];
  }
  void agree_on_order();

  Group& group_;
  SumOverRanks sums_;
  const Tensor flat_;
  std::vector<Bucket> buckets_;
  std::map<std::int64_t, std::size_t> bucket_at_;  ///< by the offset of each parameter
  std::vector<std::uint64_t> order_;  ///< of the sums; in the first step, of the buckets complete
  std::size_t begun_ = 0;             ///< sums of this step
  bool agreed_ = false;               ///< whether the order is that of all ranks
};

}  // namespace credence::train
