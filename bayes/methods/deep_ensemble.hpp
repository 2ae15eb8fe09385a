// Deep ensembles (Lakshminarayanan et al. 2017, arXiv 1612.01474).
#pragma once

#include "bayes/methods/method.hpp"

#include <memory>
#include <vector>

namespace credence::bayes {

class MethodReader;

/// Several methods together, each trained by itself from another seed: the functions of all
/// members, one member after the other. Members are networks (TrainedNetwork), or any other method:
/// an ensemble of SWAGs is MultiSWAG (Wilson and Izmailov 2020, arXiv 2002.08791). The average
/// weighs members by their number of passes, so they should be of one kind.
class DeepEnsemble : public Method {
 public:
  /// Throws ValueError for no members.
  explicit DeepEnsemble(std::vector<std::unique_ptr<Method>> members);

  std::string name() const override { return "ensemble"; }
  /// The sum of the members' passes, `samples` for each.
  std::int64_t passes(std::int64_t samples) const override;
  void for_each_pass(train::BatchSource& source, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive) final;
  void for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                       FunctionRef<void(const PassOutputs&)> receive) override;
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);
  /// The name in files of a member, counted from 0: "member1".
  static std::string part_name(std::int64_t member);

 private:
  std::vector<std::unique_ptr<Method>> members_;
};

}  // namespace credence::bayes
