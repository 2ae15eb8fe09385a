// Checks of data sets, and their histograms, subsets and splits.
#include "data/dataset.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace credence::data {

namespace {

std::string shape_of(const Tensor& tensor) {
  return tensor.defined()
             ? fmt::format("{} {}", to_string(tensor.dtype()), tensor.shape().to_string())
             : "none";
}

void require_labels(const Dataset& dataset) {
  const auto& [name, inputs, targets, classes, class_names] = dataset;
  if (targets.dtype() != DType::int64 || targets.shape().rank() != 1) {
    throw ShapeError(fmt::format("[{}] labels of {} must be int64 [{}], found {}", name,
                                 counted(classes, "class", "classes"), dataset.size(),
                                 shape_of(targets)));
  }
  const Tensor on_host = targets.to(Device::cpu);
  const auto* values = on_host.data<std::int64_t>();
  for (std::int64_t i = 0; i < targets.numel(); ++i) {
    if (values[i] < 0 || values[i] >= classes) {
      throw ValueError(fmt::format("[{}] sample {} has label {}, expected 0 to {}", name, i,
                                   values[i], classes - 1));
    }
  }
}

// A copy of the rows of x at `indices`, on the host.
Tensor rows_of(const Tensor& x, std::span<const std::int64_t> indices) {
  const Tensor on_host = x.to(Device::cpu);
  const auto count = static_cast<std::int64_t>(indices.size());
  const Tensor rows = Tensor::empty(x.shape().with(0, count), x.dtype());
  const std::size_t bytes = static_cast<std::size_t>(x.shape().numel_from(1)) * size_of(x.dtype());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    std::memcpy(rows.raw_data() + i * bytes,
                on_host.raw_data() + static_cast<std::size_t>(indices[i]) * bytes, bytes);
  }
  return rows;
}

}  // namespace

void validate(const Dataset& dataset) {
  const auto& [name, inputs, targets, classes, class_names] = dataset;
  if (!inputs.defined() || inputs.shape().rank() == 0) {
    throw ShapeError(
        fmt::format("[{}] inputs must be [N, …] for N samples, found {}", name, shape_of(inputs)));
  }
  if (!targets.defined() || targets.shape().rank() == 0 ||
      targets.shape()[0] != inputs.shape()[0]) {
    throw ShapeError(fmt::format("[{}] targets must be [{}, …], as there are {}, found {}", name,
                                 dataset.size(), counted(dataset.size(), "sample"),
                                 shape_of(targets)));
  }
  if (classes < 0) {
    throw ValueError(fmt::format("[{}] {} classes, expected at least 0", name, classes));
  }
  if (classes > 0) require_labels(dataset);
  if (classes == 0 && dataset.has_images() && targets.dtype() == DType::int64) {
    throw ValueError(fmt::format("[{}] images have labels {}, but the number of classes is 0", name,
                                 shape_of(targets)));
  }
  if (!class_names.empty() && static_cast<std::int64_t>(class_names.size()) != classes) {
    throw ValueError(
        fmt::format("[{}] {} for {}, expected as many or none", name,
                    counted(static_cast<std::int64_t>(class_names.size()), "class name"),
                    counted(classes, "class", "classes")));
  }
}

std::string class_name(const std::vector<std::string>& class_names, std::int64_t label) {
  return class_names.empty() ? std::to_string(label) : class_names[static_cast<std::size_t>(label)];
}

std::vector<std::string> digit_names() {
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

std::vector<std::int64_t> class_histogram(const Dataset& dataset) {
  validate(dataset);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.classes));
  if (counts.empty()) return counts;
  for (const std::int64_t label : dataset.targets.to_vector<std::int64_t>()) {
    ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

void require_indices(std::span<const std::int64_t> indices, std::int64_t count) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= count) {
      throw ValueError(
          fmt::format("[indices] entry {} is {}, expected 0 to {}", i, indices[i], count - 1));
    }
  }
}

Dataset subset(const Dataset& dataset, std::span<const std::int64_t> indices) {
  validate(dataset);
  require_indices(indices, dataset.size());
  return {dataset.name, rows_of(dataset.inputs, indices), rows_of(dataset.targets, indices),
          dataset.classes, dataset.class_names};
}

void shuffle(std::span<std::int64_t> values, const RandomStream& random) {
  for (std::size_t last = values.size(); last > 1; --last) {
    const auto other = random.below(static_cast<std::int64_t>(last - 1), last);
    std::swap(values[last - 1], values[static_cast<std::size_t>(other)]);
  }
}

IndexSplit split(const Dataset& dataset, std::int64_t held_out_count, const Generator& generator) {
  const std::int64_t size = dataset.size();
  if (held_out_count < 0 || held_out_count > size) {
    throw ValueError(fmt::format("[split] {} of {} of {} asked for validation", held_out_count,
                                 counted(size, "sample"), dataset.name));
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order, generator.split("split").next());
  const auto border = order.begin() + static_cast<std::ptrdiff_t>(held_out_count);
  IndexSplit result{{border, order.end()}, {order.begin(), border}};
  std::sort(result.train.begin(), result.train.end());
  std::sort(result.validation.begin(), result.validation.end());
  return result;
}

}  // namespace credence::data
