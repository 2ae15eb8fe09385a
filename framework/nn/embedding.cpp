// The table of an embedding: its first values, and the call of the op in
// framework/ops/index_ops.cpp.
#include "framework/nn/embedding.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/index_ops.hpp"

#include <string>

namespace credence::nn {

Embedding::Embedding(std::int64_t count, std::int64_t size, const EmbeddingOptions& options,
                     const Generator& generator)
    : padding_index_(options.padding_index) {
  if (count < 1 || size < 1) {
    throw ValueError("[Embedding] the table must have rows and columns: " + std::to_string(count) +
                     " rows of " + std::to_string(size));
  }
  if (padding_index_ && (*padding_index_ < 0 || *padding_index_ >= count)) {
    throw ValueError("[Embedding] padding_index must be at least 0 and below " +
                     std::to_string(count) + ", not " + std::to_string(*padding_index_));
  }
  weight_ = make_parameter({count, size}, options.weight_init, size, generator, "weight");
  if (padding_index_) weight_.value().slice(*padding_index_, *padding_index_ + 1).fill(0);
}

Variable Embedding::forward(const Variable& x) {
  return embedding(weight_, x.value(), padding_index_);
}

void Embedding::visit(Visitor& visitor) { visitor.parameter("weight", weight_); }

}  // namespace credence::nn
