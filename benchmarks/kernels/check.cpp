// Results against the reference, against the definition, and against themselves.
#include "benchmarks/kernels/check.hpp"

#include "benchmarks/common/thread_guard.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Elements of each result that are computed from the definition.
constexpr std::int64_t kProbed = 48;
constexpr Fill kFresh{.seed = 11};

struct Results {
  Call call;
  std::vector<Tensor> on_cpu;
  bool here = false;  // operands and results are on the CPU
};

Results results_of(const Case& item, const Fill& fill) {
  Results results{item.prepare(fill), {}, true};
  results.call.run();
  if (results.call.finish) results.call.finish();
  for (const Tensor& result : results.call.results) {
    results.here = results.here && result.device() == Device::cpu;
    results.on_cpu.push_back(result.to(Device::cpu));
  }
  return results;
}

double largest_value(const Tensor& tensor) {
  double largest = 0;
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(tensor.data<float>()[i])));
  }
  return largest;
}

void compare_with_reference(const Results& found, const Results& expected, double tolerance,
                            const std::string& name) {
  for (std::size_t i = 0; i < found.on_cpu.size(); ++i) {
    const double difference = largest_difference(expected.on_cpu[i], found.on_cpu[i]);
    if (difference <= tolerance) continue;
    throw Error(
        fmt::format("result {} differs from that of {} by {:.2g} of its largest element, "
                    "more than {:.2g}",
                    i, name, difference, tolerance));
  }
}

// Elements spread over the array, the first and the last among them.
void compare_with_definition(const Results& found, double tolerance) {
  if (!found.call.definition || !found.here) return;
  for (std::size_t i = 0; i < found.on_cpu.size(); ++i) {
    const Tensor& result = found.on_cpu[i];
    const double scale = largest_value(result);
    const std::int64_t probed = std::min(kProbed, result.numel());
    for (std::int64_t p = 0; p < probed; ++p) {
      const std::int64_t index = probed == 1 ? 0 : p * (result.numel() - 1) / (probed - 1);
      const double value = result.data<float>()[index];
      const double expected = found.call.definition(i, index);
      // A definition in double precision rounds where the kernel's result does.
      const double allowed =
          std::max(tolerance * scale, tolerance == 0 ? 0.0 : std::ldexp(std::fabs(expected), -23));
      if (std::fabs(value - expected) <= allowed) continue;
      throw Error(fmt::format("element {} of result {} is {:.9g}, but {:.9g} from the definition",
                              index, i, value, expected));
    }
  }
}

void compare(const Case& item, const Case* reference, const Fill& fill, double tolerance) {
  const Results found = results_of(item, fill);
  compare_with_definition(found, tolerance);
  if (reference == nullptr) return;
  const Results expected = results_of(*reference, fill);
  compare_with_reference(found, expected, tolerance, reference->implementation);
}

void require_equal_bits(const Results& first, const Results& second, const std::string& what) {
  for (std::size_t i = 0; i < first.on_cpu.size(); ++i) {
    const auto bytes = static_cast<std::size_t>(first.on_cpu[i].numel()) * sizeof(float);
    if (std::memcmp(first.on_cpu[i].raw_data(), second.on_cpu[i].raw_data(), bytes) == 0) continue;
    throw Error(fmt::format("bits of result {} differ {}", i, what));
  }
}

void check_bits(const Case& item, int threads) {
  const auto results_with = [&](int count) {
    const ThreadGuard guard(count);
    return results_of(item, {});
  };
  const Results first = results_with(1);
  require_equal_bits(first, results_with(1), "between two calls");
  for (int t = 2; t <= threads; ++t) {
    require_equal_bits(first, results_with(t), fmt::format("between 1 and {} threads", t));
  }
}

double tolerance_between(const Case& item, const Case* reference) {
  return reference == nullptr ? item.tolerance : std::max(item.tolerance, reference->tolerance);
}

}  // namespace

void check(const Case& item, const Checks& checks) {
  if (item.exact) {
    // A reference that rounds says nothing about exactness; the definition does.
    const bool exact_reference = checks.reference != nullptr && checks.reference->exact;
    compare(item, exact_reference ? checks.reference : nullptr, {.values = Fill::Values::integers},
            0);
  }
  compare(item, checks.reference, {}, tolerance_between(item, checks.reference));
  const bool ours = item.implementation == kOurs || item.implementation == kComposed;
  if (ours && checks.bitwise_threads > 0) check_bits(item, checks.bitwise_threads);
}

void check_again(const Case& item, const Checks& checks) {
  compare(item, checks.reference, kFresh, tolerance_between(item, checks.reference));
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double difference = 0;
  double scale = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double x = a.data<float>()[i];
    const double y = b.data<float>()[i];
    if (!std::isfinite(x) || !std::isfinite(y)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::fabs(x - y));
    scale = std::max(scale, std::fabs(x));
  }
  return scale > 0 ? difference / scale : difference;
}

}  // namespace credence::benchmarks
