// The precision of products, which is part of the device's context.
#include "framework/device/precision.hpp"

namespace credence {
namespace {

Precision chosen = Precision::fp32;

}  // namespace

void set_precision(Precision precision) { chosen = precision; }

Precision precision() { return chosen; }

}  // namespace credence
