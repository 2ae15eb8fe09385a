#include "framework/cuda/precision.hpp"

namespace credence::cuda {
namespace {

Precision chosen = Precision::fp32;

}  // namespace

void set_precision(Precision precision) { chosen = precision; }

Precision precision() { return chosen; }

}  // namespace credence::cuda
