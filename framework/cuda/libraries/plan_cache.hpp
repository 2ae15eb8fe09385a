// A cache for the plans of library calls.
#pragma once

#include <map>
#include <mutex>
#include <utility>

namespace credence::cuda {

/// Stores the library's plan of each shape, because choosing an algorithm takes longer than a small
/// product. References stay valid. Several threads may call get at once.
template <class Key, class Plan>
class PlanCache {
 public:
  /// The plan of the key, made by make() at the first call. Where make() throws, nothing is stored.
  template <class Make>
  Plan& get(const Key& key, Make&& make) {
    const std::lock_guard lock(mutex_);
    const auto known = plans_.find(key);
    if (known != plans_.end()) return known->second;
    return plans_.emplace(key, make()).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<Key, Plan> plans_;
};

}  // namespace credence::cuda
