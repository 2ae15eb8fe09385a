// No cases of OpenBLAS, in a build without it.
#include "benchmarks/kernels/rivals.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks::openblas {

std::string version() { return ""; }

void set_threads(int) {}

void multiply(const ProductShape&, const float*, const float*, float*) {
  throw Error("this build has no OpenBLAS (libopenblas-dev)");
}

}  // namespace credence::benchmarks::openblas
