#include "benchmarks/kernels/instruction_sets.hpp"

#include <string_view>

namespace credence::benchmarks {

std::vector<const InstructionSet*> runnable_instruction_sets() {
  std::vector<const InstructionSet*> sets{&baseline::instruction_set()};
#ifdef CREDENCE_X86_KERNELS
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(&avx2::instruction_set());
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      sets.push_back(&avx512::instruction_set());
    }
  }
#endif
  return sets;
}

const Ladder& ladder() {
  const std::vector<const InstructionSet*> sets = runnable_instruction_sets();
  for (const InstructionSet* set : sets) {
    if (std::string_view(set->name) == cpu_instruction_set()) return set->ladder;
  }
  return sets.front()->ladder;
}

}  // namespace credence::benchmarks
