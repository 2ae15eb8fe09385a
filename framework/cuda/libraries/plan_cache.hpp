#pragma once

#include <map>
#include <mutex>
#include <utility>

namespace credence::cuda {

/// What a library needs to know of a shape, worked out when the shape is first met: choosing an
/// algorithm costs more than a small product. A reference stays valid.
template <class Key, class Plan>
class PlanCache {
 public:
  /// The plan of the key, made by make() if there is none. Where that throws, there is none next
  /// time either.
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
