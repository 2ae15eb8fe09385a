// Tests of the kernel benchmarks: the ladder's steps compute what the kernels compute, labels do
// not overlap, and the program writes complete results and figures.
#include "framework/dispatch/kernels.hpp"

#include "benchmarks/kernels/column_numbers.hpp"
#include "benchmarks/kernels/label_layout.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/measurements.hpp"
#include "framework/base/error.hpp"
#include "tests/benchmarks/kernel_arrays.hpp"
#include "tests/benchmarks/kernels_program.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kernel_benchmarks)

namespace {

using benchmarks::ladder;
using test::relative_difference;
using test::unwritten;
using Json = nlohmann::json;

// A convolution with a stride and padding that treat rows and columns differently.
ConvolutionShape uneven_convolution() {
  ConvolutionShape s;
  s.batch = 2;
  s.in_channels = 3;
  s.out_channels = 5;
  s.input = {1, 9, 8};
  s.kernel = {1, 3, 2};
  s.stride = {1, 2, 1};
  s.padding = {0, 1, 1};
  s.output = {1, 5, 9};
  return s;
}

struct Images {
  ConvolutionShape shape = uneven_convolution();
  Tensor x = normals({shape.input_numel()}, "x");
  Tensor weight = normals({shape.weight_numel()}, "weight");
  Tensor grad_y = normals({shape.output_numel()}, "grad_y");
  Tensor x32 = x.to(DType::float32);
  Tensor weight32 = weight.to(DType::float32);
  Tensor grad_y32 = grad_y.to(DType::float32);
};

const Kernels<double>& reference() { return kernels<double>(Device::cpu); }

Json case_named(const Json& results, const std::string& name) {
  for (const Json& item : results.at("benchmarks")) {
    if (item.at("name") == name + "/manual_time") return item;
  }
  BOOST_FAIL("no case " + name);
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_step_of_the_ladder_multiplies_matrices) {
  struct Sizes {
    std::int64_t m, n, k;
  };
  // Sizes inside tiles (4 × 32) and blocks (64 × 512) and across their edges.
  for (const Sizes& s : {Sizes{1, 1, 1}, Sizes{4, 32, 5}, Sizes{7, 45, 130}, Sizes{9, 520, 66}}) {
    const Tensor a = normals({s.m * s.k}, "a");
    const Tensor b = normals({s.k * s.n}, "b");
    const Tensor expected = unwritten(s.m * s.n, DType::float64);
    reference().matmul(s.m, s.n, s.k, a.data<double>(), s.k, 1, b.data<double>(), s.n, 1,
                       expected.data<double>());
    const Tensor a32 = a.to(DType::float32);
    const Tensor b32 = b.to(DType::float32);
    const auto check = [&](const char* step, benchmarks::Ladder::Multiply multiply) {
      const Tensor c = unwritten(s.m * s.n);
      multiply(s.m, s.n, s.k, a32.data<float>(), b32.data<float>(), c.data<float>());
      BOOST_TEST(relative_difference(c, expected) < 3e-6,
                 step << " " << s.m << " " << s.n << " " << s.k);
    };
    check("naive", ladder().multiply_naive);
    check("reordered", ladder().multiply_reordered);
    check("blocked", ladder().multiply_blocked);
    check("tiled", ladder().multiply_tiled);
  }
}

BOOST_AUTO_TEST_CASE(every_step_of_the_ladder_convolves) {
  const Images i;
  const ConvolutionShape& s = i.shape;
  const Tensor expected = unwritten(s.output_numel(), DType::float64);
  reference().convolution_forward(s, i.x.data<double>(), i.weight.data<double>(), {},
                                  expected.data<double>());
  const Tensor y = unwritten(s.output_numel());
  ladder().convolution_forward_naive(s, i.x32.data<float>(), i.weight32.data<float>(),
                                     y.data<float>());
  BOOST_TEST(relative_difference(y, expected) < 3e-6);
  y.fill(77);
  ladder().convolution_forward_rows(s, i.x32.data<float>(), i.weight32.data<float>(),
                                    y.data<float>());
  BOOST_TEST(relative_difference(y, expected) < 3e-6);

  const std::int64_t depth = s.weight_numel() / s.out_channels;
  const std::int64_t plane = ConvolutionShape::volume(s.output);
  const Tensor columns = unwritten(depth * plane);
  y.fill(77);
  for (std::int64_t n = 0; n < s.batch; ++n) {
    ladder().image_to_columns(s, i.x32.data<float>() + n * s.input_numel() / s.batch,
                              columns.data<float>());
    ladder().multiply_naive(s.out_channels, plane, depth, i.weight32.data<float>(),
                            columns.data<float>(),
                            y.data<float>() + n * s.output_numel() / s.batch);
  }
  BOOST_TEST(relative_difference(y, expected) < 3e-6);
}

BOOST_AUTO_TEST_CASE(naive_gradients_of_a_convolution_agree_with_the_reference) {
  const Images i;
  const ConvolutionShape& s = i.shape;
  const Tensor grad_x64 = unwritten(s.input_numel(), DType::float64);
  reference().convolution_backward_data(s, i.grad_y.data<double>(), i.weight.data<double>(),
                                        grad_x64.data<double>());
  const Tensor grad_x = unwritten(s.input_numel());
  ladder().convolution_backward_data_naive(s, i.grad_y32.data<float>(), i.weight32.data<float>(),
                                           grad_x.data<float>());
  BOOST_TEST(relative_difference(grad_x, grad_x64) < 3e-6);

  const Tensor grad_weight64 = unwritten(s.weight_numel(), DType::float64);
  reference().convolution_backward_weight(s, i.x.data<double>(), i.grad_y.data<double>(),
                                          grad_weight64.data<double>());
  const Tensor grad_weight = unwritten(s.weight_numel());
  ladder().convolution_backward_weight_naive(s, i.x32.data<float>(), i.grad_y32.data<float>(),
                                             grad_weight.data<float>());
  BOOST_TEST(relative_difference(grad_weight, grad_weight64) < 3e-6);
}

BOOST_AUTO_TEST_CASE(labels_cover_neither_each_other_nor_obstacles) {
  const benchmarks::Box area{10, 20, 200, 120};
  std::vector<benchmarks::LabelRequest> requests;
  std::vector<benchmarks::Box> obstacles;
  for (int i = 0; i < 8; ++i) {
    const double x = 100 + 3.0 * i;
    requests.push_back({x, 60, 80, 50, 8});
    obstacles.push_back({x - 2, 58, 4, 24});
  }
  const auto labels = benchmarks::place_labels(area, requests, obstacles);
  BOOST_TEST_REQUIRE(labels.size() == requests.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const benchmarks::Box& box = labels[i].box;
    BOOST_TEST(labels[i].found);
    BOOST_TEST(labels[i].anchor.x == requests[i].x);
    BOOST_TEST((box.left >= area.left && box.right() <= area.right()));
    BOOST_TEST((box.top >= area.top && box.bottom() <= area.bottom()));
    for (const benchmarks::Box& obstacle : obstacles) BOOST_TEST(!overlap(box, obstacle));
    for (std::size_t other = 0; other < labels.size(); ++other) {
      if (other == i) continue;
      BOOST_TEST(!overlap(box, labels[other].box));
      BOOST_TEST(!crosses(labels[other].anchor, labels[other].on_box, box));
    }
  }
  BOOST_TEST(!benchmarks::place_labels({0, 0, 20, 20}, {{5, 5, 5, 50, 8}}, {})[0].found);
}

// Texts of width 4 need 6 from centre to centre.
BOOST_AUTO_TEST_CASE(numbers_of_one_row_do_not_touch) {
  using Rows = std::vector<int>;
  BOOST_TEST(benchmarks::rows_without_overlap({10, 12, 14, 20.5, 30}, {4, 4, 4, 4, 4}, 2) ==
                 (Rows{0, 1, 2, 0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(benchmarks::rows_without_overlap({10, 15.9, 16}, {4, 4, 4}, 2) == (Rows{0, 1, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_repeated_case_counts_with_its_median) {
  const auto run = [](double gflops) {
    return R"({"run_name": "matmul/8x8x8nn/openblas/real_time", "run_type": "iteration",
               "label": "8³", "GB/s": 2, "GF/s": )" +
           std::to_string(gflops) + "}";
  };
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", R"({"context": {"processor": "p", "kernels": "avx2",
      "threads": "2", "peak_gflops": "100.5", "bandwidth_cache": "50", "bandwidth_memory": "20"},
      "benchmarks": [)" + run(10) + "," + run(90) +
                                                 "," + run(30) + R"(,
      {"run_name": "matmul/8x8x8nn/openblas/real_time", "run_type": "aggregate", "GB/s": 2},
      {"run_name": "matmul/8x8x8nn/onednn/real_time", "run_type": "iteration",
       "error_occurred": true}]})");
  const benchmarks::Measurements m = benchmarks::read_measurements(file);
  BOOST_TEST(m.threads == 2);
  BOOST_TEST(m.peak_gflops == 100.5);
  BOOST_TEST_REQUIRE(m.all.size() == 1U);
  BOOST_TEST(m.all[0].kernel == "matmul");
  BOOST_TEST(m.all[0].shape == "8x8x8nn");
  BOOST_TEST(m.all[0].implementation == "openblas");
  BOOST_TEST(m.all[0].gflops == 30);
  BOOST_TEST(m.all[0].intensity() == 15);
  BOOST_CHECK_EXCEPTION(benchmarks::read_measurements(folder.write("text.json", "[]")), FileError,
                        says("text.json: is no JSON file of credence-kernels"));
}

BOOST_AUTO_TEST_CASE(a_run_leaves_json_and_figures) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "kernels").string();
  const auto outcome = run_kernels(
      {"--out", prefix,
       "--benchmark_filter=^(matmul/256x256x256nn/(credence|tiled)|moments_backward_data/"
       "256x6x12x12-16k5|relu_forward/2MiB)"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  const Json results = Json::parse(read_text(prefix + ".json"));
  const auto context = [&](const char* name) {
    return results.at("context").at(name).get<double>();
  };
  BOOST_TEST(context("threads") == 1);
  BOOST_TEST(context("peak_gflops") > 0.1);
  BOOST_TEST(context("bandwidth_memory") > 0.1);
  BOOST_TEST(results.at("context").at("program_name") == "credence-kernels");
  BOOST_TEST(results.at("context")
                 .at("program_command")
                 .get<std::string>()
                 .ends_with("relu_forward/2MiB)'"));
  const Json product = case_named(results, "matmul/256x256x256nn/credence");
  const double gflops = product.at("GF/s");
  // real_time is in microseconds per call.
  const double expected = 2.0 * 256 * 256 * 256 / product.at("real_time").get<double>() / 1e3;
  BOOST_TEST(std::fabs(gflops / expected - 1) < 0.05);
  const double share = product.at("FMA%");
  BOOST_TEST(std::fabs(share / (100 * gflops / context("peak_gflops")) - 1) < 0.01);
  BOOST_TEST(case_named(results, "relu_forward/2MiB/naive").at("ns/element") > 0);
  for (const Json& item : results.at("benchmarks")) BOOST_TEST(!item.contains("error_occurred"));
  for (const char* figure : {"kernels", "kernels-bandwidth"}) {
    const std::string png = read_text(folder.path() / (std::string(figure) + ".png"));
    BOOST_TEST(png.substr(1, 3) == "PNG");
    BOOST_TEST(png.size() > 5000U);
    const std::string svg = read_text(folder.path() / (std::string(figure) + ".svg"));
    BOOST_TEST(svg.find("</svg>") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(files_of_an_earlier_run_stay_unless_force_replaces_them) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "kernels").string();
  const std::filesystem::path figure = folder.write("kernels-bandwidth.png", "drawn before");
  const auto outcome = run_kernels({"--out", prefix, "--benchmark_filter=^relu_forward/2MiB"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 1);
  BOOST_TEST(outcome->err ==
             "credence-kernels: " + figure.string() + ": is there already; --force replaces it\n");
  BOOST_TEST(read_text(figure) == "drawn before");
  BOOST_TEST(!std::filesystem::exists(prefix + ".json"));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_said_in_one_line) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--fast"},
                                                    {"--roofline", "run.json"},
                                                    {"--benchmark_fast"},
                                                    {"--threads", "none"},
                                                    {"--threads", "0x2"},
                                                    {"--threads", "2x"},
                                                    {"--threads", "99999999999"},
                                                    {"--force"}}) {
    const auto outcome = run_kernels(arguments);
    if (!outcome) return;
    BOOST_TEST(outcome->status == 2);
    BOOST_TEST(outcome->out == "");
    BOOST_TEST(line_count(outcome->err) == 1, outcome->err);
  }
  const TemporaryFolder folder;
  const auto missing = run_kernels(
      {"--roofline", "/nonexistent/run.json", "--out", (folder.path() / "figure").string()});
  BOOST_TEST(missing->status == 1);
  BOOST_TEST(missing->err ==
             "credence-kernels: /nonexistent/run.json: cannot be opened: No such file or "
             "directory, expected measurements of credence-kernels\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
