// The group of one process, and the sum whose bits do not depend on the number of ranks: each rank
// gets one section of every part, adds it up over all parts, and gives the result to all.
#include "framework/group/group.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cstring>

namespace credence {
namespace {

class SingleProcess final : public Group {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce(std::span<float> /*numbers*/) override {}
  void all_reduce(std::span<double> /*numbers*/) override {}
  void broadcast(std::span<std::byte> /*bytes*/, int /*root*/) override {}
  void barrier() override {}
  std::vector<std::string> all_gather(std::string_view bytes) override {
    return {std::string(bytes)};
  }
  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    return sent;
  }
  void fail(const std::string& /*cause*/) override {}
};

// Adds up parts begin, …, end − 1 into the first of them: the sum of the lower half plus that of
// the upper half.
void add_up(std::vector<const float*>& parts, std::vector<std::vector<float>>& memory,
            std::size_t begin, std::size_t end, std::size_t length) {
  if (end - begin < 2) return;
  const std::size_t middle = begin + (end - begin) / 2;
  add_up(parts, memory, begin, middle, length);
  add_up(parts, memory, middle, end, length);
  std::vector<float>& sum = memory[begin];
  if (sum.empty()) sum.assign(parts[begin], parts[begin] + length);
  for (std::size_t i = 0; i < length; ++i) sum[i] += parts[middle][i];
  parts[begin] = sum.data();
}

// The elements of a section of n elements: one for each rank.
PartRange section_of(std::size_t n, int rank, int size) {
  return parts_of_rank(static_cast<std::int64_t>(n), rank, size);
}

}  // namespace

Group& single_process() {
  static SingleProcess group;
  return group;
}

bool on_some_rank(Group& group, bool own) {
  if (group.alone()) return own;
  double count = own ? 1 : 0;
  group.all_reduce(std::span(&count, 1));
  return count > 0;
}

PartRange parts_of_rank(std::int64_t parts, int rank, int size) {
  return {parts * rank / size, parts * (rank + 1) / size};
}

void ordered_sum(Group& group, std::int64_t total, const std::vector<std::span<const float>>& parts,
                 std::span<float> sum) {
  const int size = group.size();
  const PartRange own = parts_of_rank(total, group.rank(), size);
  if (static_cast<std::int64_t>(parts.size()) != own.size()) {
    throw ValueError("[ordered_sum] rank " + std::to_string(group.rank()) + " has " +
                     std::to_string(parts.size()) + " parts, expected " +
                     std::to_string(own.size()));
  }
  std::vector<std::vector<float>> sent(static_cast<std::size_t>(size));
  for (int rank = 0; rank < size; ++rank) {
    const PartRange section = section_of(sum.size(), rank, size);
    for (const std::span<const float>& part : parts) {
      const auto rows = part.subspan(static_cast<std::size_t>(section.begin),
                                     static_cast<std::size_t>(section.size()));
      std::vector<float>& target = sent[static_cast<std::size_t>(rank)];
      target.insert(target.end(), rows.begin(), rows.end());
    }
  }
  const std::vector<std::vector<float>> received = group.exchange(sent);
  sent.clear();
  const PartRange section = section_of(sum.size(), group.rank(), size);
  const auto length = static_cast<std::size_t>(section.size());
  std::vector<const float*> all;
  for (int rank = 0; rank < size; ++rank) {
    const float* next = received[static_cast<std::size_t>(rank)].data();
    const std::int64_t count = parts_of_rank(total, rank, size).size();
    for (std::int64_t i = 0; i < count; ++i, next += length) all.push_back(next);
  }
  std::vector<std::vector<float>> memory(all.size());
  add_up(all, memory, 0, all.size(), length);
  const std::string_view bytes(reinterpret_cast<const char*>(all.empty() ? nullptr : all.front()),
                               all.empty() ? 0 : length * sizeof(float));
  float* target = sum.data();
  for (const std::string& result : group.all_gather(bytes)) {
    if (!result.empty()) std::memcpy(target, result.data(), result.size());
    target += result.size() / sizeof(float);
  }
}

}  // namespace credence
