// The table of the CUDA steps.
#include "benchmarks/kernels/cuda_ladder.hpp"

namespace credence::benchmarks {

const CudaLadder& cuda_ladder() {
  static const CudaLadder all = [] {
    CudaLadder ladder{};
    list_cuda_sums(ladder);
    list_cuda_softmax(ladder);
    list_cuda_noise(ladder);
    return ladder;
  }();
  return all;
}

}  // namespace credence::benchmarks
