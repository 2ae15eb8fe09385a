// The kernel families of this folder. Each fills its entries of the table: in the compilations of
// the instruction sets with fast kernels in float32, in that of the reference with plain loops in
// float64.
#pragma once

#include "framework/cpu/element.hpp"
#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

void list_pointwise(Kernels<Element>& table);
void list_arithmetic(Kernels<Element>& table);
void list_several_arrays(Kernels<Element>& table);
void list_matmul(Kernels<Element>& table);
void list_convolution(Kernels<Element>& table);
/// The gradient of the weights in float32, which list_convolution includes.
void list_convolution_weight(Kernels<float>& table);
void list_noise(Kernels<Element>& table);
void list_pooling(Kernels<Element>& table);
void list_softmax(Kernels<Element>& table);
void list_normalization(Kernels<Element>& table);
void list_filter_response_norm(Kernels<Element>& table);
void list_dropout(Kernels<Element>& table);
void list_optimizer(Kernels<Element>& table);
void list_gather(Kernels<Element>& table);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
