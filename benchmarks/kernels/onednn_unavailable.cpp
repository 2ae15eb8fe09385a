// No cases of oneDNN, in a build without it.
#include "benchmarks/kernels/rivals.hpp"
#include "framework/base/error.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::benchmarks::onednn {
namespace {

[[noreturn]] void refuse() { throw Error("this build has no oneDNN (libdnnl-dev)"); }

}  // namespace

std::string version() { return ""; }

void set_threads(int) {}

Call multiply(const ProductShape&, const Tensor&, const Tensor&, const Tensor&) { refuse(); }

std::string implementation(Pass, const ConvolutionShape&, Method) { return ""; }

Call convolution(Pass, const ConvolutionShape&, Method, const PassTensors&) { refuse(); }

Call pointwise(Pointwise, const Tensor&, const Tensor&) { refuse(); }

}  // namespace credence::benchmarks::onednn
