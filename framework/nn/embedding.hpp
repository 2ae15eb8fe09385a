// Vectors for words, categories and other things that are counted.
#pragma once

#include "framework/nn/init.hpp"
#include "framework/nn/module.hpp"

#include <optional>
#include <string>

namespace credence::nn {

struct EmbeddingOptions {
  /// A row that starts as 0 and gets no gradient, such as that of the blank behind a short text.
  std::optional<std::int64_t> padding_index{};
  Initializer weight_init = init::normal(1);
};

/// The rows of a table that the input's indices choose, as torch.nn.Embedding: x int64 [shape…],
/// y [shape…, size]. Parameter: weight [count, size]. Throws ValueError for sizes that are not
/// positive and a padding_index outside the table; forward throws as `embedding` does.
class Embedding : public Module {
 public:
  Embedding(std::int64_t count, std::int64_t size, const EmbeddingOptions& options,
            const Generator& generator);
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Embedding"; }

 private:
  std::optional<std::int64_t> padding_index_;
  Variable weight_;
};

}  // namespace credence::nn
