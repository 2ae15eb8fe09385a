// The plans of a library that are tried one after the other. Includes cuDNN's header and calls none
// of its functions.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <cudnn.h>

namespace credence::cuda {

/// Whether the call was refused for what it asked, and another plan may do it.
constexpr bool is_unsupported(cudnnStatus_t status) {
  return CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED;
}

/// The plans for one call, of which the library may make some and then refuse to run them. The next
/// call begins with the one that ran.
template <class Plan>
class Candidates {
 public:
  /// `make` gives the plan behind so many that were refused, or nothing behind the last one.
  explicit Candidates(std::function<std::optional<Plan>(int refused)> make)
      : make_(std::move(make)), plan_(make_(0)) {}

  /// run(plan), a status, of the first plan that is not refused; nothing where all are.
  template <class Run>
  std::optional<cudnnStatus_t> run(Run run) {
    while (plan_) {
      const cudnnStatus_t status = run(std::as_const(*plan_));
      if (!is_unsupported(status)) return status;
      plan_ = make_(++refused_);
    }
    return {};
  }

 private:
  std::function<std::optional<Plan>(int)> make_;
  int refused_ = 0;
  std::optional<Plan> plan_;
};

}  // namespace credence::cuda
