// Tensors of random numbers.
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

namespace credence {

/// Standard normal numbers, elements 0, 1, … of the stream, in the shape and type and on the device
/// of `like`. Throws Error unless that is a floating-point type.
Tensor normal_tensor(const Tensor& like, const RandomStream& stream);

/// Standard normal numbers from the generator's next draw, as torch.randn: the same on every
/// device, up to rounding. Throws Error unless the type is a floating-point one.
Tensor randn(const Shape& shape, Generator& generator, DType dtype = DType::float32,
             Device device = Device::cpu);

/// Random signs, likewise: 1 or −1, each with probability ½ (the Rademacher distribution).
Tensor sign_tensor(const Tensor& like, const RandomStream& stream);

}  // namespace credence
