#include "framework/kernels.hpp"

#include "framework/cpu/table.hpp"
#include "framework/cuda/table.hpp"

#include <cstdlib>

namespace credence {

void throw_no_kernel(const char* name, Device device) {
  throw Error(std::string("[") + name + "] there is no such kernel on the device " +
              to_string(device));
}

BroadcastLoop broadcast_loop(const Shape& a, const Shape& b, const char* op) {
  const Shape common = broadcast_shape(a, b, op);
  BroadcastLoop reversed;  // innermost dimension first
  std::int64_t a_stride = 1;
  std::int64_t b_stride = 1;
  for (int i = 1; i <= common.rank(); ++i) {
    const std::int64_t extent = common[-i];
    const std::int64_t a_extent = i <= a.rank() ? a[-i] : 1;
    const std::int64_t b_extent = i <= b.rank() ? b[-i] : 1;
    const std::int64_t a_step = a_extent == 1 ? 0 : a_stride;
    const std::int64_t b_step = b_extent == 1 ? 0 : b_stride;
    a_stride *= a_extent;
    b_stride *= b_extent;
    if (extent == 1) continue;
    reversed.numel *= extent;
    const auto last = static_cast<std::size_t>(reversed.rank - 1);
    if (reversed.rank > 0 && a_step == reversed.a_strides[last] * reversed.extents[last] &&
        b_step == reversed.b_strides[last] * reversed.extents[last]) {
      reversed.extents[last] *= extent;
      continue;
    }
    const auto next = static_cast<std::size_t>(reversed.rank++);
    reversed.extents[next] = extent;
    reversed.a_strides[next] = a_step;
    reversed.b_strides[next] = b_step;
  }
  BroadcastLoop loop;
  loop.numel = common.numel();
  loop.rank = reversed.rank;
  for (int i = 0; i < loop.rank; ++i) {
    const auto to = static_cast<std::size_t>(i);
    const auto from = static_cast<std::size_t>(loop.rank - 1 - i);
    loop.extents[to] = reversed.extents[from];
    loop.a_strides[to] = reversed.a_strides[from];
    loop.b_strides[to] = reversed.b_strides[from];
  }
  return loop;
}

Reduction split_reduction(const BroadcastLoop& loop) {
  Reduction parts;
  for (int i = 0; i < loop.rank; ++i) {
    const auto from = static_cast<std::size_t>(i);
    BroadcastLoop& part = loop.b_strides[from] == 0 ? parts.summed : parts.kept;
    const auto to = static_cast<std::size_t>(part.rank++);
    part.extents[to] = loop.extents[from];
    part.a_strides[to] = loop.a_strides[from];
    part.b_strides[to] = loop.b_strides[from];
    part.numel *= loop.extents[from];
  }
  if (loop.numel == 0 && parts.kept.numel != 0) parts.summed.numel = 0;
  return parts;
}

namespace {

// An instruction set for which this build has kernels.
struct InstructionSet {
  const char* name;
  bool runnable;  // by this processor
  const cpu::Table& (*table)();
};

// The widest last.
std::vector<InstructionSet> built_instruction_sets() {
  std::vector<InstructionSet> sets{{"baseline", true, cpu::baseline::table}};
#ifdef CREDENCE_X86_KERNELS
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  sets.push_back({"avx2", avx2, cpu::avx2::table});
  sets.push_back({"avx512", avx512, cpu::avx512::table});
#endif
  return sets;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Throws ValueError where CREDENCE_ISA asks for what there is not.
InstructionSet chosen_instruction_set() {
  const char* const variable = std::getenv("CREDENCE_ISA");
  const std::string wanted = variable == nullptr ? "" : variable;
  const std::vector<InstructionSet> sets = built_instruction_sets();
  std::vector<std::string> built;
  for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
    if (wanted.empty() ? set->runnable : wanted == set->name) {
      if (set->runnable) return *set;
      throw ValueError("[kernel] CREDENCE_ISA=" + wanted +
                       ": this processor lacks that instruction set, it can run " +
                       joined(cpu_instruction_sets()));
    }
    built.insert(built.begin(), set->name);
  }
  throw ValueError("[kernel] CREDENCE_ISA=" + wanted +
                   " names no instruction set of this build, which has " + joined(built));
}

const cpu::Table& cpu_table() {
  static const cpu::Table& table = chosen_instruction_set().table();
  return table;
}

}  // namespace

std::vector<std::string> cpu_instruction_sets() {
  std::vector<std::string> names;
  for (const InstructionSet& set : built_instruction_sets()) {
    if (set.runnable) names.emplace_back(set.name);
  }
  return names;
}

template <>
const Kernels<float>& kernels<float>(Device device) {
  return device == Device::cpu ? cpu_table().single : cuda::table().single;
}

template <>
const Kernels<double>& kernels<double>(Device device) {
  return device == Device::cpu ? cpu_table().reference : cuda::table().reference;
}

const char* cpu_instruction_set() { return cpu_table().name; }

}  // namespace credence
