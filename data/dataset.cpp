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

void validate(const Dataset& dataset) {
  const auto& [name, images, labels, classes, class_names] = dataset;
  if (!images.defined() || images.dtype() != DType::uint8 || images.shape().rank() != 4) {
    throw ShapeError(fmt::format("[{}] images must be uint8 [N, C, H, W], found {}", name,
                                 images.defined() ? images.shape().to_string() : "none"));
  }
  if (!labels.defined() || labels.dtype() != DType::int64 ||
      labels.shape() != Shape{images.shape()[0]}) {
    throw ShapeError(fmt::format("[{}] labels must be int64 [{}], found {}", name,
                                 images.shape()[0],
                                 labels.defined() ? labels.shape().to_string() : "none"));
  }
  const Tensor on_host = labels.to(Device::cpu);
  const auto* values = on_host.data<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (values[i] < 0 || values[i] >= classes) {
      throw ValueError(fmt::format("[{}] sample {} has label {}, expected 0 to {}", name, i,
                                   values[i], classes - 1));
    }
  }
  if (!class_names.empty() && static_cast<std::int64_t>(class_names.size()) != classes) {
    throw ValueError(
        fmt::format("[{}] {} for {}, expected as many or none", name,
                    counted(static_cast<std::int64_t>(class_names.size()), "class name"),
                    counted(classes, "class", "classes")));
  }
}

std::vector<std::string> digit_names() {
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

std::vector<std::int64_t> class_histogram(const Dataset& dataset) {
  validate(dataset);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.classes));
  const Tensor on_host = dataset.labels.to(Device::cpu);
  const auto* labels = on_host.data<std::int64_t>();
  for (std::int64_t i = 0; i < dataset.size(); ++i) ++counts[static_cast<std::size_t>(labels[i])];
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
  const auto count = static_cast<std::int64_t>(indices.size());
  Dataset chosen{dataset.name, Tensor::empty(dataset.images.shape().with(0, count), DType::uint8),
                 Tensor::empty({count}, DType::int64), dataset.classes, dataset.class_names};
  const auto pixels = static_cast<std::size_t>(dataset.images.shape().numel_from(1));
  const Tensor host_images = dataset.images.to(Device::cpu);
  const Tensor host_labels = dataset.labels.to(Device::cpu);
  const auto* images = host_images.data<std::uint8_t>();
  const auto* labels = host_labels.data<std::int64_t>();
  auto* chosen_images = chosen.images.data<std::uint8_t>();
  auto* chosen_labels = chosen.labels.data<std::int64_t>();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto index = static_cast<std::size_t>(indices[i]);
    std::memcpy(chosen_images + i * pixels, images + index * pixels, pixels);
    chosen_labels[i] = labels[index];
  }
  return chosen;
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
  const auto border = order.begin() + held_out_count;
  IndexSplit result{{border, order.end()}, {order.begin(), border}};
  std::sort(result.train.begin(), result.train.end());
  std::sort(result.validation.begin(), result.validation.end());
  return result;
}

}  // namespace credence::data
