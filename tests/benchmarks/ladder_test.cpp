// Tests of the ladders: each step computes what its definition says in double precision, and
// credence-kernels prints the steps in their order.
#include "benchmarks/kernels/ladder.hpp"

#include "framework/dispatch/kernels.hpp"
#include "tests/benchmarks/kernel_arrays.hpp"
#include "tests/benchmarks/kernels_program.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(ladders)

namespace {

using benchmarks::ladder;
using benchmarks::Ladder;
using test::relative_difference;
using test::unwritten;

// Images with stride 1, a kernel of k × k and padding p.
ConvolutionShape images(std::int64_t channels, std::int64_t out, std::int64_t height,
                        std::int64_t width, std::int64_t k, std::int64_t p) {
  ConvolutionShape s;
  s.batch = 2;
  s.in_channels = channels;
  s.out_channels = out;
  s.input = {1, height, width};
  s.kernel = {1, k, k};
  s.padding = {0, p, p};
  s.output = {1, height + 2 * p - k + 1, width + 2 * p - k + 1};
  return s;
}

struct Convolved {
  ConvolutionShape shape;
  Tensor x = normals({shape.input_numel()}, "x");
  Tensor weight = normals({shape.weight_numel()}, "weight");
  Tensor expected = unwritten(shape.output_numel(), DType::float64);
  Tensor x32 = x.to(DType::float32);
  Tensor weight32 = weight.to(DType::float32);

  explicit Convolved(const ConvolutionShape& s) : shape(s) {
    kernels<double>(Device::cpu)
        .convolution_forward(shape, x.data<double>(), weight.data<double>(), {},
                             expected.data<double>());
  }
  template <class Step>
  double error(Step step) const {
    const Tensor y = unwritten(shape.output_numel());
    step(shape, x32.data<float>(), weight32.data<float>(), y.data<float>());
    return relative_difference(y, expected);
  }
};

// F(side × side, 3 × 3) with products from the definition.
auto by_products(const Ladder::WinogradTransforms& winograd) {
  return [&](const ConvolutionShape& s, const float* x, const float* weight, float* y) {
    const std::int64_t side = winograd.side;
    const std::int64_t tiles = (s.output[1] + side - 1) / side * ((s.output[2] + side - 1) / side);
    const std::int64_t elements = (side + 2) * (side + 2);
    const Tensor u = unwritten(elements * s.out_channels * s.in_channels);
    const Tensor v = unwritten(elements * s.in_channels * tiles);
    const Tensor products = unwritten(elements * s.out_channels * tiles);
    winograd.weights(s, weight, u.data<float>());
    for (std::int64_t n = 0; n < s.batch; ++n) {
      winograd.input(s, x + n * s.input_numel() / s.batch, v.data<float>());
      for (std::int64_t e = 0; e < elements; ++e) {
        ladder().multiply_naive(s.out_channels, tiles, s.in_channels,
                                u.data<float>() + e * s.out_channels * s.in_channels,
                                v.data<float>() + e * s.in_channels * tiles,
                                products.data<float>() + e * s.out_channels * tiles);
      }
      winograd.output(s, products.data<float>(), y + n * s.output_numel() / s.batch);
    }
  };
}

// The last parts of the names that credence-kernels lists for these arguments.
std::vector<std::string> listed(const std::string& out) {
  std::vector<std::string> names;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    names.push_back(line.substr(line.rfind('/') + 1));
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(direct_steps_convolve) {
  // Rows shorter and longer than a tile of 32, channels that are no multiple of four.
  for (const ConvolutionShape& s : {images(3, 5, 7, 6, 3, 1), images(2, 8, 6, 37, 5, 2)}) {
    const Convolved c(s);
    BOOST_TEST(c.error(ladder().convolution_forward_blocked) < 3e-6);
    BOOST_TEST(c.error(ladder().convolution_forward_tiled) < 3e-6);
  }
}

BOOST_AUTO_TEST_CASE(winograds_steps_convolve) {
  // Extents that tiles of 2 and of 4 fill and do not fill, with and without padding.
  for (const ConvolutionShape& s : {images(3, 5, 8, 8, 3, 1), images(2, 3, 9, 7, 3, 0)}) {
    const Convolved c(s);
    BOOST_TEST(c.error(ladder().winograd_formula) < 3e-6);
    BOOST_TEST(c.error(ladder().winograd_shared) < 3e-6);
    BOOST_TEST(c.error(by_products(ladder().winograd_2x2)) < 3e-6);
    BOOST_TEST(c.error(by_products(ladder().winograd_4x4)) < 3e-5);
  }
}

BOOST_AUTO_TEST_CASE(steps_of_the_pair_give_mean_and_variance) {
  // Inside tiles of 4 × 32 and across their edges.
  struct Sizes {
    std::int64_t rows, out, in;
  };
  for (const Sizes& s : {Sizes{4, 32, 3}, Sizes{7, 37, 20}, Sizes{1, 1, 1}}) {
    const Tensor x = normals({s.rows * s.in}, "x").to(DType::float32);
    const Tensor mu = normals({s.out * s.in}, "mu").to(DType::float32);
    const Tensor sigma2 = normals({s.out * s.in}, "sigma").to(DType::float32);
    for (std::int64_t i = 0; i < sigma2.numel(); ++i) {
      sigma2.data<float>()[i] *= sigma2.data<float>()[i];
    }
    const Tensor mean64 = unwritten(s.rows * s.out, DType::float64);
    const Tensor variance64 = unwritten(s.rows * s.out, DType::float64);
    for (std::int64_t n = 0; n < s.rows; ++n) {
      for (std::int64_t o = 0; o < s.out; ++o) {
        double first = 0;
        double second = 0;
        for (std::int64_t c = 0; c < s.in; ++c) {
          const double value = x.data<float>()[n * s.in + c];
          first += value * mu.data<float>()[o * s.in + c];
          second += value * value * sigma2.data<float>()[o * s.in + c];
        }
        mean64.data<double>()[n * s.out + o] = first;
        variance64.data<double>()[n * s.out + o] = second;
      }
    }
    for (const Ladder::Moments step :
         {ladder().moments_naive, ladder().moments_reordered, ladder().moments_tiled}) {
      const Tensor mean = unwritten(s.rows * s.out);
      const Tensor variance = unwritten(s.rows * s.out);
      step(s.rows, s.out, s.in, x.data<float>(), mu.data<float>(), sigma2.data<float>(),
           mean.data<float>(), variance.data<float>());
      BOOST_TEST(relative_difference(mean, mean64) < 3e-6);
      BOOST_TEST(relative_difference(variance, variance64) < 3e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(steps_of_the_noise_draw_the_streams_numbers) {
  constexpr std::int64_t kNumbers = 64 * 300;
  const RandomStream stream = Generator(3).split("noise").next();
  for (const auto step : {ladder().normal, ladder().normal_blocks, ladder().normal_lanes,
                          ladder().normal_polynomials}) {
    const Tensor y = unwritten(kNumbers);
    step(stream, kNumbers, y.data<float>());
    double largest = 0;
    for (std::int64_t i = 0; i < kNumbers; ++i) {
      largest = std::max(largest, std::fabs(y.data<float>()[i] - stream.normal(i)));
    }
    BOOST_TEST(largest < 2e-6);
  }
}

BOOST_AUTO_TEST_CASE(steps_of_softplus_agree_with_the_library) {
  std::vector<float> x{0, -0.0F, 1e-30F, -1e-30F, 1000, -1000, 88, -88, -87, -104};
  for (int i = -400; i <= 400; ++i) x.push_back(static_cast<float>(i) / 16);
  const auto n = static_cast<std::int64_t>(x.size());
  for (const auto step :
       {ladder().softplus, ladder().softplus_polynomials, ladder().softplus_undivided}) {
    std::vector<float> y(x.size(), 77);
    step(n, x.data(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = std::fmax(x[i], 0) + std::log1p(std::exp(-std::fabs(double{x[i]})));
      // e^-87 takes the place of what is smaller.
      BOOST_TEST(std::fabs(y[i] - expected) <= 6e-7 * expected + 2e-38, x[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_ladder_lists_its_steps_from_the_definition_to_our_kernel) {
  using Names = std::vector<std::string>;
  const std::vector<std::pair<const char*, Names>> ladders{
      {"product", {"naive", "reordered", "blocked", "tiled", "credence"}},
      {"convolution", {"naive", "rows", "blocked", "tiled", "credence"}},
      {"winograd",
       {"naive", "winograd_formula", "winograd_shared", "winograd_2x2", "winograd_4x4",
        "credence"}},
      {"moments", {"naive", "reordered", "tiled", "credence_composed", "credence"}},
      {"noise", {"naive", "blocks", "lanes", "polynomials", "credence"}},
      {"softplus", {"naive", "polynomials", "undivided", "credence"}},
  };
  for (const auto& [name, expected] : ladders) {
    const auto outcome = run_kernels({"--ladder", name, "--list"});
    if (!outcome) return;
    BOOST_TEST(outcome->err == "");
    BOOST_TEST(listed(outcome->out) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_ladder_takes_problems_of_its_kind) {
  const auto outcome =
      run_kernels({"--ladder", "winograd", "--conv", "mb1ic4oc4ih9kh3ph1", "--list"});
  if (!outcome) return;
  BOOST_TEST(listed(outcome->out).size() == 6U, outcome->out);
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& why) {
    const auto wrong = run_kernels(arguments);
    BOOST_TEST(wrong->status == 2);
    BOOST_TEST(wrong->out == "");
    BOOST_TEST(line_count(wrong->err) == 1, wrong->err);
    BOOST_TEST(wrong->err.find(why) != std::string::npos, wrong->err);
  };
  refused({"--ladder", "winograd", "--matmul", "8x8x8"},
          "the ladder winograd takes --conv, not --matmul");
  refused({"--ladder", "winograd", "--conv", "mb1ic4oc4ih9kh3sh2"},
          "the steps of winograd do not compute mb1ic4ih9oc4oh4kh3sh2");
  refused({"--ladder", "noise", "--pointwise", "normal:100"},
          "the steps of noise do not compute normal:100");
  refused({"--ladder", "noise", "--pointwise", "softplus:64"},
          "the steps of noise do not compute softplus:64");
  refused({"--ladder", "rope"}, "\"rope\" is none of the ladders product, convolution, winograd");
}

BOOST_AUTO_TEST_CASE(the_program_prints_the_ratio_to_the_step_before) {
  const auto outcome =
      run_kernels({"--ladder", "softplus", "--pointwise", "softplus:4096", "--bitwise"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  std::istringstream lines(outcome->out);
  std::string line;
  std::getline(lines, line);
  BOOST_TEST(line.find(" step ") != std::string::npos, line);
  std::getline(lines, line);
  double before = 0;
  for (const char* const step : {"naive", "polynomials", "undivided", "credence"}) {
    std::getline(lines, line);
    std::istringstream cells(line);
    std::string name;
    std::string unit;
    double time = 0;
    double error = 0;
    double ratio = 0;
    cells >> name >> time >> unit >> error;
    BOOST_TEST(name == std::string("softplus_forward/softplus:4096/") + step);
    if (before > 0) {
      cells >> ratio;
      BOOST_TEST(std::fabs(ratio / (before / time) - 1) < 0.02, line);
    }
    before = time;
  }
}

BOOST_AUTO_TEST_CASE(steps_of_a_cuda_device_are_skipped_without_one) {
  const auto outcome = run_kernels({"--ladder", "reduction", "--list"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  BOOST_TEST(outcome->out == "sum/64MiB/credence\n");
  BOOST_TEST(outcome->err.find("the steps of reduction run on a CUDA device: skipped") !=
                 std::string::npos,
             outcome->err);
  BOOST_TEST(line_count(outcome->err) == 1, outcome->err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
