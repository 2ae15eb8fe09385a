// How the number of classes follows from arrays.
#include "data/arrays.hpp"

#include <algorithm>
#include <utility>

namespace credence::data {
namespace {

std::int64_t classes_in(const Tensor& targets, const ArrayOptions& options) {
  if (options.classes) return *options.classes;
  const bool labels =
      targets.defined() && targets.dtype() == DType::int64 && targets.shape().rank() == 1;
  if (!labels) return 0;
  if (!options.class_names.empty()) return static_cast<std::int64_t>(options.class_names.size());
  const std::vector<std::int64_t> values = targets.to_vector<std::int64_t>();
  return values.empty()
             ? 0
             : std::max<std::int64_t>(0, *std::max_element(values.begin(), values.end())) + 1;
}

}  // namespace

Dataset arrays(Tensor inputs, Tensor targets, ArrayOptions options) {
  const std::int64_t classes = classes_in(targets, options);
  Dataset dataset{std::move(options.name), std::move(inputs), std::move(targets), classes,
                  std::move(options.class_names)};
  validate(dataset);
  return dataset;
}

}  // namespace credence::data
