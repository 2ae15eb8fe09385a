// Tests of the CUDA steps of the ladder on the emulated device, against sums in double precision
// and the stream's own numbers.
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "benchmarks/kernels/operands.hpp"
#include "tests/cuda/device.hpp"

#include <cmath>

namespace credence {

BOOST_AUTO_TEST_SUITE(cuda_ladder)

namespace {

using benchmarks::cuda_ladder;
using benchmarks::CudaLadder;

Tensor normals_on_device(std::int64_t n) { return benchmarks::filled({}, {n}, "x", Device::cuda); }

BOOST_AUTO_TEST_CASE(every_step_adds) {
  const CudaLadder& steps = cuda_ladder();
  // Less than a block, several blocks, and more blocks than a block has threads; packs are of four.
  for (const std::int64_t n : {4, 252, 5000, 70'004}) {
    const Tensor x = normals_on_device(n);
    const Tensor here = x.to(Device::cpu);
    double expected = 0;
    double scale = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      expected += static_cast<double>(here.data<float>()[i]);
      scale += std::fabs(here.data<float>()[i]);
    }
    for (const CudaLadder::Reduce sum :
         {steps.sum_naive, steps.sum_shared, steps.sum_shuffled, steps.sum_packed}) {
      const Tensor y = Tensor::full({1}, 77, DType::float32, Device::cuda);
      sum(n, x.data<float>(), y.data<float>());
      BOOST_TEST(std::fabs(y.to(Device::cpu).item() - expected) < 1e-6 * scale, n);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_step_normalises_rows) {
  const CudaLadder& steps = cuda_ladder();
  // Fewer columns than a warp has threads, more than a block; rows that do not fill a block's
  // warps.
  for (const auto& [rows, columns] : {std::pair<std::int64_t, std::int64_t>{3, 5}, {13, 300}}) {
    const Tensor x = normals_on_device(rows * columns);
    const Tensor here = x.to(Device::cpu);
    for (const CudaLadder::Softmax softmax :
         {steps.log_softmax_naive, steps.log_softmax_shared, steps.log_softmax_shuffled,
          steps.log_softmax_online}) {
      const Tensor y = Tensor::full({rows * columns}, 77, DType::float32, Device::cuda);
      softmax(rows, columns, x.data<float>(), y.data<float>());
      const Tensor found = y.to(Device::cpu);
      for (std::int64_t row = 0; row < rows; ++row) {
        const float* const values = here.data<float>() + row * columns;
        double sum = 0;
        for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(static_cast<double>(values[i]));
        for (std::int64_t i = 0; i < columns; ++i) {
          const double expected = static_cast<double>(values[i]) - std::log(sum);
          BOOST_TEST(std::fabs(found.data<float>()[row * columns + i] - expected) < 2e-6);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_step_draws_the_streams_numbers) {
  const CudaLadder& steps = cuda_ladder();
  const RandomStream stream = Generator(5).split("noise").next();
  // One group, whose sixteen blocks are half a warp, and several warps.
  for (const std::int64_t n : {64, 64 * 37}) {
    for (const CudaLadder::Normal normal :
         {steps.normal_naive, steps.normal_blocks, steps.normal_shuffled}) {
      const Tensor y = Tensor::full({n}, 77, DType::float32, Device::cuda);
      normal(stream, n, y.data<float>());
      const Tensor found = y.to(Device::cpu);
      for (std::int64_t i = 0; i < n; ++i) {
        BOOST_TEST(std::fabs(found.data<float>()[i] - stream.normal(i)) < 5e-6, n << " " << i);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
