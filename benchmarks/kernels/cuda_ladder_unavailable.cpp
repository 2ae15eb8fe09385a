// The CUDA steps in a build without CUDA.
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

const CudaLadder& cuda_ladder() {
  throw Error("the CUDA steps of the ladder are not in this build: it has no CUDA");
}

}  // namespace credence::benchmarks
