// Tests of the notation of problems, of the lists that come with credence-kernels, and of its runs
// on a user's own problems.
#include "benchmarks/kernels/definition.hpp"
#include "benchmarks/kernels/problem.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/benchmarks/kernels_program.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kernel_problems)

namespace {

using namespace benchmarks;
using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A list that comes with the program, from the source tree.
ProblemList shipped(const std::string& name) {
  const std::string file =
      std::string(CREDENCE_SOURCE_ROOT) + "/benchmarks/kernels/problems/" + name + ".txt";
  return parse_problems(read_text(file), file);
}

struct Totals {
  double multiply_adds = 0;
  std::int64_t weights = 0;
};

// Multiply-adds for one image, and weights without biases, of the convolutions of a list.
Totals totals_of(const std::string& name) {
  Totals totals;
  for (const Problem& problem : shipped(name).problems) {
    const auto* const s = std::get_if<ConvolutionShape>(&problem.work);
    if (s == nullptr) continue;
    const auto depth = convolution_depth(ConvolutionPass::forward, *s);
    totals.multiply_adds +=
        static_cast<double>(problem.count * (s->output_numel() / s->batch) * depth);
    totals.weights += problem.count * s->weight_numel();
  }
  return totals;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fields_and_what_is_left_out) {
  const NamedConvolution full = parse_convolution(
      R"(g2mb3_ic4id5ih6iw7_oc8od5oh3ow4_kd1kh2kw3_sd1sh2sw2_pd0ph0pw1_dd0dh0dw0_n"my layer")");
  const ConvolutionShape& s = full.shape;
  BOOST_TEST(full.name == "my layer");
  BOOST_TEST(s.groups == 2);
  BOOST_TEST(s.batch == 3);
  BOOST_TEST(s.in_channels == 4);
  BOOST_TEST(s.out_channels == 8);
  BOOST_TEST((s.input == Extents3{5, 6, 7}));
  BOOST_TEST((s.output == Extents3{5, 3, 4}));
  BOOST_TEST((s.kernel == Extents3{1, 2, 3}));
  BOOST_TEST((s.stride == Extents3{1, 2, 2}));
  BOOST_TEST((s.padding == Extents3{0, 0, 1}));
  BOOST_TEST((s.dilation == Extents3{1, 1, 1}));

  const ConvolutionShape square = parse_convolution("mb64ic128oc256ih16kh3sh1ph1g1").shape;
  BOOST_TEST((square.input == Extents3{1, 16, 16}));
  BOOST_TEST((square.output == Extents3{1, 16, 16}));
  BOOST_TEST((square.padding == Extents3{0, 1, 1}));
  // Two images; benchdnn's dilation counts the zeros between taps.
  const ConvolutionShape dilated = parse_convolution("ic1oc1ih9kh3dh1").shape;
  BOOST_TEST(dilated.batch == 2);
  BOOST_TEST((dilated.dilation == Extents3{1, 2, 2}));
  BOOST_TEST((dilated.output == Extents3{1, 5, 5}));
  // Padding from the output: (oh - 1) sh - ih + kh = 2, half of it in front.
  BOOST_TEST((parse_convolution("ic1ih8oc1oh8kh3").shape.padding == Extents3{0, 1, 1}));
  BOOST_TEST(
      (parse_convolution("ic3ih224oc64oh112kh7sh2ph3").shape.output == Extents3{1, 112, 112}));
  const ConvolutionShape line = parse_convolution("ic1iw10oc1kw3").shape;
  BOOST_TEST((line.input == Extents3{1, 1, 10}));
  BOOST_TEST((line.output == Extents3{1, 1, 8}));
  const ConvolutionShape cube = parse_convolution("ic1id8oc1kd3pd1sd2").shape;
  BOOST_TEST((cube.output == Extents3{4, 4, 4}));
  BOOST_TEST((cube.padding == Extents3{1, 1, 1}));
  // A kernel of its own in one dimension has an output and a padding of its own.
  const ConvolutionShape row = parse_convolution("ic1ih9oc1oh9kh3kw1pw0").shape;
  BOOST_TEST((row.output == Extents3{1, 9, 9}));
  BOOST_TEST((row.padding == Extents3{0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"oc1ih4kh1", "ic is missing"},
      {"ic1ih4kh1", "oc is missing"},
      {"ic1oc1kh1", "ih is missing"},
      {"ic1oc1ih4", "kh is missing"},
      {"ic1oc1", "ih is missing"},
      {"ic1oc1ih4kh", "kh has no number"},
      {"ic1oc1ih4kh1ih5", "ih is given twice"},
      {"ic1oc1ih4kh1zz3", "\"zz\" is no field"},
      {"ic1oc1ih4kh1+", "a field's letters are expected before \"+\""},
      {"ic0oc1ih4kh1", "ic has to be a whole number from 1 to 1000000"},
      {"ic1oc1ih4kh1sh0", "sh has to be a whole number from 1"},
      {"ic1oc1ih99999999kh1", "ih has to be a whole number from 1 to 1000000"},
      {"ic3oc4ih4kh1g2", "g: 2 groups do not divide ic3"},
      {"ic4oc3ih4kh1g2", "g: 2 groups do not divide oc3"},
      {"ic1oc1ih4kh7", "kh: the kernel is larger than the padded input"},
      {"ic1oc1ih4kh1pd1", "pd: there is no id"},
      {"ic1oc1ih4kh1n", "the name after n is empty"},
      {"ic1oc1ih4kh1n\"a\"b", "the quotes of the name are not closed"},
      {"mb1000000ic1000000ih1000oc1kh1", "the input has more than 1e11 elements"}};
  for (const auto& [text, message] : wrong) {
    BOOST_CHECK_EXCEPTION(parse_convolution(text), ValueError, says(message));
    BOOST_CHECK_EXCEPTION(parse_convolution(text), ValueError, says("\"" + text + "\""));
  }
  BOOST_CHECK_EXCEPTION(parse_convolution("ic1oc1ih8oh9kh3ph1"), UnsupportedProblem,
                        says("oh: 9 is given, but equal padding at both ends leads to 8"));
  BOOST_CHECK_EXCEPTION(parse_pool("ic1ih8kh2dh1"), UnsupportedProblem, says("dh: windows are"));
  BOOST_CHECK_EXCEPTION(parse_pool("ic1ih8kh2ph2"), UnsupportedProblem, says("padding alone"));
  BOOST_CHECK_EXCEPTION(parse_pool("ic1oc1ih8kh2"), ValueError, says("\"oc\" is no field"));
  const auto parse = [](const char* kind, const char* text) { return parse_problem(kind, text); };
  BOOST_CHECK_EXCEPTION(parse("matmul", "8x8"), ValueError, says("K has to be"));
  BOOST_CHECK_EXCEPTION(parse("matmul", "8xax8"), ValueError, says("K has to be"));
  BOOST_CHECK_EXCEPTION(parse("matmul", "8x8x8:nx"), ValueError, says("\"nx\" is none of"));
  BOOST_CHECK_EXCEPTION(parse("pointwise", "softplux:8"), ValueError, says("\"softplux\" is none"));
  BOOST_CHECK_EXCEPTION(parse("pointwise", "relu"), ValueError, says("the number of elements"));
  BOOST_CHECK_EXCEPTION(parse("pointwise", "relu:1.5"), ValueError, says("the number of elements"));
}

// Every shape of the lists comes back from the text that is written for it.
BOOST_AUTO_TEST_CASE(a_written_problem_reads_the_same) {
  for (const char* name :
       {"corner_cases", "lenet5", "mobilenet_v2", "resnet20", "resnet50", "unet3d", "vgg16"}) {
    for (const Problem& problem : shipped(name).problems) {
      const std::string text = text_of(problem);
      const Problem again = parse_problem(kind_of(problem), text);
      BOOST_TEST(text_of(again) == text);
      const auto* const s = std::get_if<ConvolutionShape>(&problem.work);
      if (s == nullptr) continue;
      const auto& t = std::get<ConvolutionShape>(again.work);
      BOOST_TEST((s->input == t.input && s->output == t.output && s->kernel == t.kernel), text);
      BOOST_TEST((s->stride == t.stride && s->padding == t.padding), text);
      BOOST_TEST((s->dilation == t.dilation && s->groups == t.groups && s->batch == t.batch), text);
    }
  }
  BOOST_TEST(text_of(parse_problem("matmul", "64x128x256:tn")) == "64x128x256:tn");
  BOOST_TEST(text_of(parse_problem("matmul", "1x2x3")) == "1x2x3:nn");
  BOOST_TEST(text_of(parse_problem("pointwise", "softplus:1e6")) == "softplus:1000000");
}

BOOST_AUTO_TEST_CASE(a_file_has_a_problem_in_each_line) {
  const ProblemList list = parse_problems(
      "# a comment\n\nconv ic1oc2ih4kh1n\"a # b\" * 3  # thrice\r\nic1oc2ih5kh1\n"
      "matmul 2x3x4:nt\npool ic1ih4kh2dh1\n  pointwise relu:8*2",
      "mine.txt");
  BOOST_TEST_REQUIRE(list.problems.size() == 4U);
  BOOST_TEST(list.problems[0].name == "a # b");
  BOOST_TEST(list.problems[0].count == 3);
  BOOST_TEST(list.problems[1].count == 1);
  BOOST_TEST(kind_of(list.problems[2]) == "matmul");
  BOOST_TEST(list.problems[3].count == 2);
  BOOST_TEST_REQUIRE(list.refused.size() == 1U);
  BOOST_TEST(list.refused[0].line == 6);
  BOOST_CHECK_EXCEPTION(parse_problems("\nconv ic1", "mine.txt"), FileError,
                        says("mine.txt: line 2: \"ic1\": oc is missing"));
  BOOST_CHECK_EXCEPTION(parse_problems("ic1oc1ih1kh1 * x", "mine.txt"), FileError,
                        says("the number after *"));
}

// The papers' own numbers. Weights are without biases and normalisation: VGG16 has 138,357,544
// parameters, 13,416 of them biases; ResNet-50 25,557,032 with 53,120 of normalisation and 1000
// biases; MobileNetV2 3,504,872 with 34,112 and 1000; ResNet-20 269,722 with 1376 and 10; the 3D
// U-Net's paper states 19,069,955, of which 2339 are biases.
BOOST_AUTO_TEST_CASE(the_lists_have_the_sizes_of_the_papers) {
  BOOST_TEST(totals_of("lenet5").weights == 44190);
  BOOST_TEST(totals_of("vgg16").weights == 138357544 - 13416);
  BOOST_TEST(totals_of("resnet20").weights == 269722 - 1376 - 10);
  BOOST_TEST(totals_of("resnet50").weights == 25557032 - 53120 - 1000);
  BOOST_TEST(totals_of("mobilenet_v2").weights == 3504872 - 34112 - 1000);
  // The three transposed convolutions included.
  BOOST_TEST(totals_of("unet3d").weights == 19069955 - 2339);
  // 3.8 · 10⁹ in ResNet's paper, 300 million in MobileNetV2's.
  BOOST_TEST(std::fabs(totals_of("resnet50").multiply_adds / 3.8e9 - 1) < 0.02);
  BOOST_TEST(std::fabs(totals_of("mobilenet_v2").multiply_adds / 300e6 - 1) < 0.01);
}

BOOST_AUTO_TEST_CASE(single_elements_agree_with_the_reference_kernels) {
  const Kernels<double>& reference = kernels<double>(Device::cpu);
  for (const char* text : {"g2mb2ic4oc6ih7iw6kh3kw2sh2ph1pw1dh1dw0", "mb2ic3id4oc2kd2pd1sd2"}) {
    const ConvolutionShape s = parse_convolution(text).shape;
    const Tensor x = normals({s.input_numel()}, "x").to(DType::float32);
    const Tensor w = normals({s.weight_numel()}, "w").to(DType::float32);
    const Tensor g = normals({s.output_numel()}, "g").to(DType::float32);
    const auto as_double = [](const Tensor& tensor) { return tensor.to(DType::float64); };
    const auto check = [&](Pass pass, const Tensor& first, const Tensor& second,
                           const Tensor& expected) {
      for (std::int64_t i = 0; i < expected.numel(); ++i) {
        const double found =
            convolution_element(pass, s, first.data<float>(), second.data<float>(), i);
        BOOST_TEST(std::fabs(found - expected.data<double>()[i]) < 1e-9, text);
      }
    };
    const Tensor y = Tensor::empty({s.output_numel()}, DType::float64);
    const Tensor x64 = as_double(x);
    const Tensor w64 = as_double(w);
    const Tensor g64 = as_double(g);
    reference.convolution_forward(s, x64.data<double>(), w64.data<double>(), {}, y.data<double>());
    check(Pass::forward, x, w, y);
    const Tensor grad_x = Tensor::empty({s.input_numel()}, DType::float64);
    reference.convolution_backward_data(s, g64.data<double>(), w64.data<double>(),
                                        grad_x.data<double>());
    check(Pass::backward_data, g, w, grad_x);
    const Tensor grad_w = Tensor::empty({s.weight_numel()}, DType::float64);
    reference.convolution_backward_weight(s, x64.data<double>(), g64.data<double>(),
                                          grad_w.data<double>());
    check(Pass::backward_weight, x, g, grad_w);
  }
  // [1 2; 3 4] [5 6; 7 8] = [19 22; 43 50], and with both factors stored transposed.
  const std::vector<float> a{1, 2, 3, 4};
  const std::vector<float> b{5, 6, 7, 8};
  BOOST_TEST(product_element({2, 2, 2}, a.data(), b.data(), 1) == 22);
  BOOST_TEST(product_element({2, 2, 2}, a.data(), b.data(), 2) == 43);
  BOOST_TEST(product_element({2, 2, 2, true, true}, a.data(), b.data(), 1) == 1 * 7 + 3 * 8);
}

BOOST_AUTO_TEST_CASE(own_problems_take_the_place_of_the_list) {
  const auto outcome =
      run_kernels({"--list", "--conv", "ic16oc16ih8kh3ph1n\"mine\"", "--matmul", "8x16x4:nt",
                   "--pool", "ic2ih8kh2sh2", "--pointwise", "elu:100", "--pass",
                   "forward,moments_backward_*", "--filter", "/credence$"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  BOOST_TEST(lines_of(outcome->out) ==
                 (std::vector<std::string>{
                     "convolution_forward/mb2ic16ih8oc16oh8kh3ph1/credence",
                     "moments_backward_data/mb2ic16ih8oc16oh8kh3ph1/credence",
                     "moments_backward_weight/mb2ic16ih8oc16oh8kh3ph1/credence",
                     "matmul/8x16x4:nt/credence", "max_pool_forward/mb2ic2ih8oh4kh2sh2/credence",
                     "elu_forward/elu:100/credence"}),
             boost::test_tools::per_element());
  const auto shipped_list =
      run_kernels({"--list", "--problems", "resnet20", "--filter", "^linear_forward/.*/credence$"});
  BOOST_TEST(shipped_list->out == "linear_forward/mb128ic64ih1oc10oh1kh1/credence\n");
}

BOOST_AUTO_TEST_CASE(the_table_and_the_files_show_own_problems) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "mine").string();
  const auto list = folder.write("mine.txt",
                                 "ic16oc16ih8kh3ph1n\"block\" * 2\npool ic1ih4kh2dh1\n"
                                 "pointwise tanh:1000\n");
  const auto outcome = run_kernels({"--problems", list.string(), "--pass", "forward", "--out",
                                    prefix, "--filter", "/(credence|naive)$"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  BOOST_TEST(outcome->out.find("convolution_forward/mb2ic16ih8oc16oh8kh3ph1/credence ") !=
             std::string::npos);
  BOOST_TEST(outcome->out.find("manual_time") == std::string::npos);
  BOOST_TEST(outcome->out.find("  block\n") != std::string::npos, outcome->out);
  BOOST_TEST(outcome->out.find("2 calls of 1 problems") != std::string::npos);
  BOOST_TEST(outcome->err.find("1 of 3 problems not supported") != std::string::npos);
  BOOST_TEST(outcome->err.find("line 2: \"ic1ih4kh2dh1\": dh: windows are dilated") !=
             std::string::npos);
  const Json results = Json::parse(read_text(prefix + ".json"));
  const Json& run = results.at("benchmarks").at(0);
  BOOST_TEST(run.at("kernel") == "convolution_forward");
  BOOST_TEST(run.at("shape") == "mb2ic16ih8oc16oh8kh3ph1");
  BOOST_TEST(run.at("implementation") == "credence");
  BOOST_TEST(run.at("count") == 2);
  BOOST_TEST(!run.at("algorithm").get<std::string>().empty());
  BOOST_TEST(run.at("reproduce") ==
             "credence-kernels --threads 1 --conv mb2ic16ih8oc16oh8kh3ph1 --pass forward --filter "
             "'^convolution_forward/mb2ic16ih8oc16oh8kh3ph1/credence$'");
}

// Each of our kernels and of the rivals on the edges of shapes, against the definition.
BOOST_AUTO_TEST_CASE(the_corner_cases_are_right) {
  const auto outcome = run_kernels(
      {"--problems", "corner_cases", "--pass", "*", "--filter", "/(credence|onednn|openblas)$"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->out + outcome->err);
}

BOOST_AUTO_TEST_CASE(wrong_problems_are_wrong_usage) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--conv", "ic1oc1ih4kq1"}, "--conv: \"ic1oc1ih4kq1\": \"kq\" is no field"},
      {{"--matmul", "8x8x8:n"}, "--matmul: \"8x8x8:n\": \"n\" is none of the orders"},
      {{"--pass", "forwards"}, "--pass: \"forwards\" is no pass"},
      {{"--filter", "(", "--list"}, "--filter: \"(\" is no regular expression"},
      {{"--filter", "^nothing$"}, "there is no case that --filter lets pass"}};
  for (const auto& [arguments, message] : wrong) {
    const auto outcome = run_kernels(arguments);
    if (!outcome) return;
    BOOST_TEST(outcome->status == 2, outcome->err);
    BOOST_TEST(line_count(outcome->err) == 1, outcome->err);
    BOOST_TEST(outcome->err.find(message) != std::string::npos, outcome->err);
  }
  const auto missing = run_kernels({"--problems", "resnet5"});
  BOOST_TEST(missing->status == 1);
  BOOST_TEST(missing->err.find("resnet5: is neither a file nor a list that comes with the program "
                               "(corner_cases, lenet5") != std::string::npos,
             missing->err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
