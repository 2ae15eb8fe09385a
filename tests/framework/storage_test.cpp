// Tests of the caching allocator through Storage: statistics, size classes, alignment and threads.
#include "framework/core/storage.hpp"

#include "framework/base/error.hpp"
#include "framework/core/scratch.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {
namespace {

AllocatorStatistics statistics() { return allocator_statistics(Device::cpu); }

// Every test starts with an empty cache.
struct EmptyCache {
  EmptyCache() { release_cached_memory(Device::cpu); }
};

BOOST_FIXTURE_TEST_SUITE(storage, EmptyCache)

BOOST_AUTO_TEST_CASE(a_block_is_in_use_while_it_lives_and_cached_afterwards) {
  const AllocatorStatistics before = statistics();
  BOOST_TEST(before.bytes_cached == 0U);
  std::size_t block_bytes = 0;
  {
    const Storage storage(100'000, Device::cpu);
    const AllocatorStatistics during = statistics();
    block_bytes = during.bytes_in_use - before.bytes_in_use;
    BOOST_TEST(block_bytes >= 100'000U);
    BOOST_TEST(during.bytes_cached == 0U);
    BOOST_TEST(during.system_allocations == before.system_allocations + 1);
  }
  const AllocatorStatistics after = statistics();
  BOOST_TEST(after.bytes_in_use == before.bytes_in_use);
  BOOST_TEST(after.bytes_cached == block_bytes);
  release_cached_memory(Device::cpu);
  BOOST_TEST(statistics().bytes_cached == 0U);
}

BOOST_AUTO_TEST_CASE(a_freed_block_serves_the_next_request_of_its_size_class) {
  const std::byte* first = Storage(100'000, Device::cpu).data();
  const std::size_t allocations = statistics().system_allocations;
  {
    const Storage again(99'000, Device::cpu);
    BOOST_TEST(again.data() == first);
    BOOST_TEST(statistics().system_allocations == allocations);
    BOOST_TEST(statistics().bytes_cached == 0U);
    // The cached block is in use, so a second one must come from the system, as must one of another
    // size.
    const Storage second(100'000, Device::cpu);
    BOOST_TEST(statistics().system_allocations == allocations + 1);
    const Storage larger(200'000, Device::cpu);
    BOOST_TEST(statistics().system_allocations == allocations + 2);
  }
  release_cached_memory(Device::cpu);
  const Storage fresh(100'000, Device::cpu);
  BOOST_TEST(statistics().system_allocations == allocations + 3);
}

BOOST_AUTO_TEST_CASE(a_training_step_of_equal_sizes_takes_no_new_memory) {
  const auto step = [] {
    std::vector<Storage> activations;
    for (std::size_t bytes = 1000; bytes < 50'000; bytes += 700) {
      activations.emplace_back(bytes, Device::cpu);
    }
  };
  step();
  const std::size_t allocations = statistics().system_allocations;
  for (int i = 0; i < 3; ++i) step();
  BOOST_TEST(statistics().system_allocations == allocations);
}

BOOST_AUTO_TEST_CASE(the_peak_stays_when_the_memory_is_freed) {
  const AllocatorStatistics before = statistics();
  const std::size_t bytes = before.peak_bytes_in_use - before.bytes_in_use + 1'000'000;
  std::size_t highest = 0;
  {
    const Storage storage(bytes, Device::cpu);
    highest = statistics().bytes_in_use;
    BOOST_TEST(statistics().peak_bytes_in_use == highest);
  }
  const Storage small(1000, Device::cpu);
  BOOST_TEST(statistics().peak_bytes_in_use == highest);
  BOOST_TEST(highest > before.peak_bytes_in_use);
}

BOOST_AUTO_TEST_CASE(blocks_are_aligned_padded_and_no_more_than_a_quarter_too_large) {
  for (const std::size_t bytes :
       {0U, 1U, 63U, 64U, 65U, 127U, 128U, 192U, 193U, 1000U, 4032U, 4033U, 5056U, 123'457U}) {
    const std::size_t before = statistics().bytes_in_use;
    const Storage storage(bytes, Device::cpu);
    const std::size_t block_bytes = statistics().bytes_in_use - before;
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(storage.data()) % kAlignment == 0U);
    BOOST_TEST(storage.bytes() == bytes);
    BOOST_REQUIRE(block_bytes >= bytes + kTailPadding);
    BOOST_TEST(block_bytes <= (bytes + kTailPadding) * 5 / 4 + 2 * kAlignment);
    // A memory checker would report this write if the padding were missing.
    std::memset(storage.data(), 1, bytes + kTailPadding);
  }
}

BOOST_AUTO_TEST_CASE(handles_share_a_block_until_the_last_one_goes) {
  const std::size_t before = statistics().bytes_in_use;
  std::optional<Storage> first(Storage(1000, Device::cpu));
  BOOST_TEST(first->unique());
  Storage second = *first;
  BOOST_TEST(!first->unique());
  BOOST_TEST(second.same_block(*first));
  BOOST_TEST(!second.same_block(Storage(1000, Device::cpu)));
  first.reset();
  BOOST_TEST(second.unique());
  BOOST_TEST(statistics().bytes_in_use > before);
  second = Storage();
  BOOST_TEST(!second);
  BOOST_TEST(second.data() == nullptr);
  BOOST_TEST(statistics().bytes_in_use == before);
}

BOOST_AUTO_TEST_CASE(scratch_memory_comes_from_the_same_cache) {
  const std::byte* block = Storage(4000, Device::cpu).data();
  const std::size_t in_use = statistics().bytes_in_use;
  {
    const Scratch scratch(1000);
    BOOST_TEST(reinterpret_cast<const std::byte*>(scratch.data()) == block);
    BOOST_TEST(reinterpret_cast<const std::byte*>(scratch.integers()) == block);
    BOOST_TEST(statistics().bytes_in_use > in_use);
  }
  BOOST_TEST(statistics().bytes_in_use == in_use);
}

BOOST_AUTO_TEST_CASE(threads_may_allocate_and_free_at_once) {
  const std::size_t before = statistics().bytes_in_use;
  const auto work = [] {
    std::vector<Storage> kept(8);
    for (std::size_t i = 0; i < 5000; ++i) {
      kept[i % kept.size()] = Storage(100 + i % 7 * 500, Device::cpu);
      std::memset(kept[i % kept.size()].data(), static_cast<int>(i), 100);
    }
  };
  std::thread other(work);
  work();
  other.join();
  BOOST_TEST(statistics().bytes_in_use == before);
}

BOOST_AUTO_TEST_CASE(memory_that_cannot_be_had_is_an_error_that_names_the_bytes) {
  const std::size_t in_use = statistics().bytes_in_use;
  const auto names_bytes = [](const Error& error) {
    return std::string(error.what())
        .starts_with("[storage] out of memory: asked for 1152921504606846976 bytes");
  };
  constexpr std::size_t kBlock = std::size_t{1} << 60;
  BOOST_CHECK_EXCEPTION(Storage(kBlock - kTailPadding, Device::cpu), Error, names_bytes);
  // Padding and rounding must not wrap around to a small block.
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {kMost, kMost - kTailPadding, kMost / 2 + 1}) {
    BOOST_CHECK_EXCEPTION(Storage(bytes, Device::cpu), Error, [bytes](const Error& error) {
      return std::string(error.what())
          .starts_with("[storage] out of memory: asked for " + std::to_string(bytes) + " bytes");
    });
  }
  BOOST_TEST(statistics().bytes_in_use == in_use);
  BOOST_TEST(statistics().peak_bytes_in_use < kBlock);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
