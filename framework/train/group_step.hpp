// What the processes of a group do together in the steps of fit: rows, gradients and sums.
#pragma once

#include "framework/base/function_ref.hpp"
#include "framework/group/batch_scope.hpp"
#include "framework/nn/module.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/gradient_buckets.hpp"
#include "framework/train/running_sums.hpp"

#include <optional>
#include <vector>

namespace credence::train {

/// The rows of one part of a batch, or all rows of which a process makes some passes.
struct PartOfBatch {
  const Batch& rows;
  double share = 1;   ///< by which sums count them: of the whole batch; 0 for nothing
  double weight = 1;  ///< of the gradient of their loss
};

/// One process with no blocks has nothing to share: then every call passes straight on.
class GroupStep {
 public:
  /// All arguments must outlive the object. The source gives this rank's rows until the object is
  /// destroyed. Throws ValueError as fit does for blocks.
  GroupStep(const DataParallel& options, nn::Module& model, optim::Optimizer& optimizer,
            BatchSource& source, RunningSums& sums);
  GroupStep(const GroupStep&) = delete;
  GroupStep& operator=(const GroupStep&) = delete;

  /// Whether there is anything to share.
  bool shares() const { return shares_; }
  bool is_first_rank() const { return group_.rank() == 0; }
  Group& group() const { return group_; }

  /// Forgets gradients and sums of a step: the next for_each_part begins a new one.
  void begin_step();
  /// Where passes are shared, calls objective() once in a run, to find out how many numbers a pass
  /// draws. It makes one pass then, which leaves nothing behind.
  void measure_passes(FunctionRef<void()> objective);
  /// Calls body(part) for each of this rank's parts of a batch, within a BatchScope. Random layers
  /// draw for each as for the whole batch. The body adds gradients and sums.
  void for_each_part(const Batch& batch, FunctionRef<void(const PartOfBatch&)> body);
  /// loss.backward() of a part. `last` is of the step's last batch: then the sums over ranks begin
  /// beside it.
  void backward(const Variable& loss, bool last);
  /// Replaces the gradients of the step by their sum over all parts of all ranks.
  void reduce_gradients();
  /// Starts the sums of an epoch from these.
  void start_sums(const RunningSums::Totals& begun);
  /// The sums of the epoch, over all ranks, which are over so many samples.
  RunningSums::Totals read_sums(std::int64_t samples);
  /// Makes running statistics of batch normalisation equal on all ranks, where they are not.
  void merge_statistics();

 private:
  void run_part(const Batch& batch, const BatchRows& rows, std::size_t part,
                FunctionRef<void(const PartOfBatch&)> body);
  void run_passes(const Batch& batch, FunctionRef<void(const PartOfBatch&)> body);
  std::vector<std::uint64_t> draws_at_pass(const std::vector<std::uint64_t>& first,
                                           std::int64_t pass) const;
  void add_blocks();
  void note_sums(std::size_t part, std::int64_t samples);
  std::vector<double> pending_of_all();

  const DataParallel options_;
  Group& group_;
  nn::Module& model_;
  optim::Optimizer& optimizer_;
  RunningSums& sums_;
  const bool shares_;
  const bool passes_;       ///< whether parts are passes, not rows
  std::int64_t all_parts_;  ///< of each batch, over all ranks
  PartRange own_;           ///< those of this rank
  std::optional<SharedSource> source_;
  std::vector<nn::NamedGenerator> generators_;
  std::optional<GradientBuckets> buckets_;                   ///< where there are no blocks
  std::optional<std::vector<std::uint64_t>> draws_of_pass_;  ///< of each generator, once known
  std::vector<Tensor> gradients_;             ///< of each own block, where there are blocks
  bool step_begun_ = false;                   ///< whether gradients_ hold those of the step
  RunningSums::Totals total_;                 ///< of all ranks
  std::vector<std::vector<double>> pending_;  ///< of each own part, not in total_ yet
};

}  // namespace credence::train
