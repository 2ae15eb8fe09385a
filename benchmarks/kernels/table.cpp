// The ladder and the peak loops of one instruction set.
#include "benchmarks/kernels/families.hpp"

#define CREDENCE_STRING_OF(name) #name
#define CREDENCE_STRING(name) CREDENCE_STRING_OF(name)

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

Ladder listed() {
  Ladder ladder;
  list_products(ladder);
  list_convolutions(ladder);
  list_direct(ladder);
  list_winograd(ladder);
  list_moments(ladder);
  list_noise(ladder);
  list_softplus(ladder);
  list_elementwise(ladder);
  return ladder;
}

}  // namespace

const InstructionSet& instruction_set() {
  static const InstructionSet set{CREDENCE_STRING(CREDENCE_ISA), listed(), peak_loops()};
  return set;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
