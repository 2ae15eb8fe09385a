// The instruction sets that the machine can run, and the ladder of the one that the framework uses.
#include "benchmarks/kernels/instruction_sets.hpp"

#include "framework/dispatch/kernels.hpp"

#include <string>
#include <string_view>

namespace credence::benchmarks {

std::vector<const InstructionSet*> runnable_instruction_sets() {
  std::vector<const InstructionSet*> sets;
  // A function that was compiled for a set may need it: that of another set is not called.
  for (const std::string& name : cpu_instruction_sets()) {
#ifdef __aarch64__
    if (name == "neon") sets.push_back(&neon::instruction_set());
#else
    if (name == "baseline") sets.push_back(&baseline::instruction_set());
#endif
#ifdef CREDENCE_X86_KERNELS
    if (name == "avx2") sets.push_back(&avx2::instruction_set());
    if (name == "avx512") sets.push_back(&avx512::instruction_set());
#endif
  }
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
