// The device's kernels, compiled for the host.
#include "framework/cuda/arithmetic.cu"
#include "framework/cuda/memory.cu"
#include "framework/cuda/pointwise.cu"
