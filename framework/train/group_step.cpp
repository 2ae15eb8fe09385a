// How a batch is shared, and how gradients and sums meet. Without blocks each rank has one part, or
// some passes of the whole batch, and the group adds the gradients up in an order of its own. With
// blocks a part is a block, and gradients and sums of all blocks are added in the order of blocks.
#include "framework/train/group_step.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/batch_norm.hpp"
#include "framework/train/draws.hpp"
#include "framework/train/pass_scope.hpp"

#include <cstring>
#include <string>

namespace credence::train {
namespace {

// The same monitors, with nothing counted.
RunningSums::Totals zeros_like(const RunningSums::Totals& totals) {
  RunningSums::Totals zeros{.monitors = totals.monitors};
  for (MonitorSum& sum : zeros.monitors) sum.total = sum.divisor = 0;
  return zeros;
}

// Loss, then the totals and the divisors of the monitors.
std::vector<double> numbers_of(const RunningSums::Totals& totals) {
  std::vector<double> numbers{totals.loss};
  for (const MonitorSum& sum : totals.monitors) numbers.push_back(sum.total);
  for (const MonitorSum& sum : totals.monitors) numbers.push_back(sum.divisor);
  return numbers;
}

void add(const std::vector<double>& numbers, std::vector<double>& sum) {
  if (sum.empty()) sum.assign(numbers.size(), 0.0);
  for (std::size_t i = 0; i < numbers.size(); ++i) sum[i] += numbers[i];
}

std::string_view bytes_of(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

std::span<float> floats_of(const Tensor& tensor) {
  return {tensor.data<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::int64_t parts_of(const DataParallel& options, nn::Module& model) {
  const int ranks = options.group->size();
  const bool normalizes = !nn::modules_of<nn::BatchNormLayer>(model).empty();
  if (options.blocks > 0 && options.passes > 0) {
    throw ValueError("[fit] ranks share blocks of rows or passes, not both");
  }
  if (options.blocks > 0 && options.blocks < ranks) {
    throw ValueError("[fit] " + counted(options.blocks, "block") + " cannot be shared by " +
                     counted(ranks, "rank") + "; give at least as many blocks");
  }
  if (options.blocks > 0 && normalizes) {
    throw ValueError(
        "[fit] blocks fix the order of sums, which the statistics of batch normalisation over a "
        "whole batch do not allow; train without blocks");
  }
  if (options.passes > 0 && options.passes < ranks) {
    throw ValueError("[fit] " + counted(options.passes, "pass", "passes") +
                     " cannot be shared by " + counted(ranks, "rank") +
                     "; give at least as many samples, or share rows");
  }
  if (options.passes > 0 && ranks > 1 && normalizes) {
    throw ValueError(
        "[fit] the running statistics of batch normalisation take one pass after the other, so "
        "that ranks cannot share passes; share rows");
  }
  return options.blocks > 0 ? options.blocks : options.passes > 0 ? options.passes : ranks;
}

}  // namespace

GroupStep::GroupStep(const DataParallel& options, nn::Module& model, optim::Optimizer& optimizer,
                     BatchSource& source, RunningSums& sums)
    : options_(options),
      group_(*options.group),
      model_(model),
      optimizer_(optimizer),
      sums_(sums),
      shares_(!group_.alone() || options.blocks > 0),
      passes_(!group_.alone() && options.passes > 0),
      all_parts_(parts_of(options, model)),
      own_(parts_of_rank(all_parts_, group_.rank(), group_.size())),
      generators_(nn::generators(model)) {
  if (!shares_) return;
  if (!passes_) source_.emplace(source, BatchShare{own_.begin, own_.end, all_parts_});
  if (options.blocks == 0) buckets_.emplace(group_, model, optimizer);
  const auto parts = static_cast<std::size_t>(options.blocks == 0 ? 1 : own_.size());
  pending_.resize(parts);
  for (std::size_t i = 0; options.blocks > 0 && i < parts; ++i) {
    gradients_.push_back(Tensor::zeros_like(optimizer.gradients()));
  }
}

void GroupStep::begin_step() { step_begun_ = false; }

void GroupStep::for_each_part(const Batch& batch, FunctionRef<void(const PartOfBatch&)> body) {
  if (!shares_) {
    body({batch});
    return;
  }
  if (passes_) {
    run_passes(batch, body);
    return;
  }
  const auto [mine, own] = source_->rows_of(batch);
  if (!step_begun_) {
    for (const Tensor& gradient : gradients_) gradient.fill(0);
    step_begun_ = true;
  }
  const std::vector<std::uint64_t> first_draws = draws_of(generators_);
  for (std::int64_t part = own_.begin; part < own_.end; ++part) {
    const BatchRows rows = rows_of(own.total, {part, part + 1, all_parts_});
    // One part without rows stands for a rank that has none.
    if (!rows.counted && (own.counted || part > own_.begin)) continue;
    seek(generators_, first_draws);
    run_part(rows_of_batch(mine, rows.first - own.first, rows.first - own.first + rows.count), rows,
             static_cast<std::size_t>(part - own_.begin), body);
  }
}

void GroupStep::run_part(const Batch& batch, const BatchRows& rows, std::size_t part,
                         FunctionRef<void(const PartOfBatch&)> body) {
  const BatchScope scope(group_, rows, options_.shared_statistics);
  const bool blocks = !gradients_.empty();
  if (blocks) optimizer_.gradients().copy_from(gradients_[part]);
  sums_.start(zeros_like(total_));
  body({batch, rows.weight(), rows.weight()});
  note_sums(part, rows.counted_rows());
  if (blocks) gradients_[part].copy_from(optimizer_.gradients());
}

std::vector<std::uint64_t> GroupStep::draws_at_pass(const std::vector<std::uint64_t>& first,
                                                    std::int64_t pass) const {
  std::vector<std::uint64_t> draws = first;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    draws[i] += static_cast<std::uint64_t>(pass) * draws_of_pass_->at(i);
  }
  return draws;
}

void GroupStep::measure_passes(FunctionRef<void()> objective) {
  if (!passes_ || draws_of_pass_) return;
  const NoGrad no_grad;
  const PassScope scope(single_process(), all_parts_, {0, 1});
  const std::vector<std::uint64_t> first = draws_of(generators_);
  objective();
  if (!scope.used()) {
    throw ValueError(
        "[fit] the objective makes no passes that ranks can share, such as those of "
        "bayes::Elbo; share rows");
  }
  std::vector<std::uint64_t> draws = draws_of(generators_);
  for (std::size_t i = 0; i < draws.size(); ++i) draws[i] -= first[i];
  draws_of_pass_ = std::move(draws);
  seek(generators_, first);
}

void GroupStep::run_passes(const Batch& batch, FunctionRef<void(const PartOfBatch&)> body) {
  const std::vector<std::uint64_t> first = draws_of(generators_);
  seek(generators_, draws_at_pass(first, own_.begin));
  const PassScope scope(group_, all_parts_, own_);
  sums_.start(zeros_like(total_));
  // Every rank has the whole loss, and the gradient of its own passes.
  const bool counts = scope.has_last();
  body({batch, counts ? 1.0 : 0.0, 1.0});
  note_sums(0, counts ? batch.samples() : 0);
  seek(generators_, draws_at_pass(first, all_parts_));
}

void GroupStep::backward(const Variable& loss, bool last) {
  if (buckets_ && last) {
    buckets_->backward(loss);
  } else {
    loss.backward();
  }
}

void GroupStep::reduce_gradients() {
  if (buckets_) {
    buckets_->finish();
  } else if (shares_) {
    add_blocks();
  }
}

void GroupStep::add_blocks() {
  const Tensor& gradients = optimizer_.gradients();
  const Tensor host = gradients.to(Device::cpu);
  std::vector<Tensor> on_host;
  std::vector<std::span<const float>> parts;
  for (const Tensor& gradient : gradients_) {
    on_host.push_back(gradient.to(Device::cpu));
    parts.emplace_back(floats_of(on_host.back()));
  }
  ordered_sum(group_, all_parts_, parts, floats_of(host));
  if (!host.shares_storage_with(gradients)) gradients.copy_from(host);
}

void GroupStep::start_sums(const RunningSums::Totals& begun) {
  if (!shares_) {
    sums_.start(begun);
    return;
  }
  total_ = begun;
  for (std::vector<double>& numbers : pending_) numbers.clear();
  sums_.start(zeros_like(begun));
}

void GroupStep::note_sums(std::size_t part, std::int64_t samples) {
  const RunningSums::Totals own = sums_.read(samples);
  if (total_.monitors.empty()) total_.monitors = zeros_like(own).monitors;
  add(numbers_of(own), pending_[part]);
}

std::vector<double> GroupStep::pending_of_all() {
  const std::size_t length = 1 + 2 * total_.monitors.size();
  for (std::vector<double>& numbers : pending_) numbers.resize(length, 0.0);
  if (gradients_.empty()) {
    std::vector<double> sum = pending_.front();
    group_.all_reduce(std::span(sum));
    return sum;
  }
  std::vector<double> own;
  for (const std::vector<double>& part : pending_) own.insert(own.end(), part.begin(), part.end());
  std::vector<double> sum;
  for (const std::string& bytes : group_.all_gather(bytes_of(own))) {
    for (std::size_t at = 0; at < bytes.size(); at += length * sizeof(double)) {
      std::vector<double> numbers(length);
      std::memcpy(numbers.data(), bytes.data() + at, length * sizeof(double));
      add(numbers, sum);
    }
  }
  return sum;
}

RunningSums::Totals GroupStep::read_sums(std::int64_t samples) {
  if (!shares_) return sums_.read(samples);
  std::vector<double> all = numbers_of(total_);
  add(pending_of_all(), all);
  for (std::vector<double>& numbers : pending_) numbers.clear();
  const std::size_t monitors = total_.monitors.size();
  total_.loss = all[0];
  for (std::size_t i = 0; i < monitors; ++i) {
    total_.monitors[i].total = all[1 + i];
    total_.monitors[i].divisor = all[1 + monitors + i];
  }
  total_.check = sums_.check().item();
  return total_;
}

void GroupStep::merge_statistics() {
  if (group_.alone() || options_.shared_statistics) return;
  for (const Tensor& statistic : batch_norm_statistics(model_)) {
    if (statistic.dtype() != DType::float32) continue;
    const Tensor host = statistic.to(Device::cpu).clone();
    group_.all_reduce(floats_of(host));
    for (float& number : floats_of(host)) number /= static_cast<float>(group_.size());
    statistic.copy_from(host);
  }
}

}  // namespace credence::train
