// The choice of the CPU kernels for this processor and of the kernel table of a device.
#include "framework/dispatch/kernels.hpp"

#include "framework/cpu/table.hpp"
#include "framework/cuda/table.hpp"

#include <cstdlib>

/// Defined by the library credence-cuda; null in a program that is linked without it.
extern "C" [[gnu::weak]] const credence::cuda::Table* credence_cuda_kernels();

namespace credence {

namespace {

// An instruction set for which this build has kernels.
struct InstructionSet {
  const char* name;
  bool runnable;  // by this processor
  const cpu::Table& (*table)();
};

// In ascending order of width.
std::vector<InstructionSet> built_instruction_sets() {
#ifdef __aarch64__
  std::vector<InstructionSet> sets{{"neon", true, cpu::neon::table}};
#else
  std::vector<InstructionSet> sets{{"baseline", true, cpu::baseline::table}};
#endif
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

// The set that CREDENCE_ISA names, or else the widest that this processor runs. Throws ValueError
// where CREDENCE_ISA names an unknown set or one that the processor lacks.
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

namespace {

const cuda::Table& cuda_table() {
  if (credence_cuda_kernels == nullptr) throw Error("[cuda] this build has no CUDA");
  return *credence_cuda_kernels();
}

}  // namespace

template <>
const Kernels<float>& kernels<float>(Device device) {
  return device == Device::cpu ? cpu_table().kernels : cuda_table().single;
}

template <>
const Kernels<double>& kernels<double>(Device device) {
  return device == Device::cpu ? cpu::reference::kernels() : cuda_table().reference;
}

const char* cpu_instruction_set() { return cpu_table().name; }

const char* cpu_convolution_algorithm(const ConvolutionShape& shape, ConvolutionPass pass) {
  return cpu_table().convolution_algorithm(shape, pass);
}

}  // namespace credence
