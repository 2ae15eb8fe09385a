// Tests of the allocator over a source of memory that runs out.
#include "framework/core/caching_allocator.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cstdlib>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(allocator)

namespace {

// A source with a limited number of bytes in all.
struct SmallMemory {
  std::size_t left;
  std::unordered_map<std::byte*, std::size_t> blocks{};

  MemorySource source() {
    return {[this](std::size_t bytes) -> std::byte* {
              if (bytes > left) return nullptr;
              left -= bytes;
              auto* const block = static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
              blocks[block] = bytes;
              return block;
            },
            [this](std::byte* block) {
              left += blocks.at(block);
              blocks.erase(block);
              std::free(block);
            },
            [this] { return ", " + std::to_string(left) + " free"; }};
  }
};

BOOST_AUTO_TEST_CASE(cached_blocks_make_room_for_another_size) {
  SmallMemory memory{.left = 12'000};
  CachingAllocator allocator("test", memory.source());
  std::byte* const first = allocator.allocate(6000);
  allocator.free(first, 6000);
  BOOST_TEST(memory.blocks.size() == 1U);
  BOOST_TEST(allocator.statistics().bytes_cached > 6000U);
  std::byte* const second = allocator.allocate(9000);
  BOOST_TEST(memory.blocks.size() == 1U);
  BOOST_TEST(allocator.statistics().bytes_cached == 0U);
  allocator.free(second, 9000);
  allocator.release();
  BOOST_TEST(memory.blocks.empty());
}

BOOST_AUTO_TEST_CASE(an_error_names_what_was_asked_for_in_use_and_free_and_changes_nothing) {
  SmallMemory memory{.left = 10'000};
  CachingAllocator allocator("test", memory.source());
  std::byte* const block = allocator.allocate(4000);
  const AllocatorStatistics before = allocator.statistics();
  BOOST_CHECK_EXCEPTION(allocator.allocate(8000), Error,
                        says("bytes on device test with " + std::to_string(before.bytes_in_use) +
                             " in use, " + std::to_string(memory.left) + " free"));
  BOOST_TEST(allocator.statistics().bytes_in_use == before.bytes_in_use);
  BOOST_TEST(allocator.statistics().peak_bytes_in_use == before.peak_bytes_in_use);
  // A request that fits is still served.
  std::byte* const small = allocator.allocate(1000);
  allocator.free(small, 1000);
  allocator.free(block, 4000);
  allocator.release();
}

BOOST_AUTO_TEST_CASE(nobody_gets_the_blocks_of_a_pool_until_it_is_released) {
  SmallMemory memory{.left = 20'000};
  CachingAllocator allocator("test", memory.source());
  std::byte* const before = allocator.allocate(2000);
  const int pool = allocator.begin_pool();
  BOOST_CHECK_EXCEPTION(allocator.begin_pool(), Error, says("a pool"));
  // A block from outside the pool goes back outside, even now.
  allocator.free(before, 2000);
  std::byte* const first = allocator.allocate(2000);
  BOOST_TEST(first != before);
  allocator.free(first, 2000);
  BOOST_TEST(allocator.allocate(2000) == first);
  allocator.end_pool();
  allocator.free(first, 2000);
  BOOST_TEST(allocator.allocate(2000) == before);
  allocator.free(before, 2000);
  allocator.release();
  BOOST_TEST(memory.blocks.size() == 1U);
  BOOST_TEST(memory.blocks.contains(first));
  BOOST_TEST(allocator.statistics().bytes_cached > 2000U);
  allocator.release_pool(pool);
  BOOST_TEST(allocator.allocate(2000) == first);
  allocator.free(first, 2000);
  allocator.release();
  BOOST_TEST(memory.blocks.empty());
  BOOST_TEST(allocator.statistics().bytes_cached == 0U);
}

BOOST_AUTO_TEST_CASE(a_pool_can_have_cached_memory_and_frees_none) {
  SmallMemory memory{.left = 10'000};
  CachingAllocator allocator("test", memory.source());
  std::byte* const cached = allocator.allocate(6000);
  std::byte* const used = allocator.allocate(2000);
  allocator.free(cached, 6000);
  const int pool = allocator.begin_pool();
  // Free outside the pool, and not given back to the source before the pool ends.
  allocator.free(used, 2000);
  std::byte* const inside = allocator.allocate(6000);
  BOOST_TEST(memory.blocks.size() == 2U);
  BOOST_CHECK_EXCEPTION(allocator.allocate(3000), Error, says("out of memory"));
  BOOST_TEST(memory.blocks.contains(used));
  allocator.end_pool();
  allocator.free(inside, 6000);
  allocator.release_pool(pool);
  std::byte* const after = allocator.allocate(8000);
  BOOST_TEST(memory.blocks.size() == 1U);
  allocator.free(after, 8000);
  allocator.release();
}

BOOST_AUTO_TEST_CASE(a_block_that_outlives_its_pool_is_everybodys_afterwards) {
  SmallMemory memory{.left = 20'000};
  CachingAllocator allocator("test", memory.source());
  const int pool = allocator.begin_pool();
  std::byte* const block = allocator.allocate(1000);
  allocator.end_pool();
  allocator.release_pool(pool);
  allocator.free(block, 1000);
  BOOST_TEST(allocator.allocate(1000) == block);
  allocator.free(block, 1000);
  allocator.release();
  BOOST_TEST(memory.blocks.empty());
}

BOOST_AUTO_TEST_CASE(blocks_are_filled_where_that_is_asked_for) {
  SmallMemory memory{.left = 12'000};
  CachingAllocator allocator("test", memory.source());
  std::byte* block = allocator.allocate(100);
  block[99] = std::byte{1};
  allocator.free(block, 100);
  allocator.fill_blocks_with(0xff);
  block = allocator.allocate(100);
  BOOST_TEST((block[0] == std::byte{0xff}));
  BOOST_TEST((block[100 + kTailPadding - 1] == std::byte{0xff}));
  block[99] = std::byte{1};
  allocator.free(block, 100);
  allocator.fill_blocks_with({});
  block = allocator.allocate(100);
  BOOST_TEST((block[99] == std::byte{1}));
  allocator.free(block, 100);
  allocator.release();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
