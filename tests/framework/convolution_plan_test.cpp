// The choice of a convolution's algorithm, row by row of the table in
// framework/cpu/convolution/plan.hpp. The expected algorithms are worked out by hand from that
// table. The instruction set is an argument of the choice, so that all of them are tested on any
// machine.
#include "framework/base/error.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/lowest_isa.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(convolution_plan)

namespace {

namespace lowest = cpu::CREDENCE_ISA;
using cpu::Algorithm;
using lowest::Pass;
using lowest::VectorUnit;
using enum Algorithm;

struct Unit {
  const char* name;
  VectorUnit unit;
};
// SSE and NEON, AVX2, AVX-512.
constexpr std::array<Unit, 3> kUnits{
    {{"baseline", {4, 6}}, {"avx2", {8, 6}}, {"avx512", {16, 12}}}};
// An algorithm for each of them.
using Choices = std::array<Algorithm, kUnits.size()>;

constexpr Choices all(Algorithm algorithm) { return {algorithm, algorithm, algorithm}; }

constexpr std::array kPasses{Pass::forward, Pass::backward_data, Pass::backward_weight};
constexpr std::array kPassNames{"forward", "backward data", "backward weight"};

std::string_view name_of(Algorithm algorithm) { return cpu::to_string(algorithm); }

struct Window {
  Extents3 kernel{1, 1, 1};
  Extents3 stride{1, 1, 1};
  Extents3 padding{0, 0, 0};
  Extents3 dilation{1, 1, 1};
};

ConvolutionShape shape_of(std::int64_t batch, std::int64_t in, std::int64_t out,
                          const Extents3& input, const Window& window, std::int64_t groups = 1) {
  ConvolutionShape s{
      batch,          groups,         in, out, input, {}, window.kernel, window.stride,
      window.padding, window.dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach = s.dilation[i] * (s.kernel[i] - 1);
    s.output[i] = (s.input[i] + 2 * s.padding[i] - reach - 1) / s.stride[i] + 1;
  }
  return s;
}

// A square image and kernel, stride 1.
ConvolutionShape square(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t size,
                        std::int64_t kernel, std::int64_t padding) {
  return shape_of(batch, in, out, {1, size, size},
                  {.kernel = {1, kernel, kernel}, .padding = {0, padding, padding}});
}

// A 3 × 3 convolution of VGG.
ConvolutionShape vgg(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t size) {
  return square(batch, in, out, size, 3, 1);
}

// Checks the choices for the passes in the order of kPasses.
void check(const char* what, const ConvolutionShape& shape, const std::array<Choices, 3>& expected,
           bool winograd = true) {
  for (std::size_t p = 0; p < kPasses.size(); ++p) {
    for (std::size_t u = 0; u < kUnits.size(); ++u) {
      const Algorithm actual = lowest::plan(shape, kPasses[p], kUnits[u].unit, winograd);
      BOOST_TEST((actual == expected[p][u]), what << ", " << kPassNames[p] << ", " << kUnits[u].name
                                                  << ": " << name_of(actual) << ", not "
                                                  << name_of(expected[p][u]));
    }
  }
}
// The same algorithm for all passes and instruction sets.
void check(const char* what, const ConvolutionShape& shape, Algorithm expected,
           bool winograd = true) {
  check(what, shape, {all(expected), all(expected), all(expected)}, winograd);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_extent_of_0_leaves_no_product) {
  check("no image", vgg(0, 64, 64, 16), empty);
  check("no input channel", vgg(8, 0, 64, 16), empty);
  check("no output channel", vgg(8, 64, 0, 16), empty);
  check("no row of pixels", shape_of(8, 3, 4, {1, 0, 8}, {.padding = {0, 2, 0}}), empty);
  check("a fully connected layer without images", shape_of(0, 400, 120, {1, 1, 1}, {}), empty);
}

BOOST_AUTO_TEST_CASE(one_pixel_for_each_channel_is_a_fully_connected_layer) {
  check("fc1 of LeNet5", shape_of(64, 256, 120, {1, 1, 1}, {}), linear);
  check("one image", shape_of(1, 512, 10, {1, 1, 1}, {}), linear);
  // The kernel sees padding: 9 positions, 1 of which is a pixel.
  check("3 × 3 on one pixel", vgg(1, 4, 4, 1), packed);
  check("two groups", shape_of(64, 8, 8, {1, 1, 1}, {}, 2), packed);
}

BOOST_AUTO_TEST_CASE(winograd_computes_3x3_with_many_channels) {
  check("second layer of VGG11", vgg(64, 64, 128, 16), winograd_4x4);
  check("images of 4 × 4", vgg(64, 512, 512, 4), winograd_4x4);
  // One tile of 4 × 4 would cost (4 + 2)² = 36 products where the definition takes 9 · 4.
  check("images of 2 × 2", vgg(64, 512, 512, 2), winograd_2x2);
  // The transforms of 512 · 512 kernels serve one image alone.
  check("one image of 2 × 2", vgg(1, 512, 512, 2), output_lanes);
  check("16 and 17 channels", vgg(64, 16, 17, 16), winograd_4x4);
  // Two vectors of 16.
  check("16 channels", vgg(64, 16, 16, 16),
        {Choices{winograd_4x4, winograd_4x4, direct_rows},
         Choices{winograd_4x4, winograd_4x4, direct_rows},
         Choices{winograd_4x4, winograd_4x4, output_lanes}});
  // The images, gradients and sums of one image in each lane are about 10,600 vectors, which fit
  // into the cache where they are short.
  const std::array<Choices, 3> without{all(direct_rows), all(direct_rows),
                                       Choices{image_lanes, image_lanes, output_lanes}};
  check("15 input channels", vgg(64, 15, 16, 16), without);
  check("15 output channels", vgg(64, 16, 15, 16), without);
  check("first layer of VGG11", vgg(64, 3, 64, 32), direct_rows);
  check("stride 2",
        shape_of(64, 64, 64, {1, 16, 16},
                 {.kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}}),
        {Choices{direct_rows, direct_rows, output_lanes}, all(phases), all(output_lanes)});
  // The padding alone makes outputs. Rows of 20 fill vectors of 4, and 5/6 of larger ones.
  check("padding of 3", square(64, 32, 32, 16, 3, 3),
        {Choices{direct_rows, output_lanes, output_lanes}, all(direct_rows), all(output_lanes)});
}

BOOST_AUTO_TEST_CASE(winograd_is_left_out_where_it_is_not_allowed) {
  // The windows of a row have 64 · 3 · 18 pixels, those of the gradient of the data twice as many.
  check("second layer of VGG11", vgg(64, 64, 128, 16),
        {all(direct_rows), all(output_lanes), all(output_lanes)}, false);
  // 4 columns fill a vector of 4, no larger one. The gradient of the weights has 10,498 vectors of
  // images, gradients and sums: with vectors of 16 more than the cache holds.
  check("images of 4 × 4", vgg(64, 32, 32, 4),
        {Choices{direct_rows, image_lanes, image_lanes},
         Choices{direct_rows, image_lanes, image_lanes},
         Choices{image_lanes, image_lanes, output_lanes}},
        false);
  check("images of 2 × 2", vgg(64, 512, 512, 2),
        {all(image_lanes), all(image_lanes), all(output_lanes)}, false);
  check("first layer of VGG11", vgg(64, 3, 64, 32), direct_rows, false);
}

BOOST_AUTO_TEST_CASE(small_images_have_a_lane_each) {
  check("second layer of LeNet5", square(64, 6, 16, 12, 5, 0),
        {Choices{direct_rows, direct_rows, image_lanes},
         Choices{direct_rows, image_lanes, image_lanes}, all(image_lanes)});
  // Its gradient of the weights has one position to sum over in each image.
  check("5 × 5 to one pixel", square(64, 16, 120, 5, 5, 0),
        {all(image_lanes), all(image_lanes), all(output_lanes)});
  // The gradient of the data sums over 32 channels only, and that of the weights over one tap.
  check("1 × 1", square(64, 64, 32, 7, 1, 0), {all(image_lanes), all(packed), all(output_lanes)});
}

BOOST_AUTO_TEST_CASE(each_limit_of_the_lanes_counts) {
  const auto pass = [](const ConvolutionShape& shape, Pass which, std::size_t unit) {
    return lowest::plan(shape, which, kUnits[unit].unit, true);
  };
  // 12 of 16 lanes are 3/4 of them, and so are 6 of 8.
  BOOST_TEST((pass(square(12, 6, 16, 12, 5, 0), Pass::forward, 2) == image_lanes));
  BOOST_TEST((pass(square(11, 6, 16, 12, 5, 0), Pass::forward, 2) == direct_long_row));
  BOOST_TEST((pass(square(6, 6, 16, 12, 5, 0), Pass::backward_data, 1) == image_lanes));
  BOOST_TEST((pass(square(5, 6, 16, 12, 5, 0), Pass::backward_data, 1) == direct_rows));
  BOOST_TEST((pass(square(6, 6, 16, 12, 5, 0), Pass::backward_weight, 1) == image_lanes));
  BOOST_TEST((pass(square(5, 6, 16, 12, 5, 0), Pass::backward_weight, 1) == direct_rows));
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) {
    // 16 channels of 2 × 2 are 64 products, 7 of 3 × 3 are 63.
    BOOST_TEST((pass(square(64, 16, 8, 6, 2, 0), Pass::forward, unit) == image_lanes));
    BOOST_TEST((pass(square(64, 7, 8, 7, 3, 0), Pass::forward, unit) != image_lanes));
    BOOST_TEST((pass(square(64, 16, 8, 6, 2, 0), Pass::backward_weight, unit) == image_lanes));
    BOOST_TEST((pass(square(64, 7, 8, 7, 3, 0), Pass::backward_weight, unit) != image_lanes));
    // Output channels.
    BOOST_TEST((pass(square(64, 16, 4, 6, 2, 0), Pass::forward, unit) == image_lanes));
    BOOST_TEST((pass(square(64, 16, 3, 6, 2, 0), Pass::forward, unit) == direct_long_row));
    // Output positions: 4 × 4 and 3 × 5.
    const Window window{.kernel = {1, 2, 2}};
    BOOST_TEST((pass(square(64, 16, 8, 5, 2, 0), Pass::backward_weight, unit) == image_lanes));
    BOOST_TEST(
        (pass(shape_of(64, 16, 8, {1, 4, 6}, window), Pass::backward_weight, unit) != image_lanes));
    // 64 channels of 27 × 27 do not fit into the cache, 64 of 7 × 7 do.
    BOOST_TEST((pass(square(64, 64, 8, 27, 5, 0), Pass::forward, unit) != image_lanes));
    BOOST_TEST((pass(square(64, 64, 8, 7, 5, 0), Pass::forward, unit) == image_lanes));
    BOOST_TEST((pass(square(64, 64, 8, 27, 5, 0), Pass::backward_weight, unit) != image_lanes));
  }
  // Kernels of 5 and of 6 columns.
  const auto wide = [](std::int64_t columns) {
    return shape_of(64, 8, 16, {1, 12, 12}, {.kernel = {1, 5, columns}});
  };
  check("5 × 5", wide(5),
        {Choices{direct_rows, direct_rows, image_lanes},
         Choices{direct_rows, image_lanes, image_lanes}, all(image_lanes)});
  check("5 × 6", wide(6),
        {all(image_lanes), Choices{direct_rows, image_lanes, image_lanes}, all(output_lanes)});
}

BOOST_AUTO_TEST_CASE(neighbouring_pixels_are_read_in_place) {
  // 24 rows of 24 outputs, or one row of 23 · 28 + 24 = 668 positions: with vectors of 16, 24 · 32
  // are more than 672. The gradient of the data has 28 rows of 28, or 27 · 32 + 28 = 892 positions.
  check("first layer of LeNet5", square(64, 1, 6, 28, 5, 0),
        {Choices{direct_rows, direct_rows, direct_long_row}, all(direct_rows),
         Choices{direct_rows, direct_rows, direct_long_row}});
  check("dilation 2",
        shape_of(64, 16, 32, {1, 28, 28},
                 {.kernel = {1, 3, 3}, .padding = {0, 2, 2}, .dilation = {1, 2, 2}}),
        {all(direct_rows), all(direct_rows), all(output_lanes)});
  // One row is as long as the other.
  check("one dimension", shape_of(64, 2, 8, {1, 1, 20}, {.kernel = {1, 1, 3}}), direct_rows);
  // 48 outputs in 12 rows of 4, or in one row of (2 · 6 + 3) · 6 + 4 = 94 positions. Vectors of 8
  // and 16 compute 96 at least, of which 48 are not more than half. The gradient of the data has
  // 144 outputs in 24 rows of 6, or in one row of (3 · 8 + 5) · 8 + 6 = 238 positions.
  check("three dimensions", shape_of(64, 1, 8, {4, 6, 6}, {.kernel = {2, 3, 3}}),
        {Choices{direct_rows, packed, packed}, Choices{direct_rows, direct_rows, direct_long_row},
         Choices{direct_rows, packed, packed}});
}

BOOST_AUTO_TEST_CASE(strides_divide_the_gradient_of_the_data_into_phases) {
  check("3 × 3 with stride 2",
        shape_of(64, 3, 64, {1, 32, 32},
                 {.kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}}),
        {all(direct_rows), all(phases), all(direct_rows)});
  check("1 × 1 with stride 2", shape_of(64, 64, 128, {1, 32, 32}, {.stride = {1, 2, 2}}),
        {all(packed), all(phases), all(output_lanes)});
  check("stride 2 downwards",
        shape_of(64, 3, 8, {1, 32, 32}, {.kernel = {1, 3, 3}, .stride = {1, 2, 1}}),
        {all(direct_rows), all(phases), all(direct_rows)});
  // A dilation in the same dimension is not divided; one in the other dimension is no obstacle.
  const auto dilated = [](const Extents3& dilation) {
    return shape_of(64, 3, 8, {1, 33, 32},
                    {.kernel = {1, 3, 3}, .stride = {1, 2, 1}, .dilation = dilation});
  };
  check("dilation beside the stride", dilated({1, 2, 1}), direct_rows);
  check("dilation in the other dimension", dilated({1, 1, 2}),
        {all(direct_rows), all(phases), all(direct_rows)});
}

BOOST_AUTO_TEST_CASE(a_kernel_for_each_channel_has_loops_of_its_own) {
  const auto shape = [](std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                        std::int64_t dilation = 1, std::int64_t out = 8) {
    return shape_of(64, 8, out, {1, 16, 16},
                    {.kernel = {1, kernel, kernel},
                     .stride = {1, stride, stride},
                     .padding = {0, padding, padding},
                     .dilation = {1, dilation, dilation}},
                    8);
  };
  for (const std::int64_t kernel : {3, 5}) {
    for (const std::int64_t stride : {1, 2}) {
      check("half padding", shape(kernel, stride, kernel / 2), depthwise);
      check("no padding", shape(kernel, stride, 0), depthwise);
      check("most padding", shape(kernel, stride, kernel - 1), depthwise);
    }
  }
  // 16 outputs in each row, and the same sizes of all passes.
  check("7 × 7", shape(7, 1, 3), direct_rows);
  check("dilation", shape(3, 1, 2, 2), direct_rows);
  check("two outputs for each channel", shape(3, 1, 1, 1, 16), direct_rows);
  const auto forward = [](const ConvolutionShape& s) {
    return lowest::plan(s, Pass::forward, kUnits[1].unit, true);
  };
  BOOST_TEST((forward(shape(3, 3, 1)) != depthwise));
  BOOST_TEST((forward(shape(3, 1, 3)) != depthwise));
  const Window mixed{.kernel = {1, 3, 3}, .stride = {1, 2, 1}, .padding = {0, 1, 1}};
  BOOST_TEST((forward(shape_of(64, 8, 8, {1, 16, 16}, mixed, 8)) != depthwise));
  // One channel is an ordinary convolution.
  BOOST_TEST((forward(square(64, 1, 1, 16, 3, 1)) != depthwise));
}

BOOST_AUTO_TEST_CASE(output_channels_have_a_lane_each) {
  const auto pass = [](const ConvolutionShape& shape, Pass which, std::size_t unit) {
    return lowest::plan(shape, which, kUnits[unit].unit, true);
  };
  // Batches that are too small for image_lanes. A tile has two vectors: 8, 16 or 32 lanes, of which
  // 6, 12 and 24 are 3/4.
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) {
    const std::int64_t fill = 6 * (std::int64_t{1} << unit);
    BOOST_TEST((pass(square(1, 8, fill, 6, 4, 0), Pass::forward, unit) == output_lanes));
    BOOST_TEST((pass(square(1, 8, fill - 1, 6, 4, 0), Pass::forward, unit) != output_lanes));
    BOOST_TEST((pass(square(1, fill, 8, 6, 4, 0), Pass::backward_data, unit) == output_lanes));
    BOOST_TEST((pass(square(1, fill - 1, 8, 6, 4, 0), Pass::backward_data, unit) != output_lanes));
    BOOST_TEST((pass(square(1, 8, fill, 6, 4, 0), Pass::backward_weight, unit) == output_lanes));
    BOOST_TEST((pass(square(1, 7, fill, 6, 4, 0), Pass::backward_weight, unit) != output_lanes));
    BOOST_TEST(
        (pass(square(1, 8, fill - 1, 6, 4, 0), Pass::backward_weight, unit) != output_lanes));
    // 4 channels of 4 × 4 are 64 products, 7 of 3 × 3 are 63.
    BOOST_TEST((pass(square(1, 4, 24, 6, 4, 0), Pass::forward, unit) == output_lanes));
    // With 12 rows in a tile, the gradient of the weights has tiles of one vector.
    BOOST_TEST(((pass(square(1, 8, 12, 6, 4, 0), Pass::backward_weight, 2) == output_lanes)));
    BOOST_TEST(((pass(square(1, 8, 11, 6, 4, 0), Pass::backward_weight, 2) != output_lanes)));
    BOOST_TEST(((pass(square(1, 8, 17, 6, 4, 0), Pass::backward_weight, 2) != output_lanes)));
    BOOST_TEST((pass(square(1, 7, 24, 5, 3, 0), Pass::forward, unit) != output_lanes));
    // Rows of 16 fill their vectors. 64 channels of 5 · 20 pixels are more than 6144, 61 are not.
    BOOST_TEST((pass(square(1, 62, 32, 20, 5, 0), Pass::forward, unit) == output_lanes));
    BOOST_TEST((pass(square(1, 61, 32, 20, 5, 0), Pass::forward, unit) == direct_rows));
    // 1 × 1: channels of the result, and channels that are summed.
    BOOST_TEST((pass(square(1, 24, 24, 16, 1, 0), Pass::forward, unit) == packed));
    BOOST_TEST((pass(square(1, 23, 24, 16, 1, 0), Pass::forward, unit) == direct_rows));
    BOOST_TEST((pass(square(1, 24, 23, 16, 1, 0), Pass::forward, unit) == direct_rows));
  }
}

// What a process chooses whose variable CREDENCE_WINOGRAD is as it is in this one. The case below
// runs this one with different values.
BOOST_AUTO_TEST_CASE(the_choice_of_this_process) {
  const char* const variable = std::getenv("CREDENCE_WINOGRAD");
  const std::string_view value = variable == nullptr ? "on" : variable;
  const ConvolutionShape many_channels = vgg(64, 64, 128, 16);
  // These ask for no variable.
  const std::vector<std::pair<ConvolutionShape, Algorithm>> others{
      {vgg(0, 64, 128, 16), empty},
      {shape_of(64, 256, 120, {1, 1, 1}, {}), linear},
      {vgg(64, 3, 64, 32), direct_rows}};
  for (const auto& [shape, algorithm] : others) {
    for (const Pass pass : kPasses) {
      BOOST_TEST((lowest::plan(shape, pass) == algorithm));
    }
  }
  for (const Pass pass : kPasses) {
    const Algorithm other = pass == Pass::forward ? direct_rows : output_lanes;
    BOOST_TEST((lowest::plan_without_winograd(many_channels, pass) == other));
    if (value != "on" && value != "off") {
      BOOST_CHECK_THROW(lowest::plan(many_channels, pass), ValueError);
      continue;
    }
    const Algorithm expected = value == "off" ? other : winograd_4x4;
    BOOST_TEST((lowest::plan(many_channels, pass) == expected));
  }
}

BOOST_AUTO_TEST_CASE(the_variable_turns_winograd_off) {
  // Each process reads it once, so each value needs a process of its own.
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const std::string value : {"on", "off", "neither"}) {
    const test::Outcome outcome =
        test::run_program(program, {"--run_test=convolution_plan/the_choice_of_this_process"},
                          {"CREDENCE_WINOGRAD=" + value});
    BOOST_TEST(outcome.status == 0, "CREDENCE_WINOGRAD=" << value << ": " << outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(algorithms_are_read_by_their_names) {
  BOOST_TEST(!cpu::parse_algorithm(nullptr));
  BOOST_TEST((cpu::parse_algorithm("image_lanes") == image_lanes));
  BOOST_TEST((cpu::parse_algorithm("packed") == packed));
  BOOST_TEST(cpu::to_string(winograd_2x2) == "winograd_2x2");
  BOOST_CHECK_THROW(cpu::parse_algorithm("fast"), ValueError);
  BOOST_CHECK_THROW(cpu::parse_algorithm(""), ValueError);
}

BOOST_AUTO_TEST_CASE(an_algorithm_computes_the_shapes_that_it_is_made_for) {
  using lowest::can_compute;
  const ConvolutionShape layer = vgg(2, 16, 16, 8);
  const ConvolutionShape strided =
      shape_of(2, 16, 16, {1, 8, 8}, {{1, 3, 3}, {1, 2, 2}, {0, 1, 1}});
  const ConvolutionShape dense = shape_of(2, 16, 16, {1, 1, 1}, {});
  for (const Pass pass : kPasses) {
    for (const Algorithm algorithm :
         {winograd_4x4, winograd_2x2, image_lanes, direct_rows, packed}) {
      BOOST_TEST(can_compute(algorithm, layer, pass));
    }
    BOOST_TEST(!can_compute(winograd_4x4, strided, pass));
    BOOST_TEST(!can_compute(image_lanes, strided, pass));
    BOOST_TEST(!can_compute(depthwise, strided, pass));
    const bool divided = pass == Pass::backward_data;
    BOOST_TEST(can_compute(packed, strided, pass) == !divided);
    BOOST_TEST(can_compute(direct_rows, strided, pass) == !divided);
    BOOST_TEST(can_compute(output_lanes, strided, pass) == !divided);
    BOOST_TEST(can_compute(phases, strided, pass) == divided);
    BOOST_TEST(can_compute(output_lanes, layer, pass));
    BOOST_TEST(!can_compute(phases, layer, pass));
    BOOST_TEST(!can_compute(linear, layer, pass));
    BOOST_TEST(can_compute(linear, dense, pass));
    BOOST_TEST(!can_compute(empty, dense, pass));
    BOOST_TEST(!can_compute(packed, vgg(0, 16, 16, 8), pass));
  }
}

// With CREDENCE_CONVOLUTION in the environment of this process; see the case below.
BOOST_AUTO_TEST_CASE(the_choice_of_a_process_that_names_an_algorithm) {
  const char* const variable = std::getenv("CREDENCE_CONVOLUTION");
  if (variable == nullptr) return;
  if (std::string_view(variable) == "neither") {
    BOOST_CHECK_THROW(lowest::plan(vgg(64, 3, 64, 32), Pass::forward), ValueError);
    return;
  }
  for (const Pass pass : kPasses) {
    BOOST_TEST((lowest::plan(vgg(64, 64, 128, 16), pass) == packed));
    BOOST_TEST((lowest::plan(vgg(64, 3, 64, 32), pass) == packed));
    BOOST_TEST((lowest::plan(vgg(0, 3, 64, 32), pass) == empty));
  }
}

BOOST_AUTO_TEST_CASE(the_variable_names_an_algorithm) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const std::string value : {"packed", "neither"}) {
    const test::Outcome outcome = test::run_program(
        program, {"--run_test=convolution_plan/the_choice_of_a_process_that_names_an_algorithm"},
        {"CREDENCE_CONVOLUTION=" + value});
    BOOST_TEST(outcome.status == 0, "CREDENCE_CONVOLUTION=" << value << ": " << outcome.out);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
