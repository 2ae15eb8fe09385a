// Tests of the export to ONNX: protobuf's wire format, the messages of a small net, traces, what
// cannot be exported, and each op's form in ONNX Runtime where that is installed.
#include "framework/base/error.hpp"
#include "framework/io/onnx/export.hpp"
#include "framework/io/protobuf.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/embedding.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/index_ops.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/framework/onnx_runtime.hpp"
#include "tests/framework/protobuf_reader.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::io::onnx {

BOOST_AUTO_TEST_SUITE(onnx)

namespace {

using test::Fields;
using test::fields_of;

Tensor floats(const Shape& shape, std::string_view name) {
  return normals(shape, name).to(DType::float32);
}

Graph graph_of(nn::Module& module, const Shape& input, const ModuleOptions& options = {}) {
  Graph graph("net");
  const auto outputs =
      add_module(graph, module, {graph.input("input", DType::float32, input)}, options);
  graph.output("output", outputs.front());
  return graph;
}

// y = W x + b with known numbers, then relu.
nn::Sequential small_net() {
  nn::Sequential net(nn::Linear(2, 3, {}, Generator(1)), nn::Activation::relu());
  const auto parameters = nn::parameters(net);
  parameters[0].parameter->value().copy_from(Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  parameters[1].parameter->value().copy_from(Tensor::from<float>({3}, {-1, 0.5F, 2}));
  return net;
}

std::vector<float> floats_of(std::string_view bytes) {
  std::vector<float> numbers;
  for (; !bytes.empty(); bytes.remove_prefix(4)) {
    numbers.push_back(test::number_from<float>(bytes.substr(0, 4)));
  }
  return numbers;
}

using Function = std::function<Variable(const Variable&)>;

// A module of one function.
class Own : public nn::Module {
 public:
  explicit Own(Function function) : function_(std::move(function)) {}
  Variable forward(const Variable& x) override { return function_(x); }
  std::string type_name() const override { return "Own"; }

 private:
  Function function_;
};

// A net whose part "part" is the function.
class Whole : public nn::Module {
 public:
  explicit Whole(Function function) : part(std::move(function)) {}
  Variable forward(const Variable& x) override { return relu(part(x)); }
  void visit(nn::Visitor& visitor) override { visitor.module("part", part); }
  Own part;
};

// What an op without a description does.
Variable doubled(const Variable& x) {
  const Tensor y = affine(x, 2, 0).value().clone();
  return make_result(y, {x}, [](const Tensor& grad) -> Gradients { return {grad}; });
}

Variable described_double(const Variable& x) {
  return described(doubled(x), [&] { return OpCall{"double", {x}}; });
}

void check_refused(const Function& function, const std::string& message) {
  Whole net(function);
  std::string found = "nothing thrown";
  try {
    graph_of(net, {4});
  } catch (const Error& error) {
    found = error.what();
  }
  BOOST_TEST(found.find(message) != std::string::npos, found << ", expected: " << message);
}

}  // namespace

// The examples of protobuf.dev/programming-guides/encoding: 150, "testing", −2.
BOOST_AUTO_TEST_CASE(fields_have_the_bytes_of_protobufs_documentation) {
  using namespace std::string_literals;
  BOOST_TEST(ProtobufMessage().integer(1, 150).text() == "\x08\x96\x01"s);
  BOOST_TEST(ProtobufMessage().bytes(2, "testing").text() == "\x12\x07testing"s);
  const ProtobufMessage inner = ProtobufMessage().integer(1, 150);
  BOOST_TEST(ProtobufMessage().message(3, inner).text() == "\x1a\x03\x08\x96\x01"s);
  BOOST_TEST(ProtobufMessage().integer(1, -2).text() ==
             "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
  BOOST_TEST(ProtobufMessage().integer(1, 0).text().empty());
  const std::int64_t zero = 0;
  BOOST_TEST(ProtobufMessage().integers(1, {&zero, 1}).text() == "\x08\x00"s);
  BOOST_TEST(ProtobufMessage().float32(20, 1).text() == "\xa5\x01\x00\x00\x80\x3f"s);
}

// By the field numbers of onnx.proto3.
BOOST_AUTO_TEST_CASE(a_small_net_has_the_messages_of_onnx) {
  nn::Sequential net = small_net();
  Graph graph = graph_of(net, {2});
  graph.set_metadata("class_names", "a\nb\nc");
  const std::string bytes = graph.bytes();
  const Fields model = fields_of(bytes);
  BOOST_TEST(model.varint(1) == 7U);
  BOOST_TEST(model.at(2) == "credence");
  BOOST_TEST(fields_of(model.at(8)).varint(2) == 13U);
  BOOST_TEST(fields_of(model.at(14)).at(1) == "class_names");
  BOOST_TEST(fields_of(model.at(14)).at(2) == "a\nb\nc");

  const Fields main = fields_of(model.at(7));
  const std::vector<std::string_view> nodes = main.all(1);
  BOOST_TEST_REQUIRE(nodes.size() == 3U);
  const Fields gemm = fields_of(nodes[0]);
  BOOST_TEST(gemm.at(4) == "Gemm");
  BOOST_TEST(gemm.at(3) == "0/Gemm");
  const std::vector<std::string_view> inputs{"input", "0.weight", "0.bias"};
  BOOST_TEST(gemm.all(1) == inputs, boost::test_tools::per_element());
  const Fields transposed = fields_of(gemm.at(5));
  BOOST_TEST(transposed.at(1) == "transB");
  BOOST_TEST(transposed.varint(3) == 1U);
  BOOST_TEST(transposed.varint(20) == 2U);
  BOOST_TEST(fields_of(nodes[1]).at(4) == "Relu");
  BOOST_TEST(fields_of(nodes[1]).at(1) == gemm.at(2));
  BOOST_TEST(fields_of(nodes[2]).at(2) == "output");

  const std::vector<std::string_view> constants = main.all(5);
  BOOST_TEST_REQUIRE(constants.size() == 2U);
  const Fields weight = fields_of(constants[0]);
  BOOST_TEST(weight.at(8) == "0.weight");
  const std::vector<std::uint64_t> extents{3, 2};
  BOOST_TEST(weight.varints.at(1) == extents, boost::test_tools::per_element());
  BOOST_TEST(weight.varint(2) == 1U);
  const std::vector<float> elements{1, 2, 3, 4, 5, 6};
  BOOST_TEST(floats_of(weight.at(9)) == elements, boost::test_tools::per_element());

  // The type of an input: float32 [batch, 2].
  const Fields input = fields_of(main.at(11));
  BOOST_TEST(input.at(1) == "input");
  const Fields type = fields_of(fields_of(input.at(2)).at(1));
  BOOST_TEST(type.varint(1) == 1U);
  const std::vector<std::string_view> shape = fields_of(type.at(2)).all(1);
  BOOST_TEST_REQUIRE(shape.size() == 2U);
  BOOST_TEST(fields_of(shape[0]).at(2) == "batch");
  BOOST_TEST(fields_of(shape[1]).varint(1) == 2U);

  const test::TemporaryFolder folder;
  BOOST_TEST(graph.save(folder.path() / "net.onnx") == bytes.size());
  BOOST_TEST((test::read_file(folder.path() / "net.onnx") == bytes));
}

BOOST_AUTO_TEST_CASE(a_trace_folds_constants_and_leaves_the_batch_free) {
  const Tensor scale = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  Own net([&](const Variable& x) {
    // Of no input: one constant. With one number for each image: one image's.
    const Variable factor = exp(Variable(scale)) + 1.0;
    const Variable zeros(Tensor::zeros(x.shape()));
    return reshape(x * factor + zeros, Shape{x.shape()[0] * 2, 3});
  });
  const Trace traced = trace(net, {{2, 3}});
  BOOST_TEST_REQUIRE(traced.steps.size() == 3U);
  BOOST_TEST(traced.steps[0].op == "mul");
  BOOST_TEST_REQUIRE(traced.constants.size() == 2U);
  BOOST_TEST(std::abs(traced.constants[0].value.data<float>()[5] - (std::exp(6.0) + 1)) < 1e-3);
  BOOST_TEST(!traced.constants[0].per_image);
  BOOST_TEST(traced.constants[1].per_image);
  BOOST_TEST((traced.constants[1].value.shape() == Shape{1, 2, 3}));
  const std::vector<std::int64_t> shape{-1, 3};
  BOOST_TEST(std::get<2>(traced.steps[2].attributes[0].value) == shape,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(dropout_is_left_out_in_evaluation) {
  nn::Sequential net(nn::Flatten(), nn::Dropout(0.5, Generator(1)), nn::Activation::tanh());
  BOOST_TEST(graph_of(net, {2, 2}).nodes() == 3U);
  BOOST_TEST(net.training());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_exported_names_its_layer) {
  check_refused(doubled, "part: [onnx] Own uses an operation that does not describe itself");
  check_refused(described_double, "part: [onnx] double has no form in ONNX");
  const Tensor index = Tensor::from<std::int64_t>({1, 1}, {1});
  check_refused([&](const Variable& x) { return gather(x, 1, index); },
                "part: [onnx] gather has no form");
  check_refused([](const Variable& x) { return x + Variable(square(x).value()); },
                "part: [onnx] add reads what depends on the input");
  check_refused([](const Variable& x) { return affine(x, static_cast<double>(x.shape()[0]), 0); },
                "part: [onnx] affine has another first in a batch of another size");
  check_refused([](const Variable& x) { return x.shape()[0] == 2 ? x : relu(x); },
                "other ops for other inputs");
  check_refused([](const Variable& x) { return batch_norm(x, {}, {}, {}, {}); },
                "part: [onnx] batch_norm by the batch's own statistics has no form");
  Graph graph("net");
  graph.input("input", DType::float32, {1});
  BOOST_CHECK_EXCEPTION(graph.input("input", DType::float32, {1}), ValueError, says("input"));
}

// As a program's own op is exported.
BOOST_AUTO_TEST_CASE(an_own_op_takes_an_own_form) {
  Whole net(described_double);
  const ModuleOptions options{.prefix = "first/",
                              .forms = {{"double", [](const Emitter& e) {
                                           return e.node("Add", {e.input(0), e.input(0)});
                                         }}}};
  const std::string bytes = graph_of(net, {4}, options).bytes();
  const Fields node = fields_of(fields_of(fields_of(bytes).at(7)).all(1).front());
  BOOST_TEST(node.at(3) == "first/part/Add");
}

namespace {

struct Case {
  std::string name;
  Shape input;
  Function function;
  bool positive = false;  // whether the input must be
};

nn::Activation named(const char* name) { return nn::Activation::from_name(name); }

std::vector<Case> pointwise_cases() {
  std::vector<Case> cases;
  for (const char* name : {"relu", "leaky_relu:0.1", "elu", "elu:0.5", "softplus", "softplus:10",
                           "silu", "tanh", "sigmoid", "gelu", "gelu_tanh"}) {
    cases.push_back({name, {7}, [name](const Variable& x) { return named(name)(x); }});
  }
  cases.push_back({"log_sigmoid", {7}, [](const Variable& x) { return log_sigmoid(x); }});
  cases.push_back({"exp", {7}, [](const Variable& x) { return exp(x); }});
  cases.push_back({"abs", {7}, [](const Variable& x) { return abs(x); }});
  cases.push_back({"square", {7}, [](const Variable& x) { return square(x); }});
  cases.push_back({"cube", {7}, [](const Variable& x) { return pow(x, 3.0); }});
  cases.push_back({"affine", {7}, [](const Variable& x) { return 1.0 - 2.0 * x; }});
  cases.push_back({"clamp", {7}, [](const Variable& x) { return clamp(x, -0.5, 1); }});
  cases.push_back({"log", {7}, [](const Variable& x) { return log(x); }, true});
  cases.push_back({"log1p", {7}, [](const Variable& x) { return log1p(x); }, true});
  cases.push_back({"sqrt", {7}, [](const Variable& x) { return sqrt(x); }, true});
  cases.push_back({"reciprocal", {7}, [](const Variable& x) { return reciprocal(x); }, true});
  return cases;
}

std::vector<Case> two_operand_cases() {
  const Variable row(floats({3}, "row"));
  return {{"add", {2, 3}, [=](const Variable& x) { return x + row; }},
          {"sub", {2, 3}, [=](const Variable& x) { return row - x; }},
          {"mul", {2, 3}, [=](const Variable& x) { return x * row; }},
          {"div", {2, 3}, [=](const Variable& x) { return x / row; }},
          {"larger", {2, 3}, [=](const Variable& x) { return larger(x, row); }},
          {"smaller", {2, 3}, [=](const Variable& x) { return smaller(row, x); }},
          {"logaddexp", {2, 3}, [=](const Variable& x) { return logaddexp(x, row); }},
          {"scaled_square", {2, 3}, [=](const Variable& x) { return scaled_square(row, x); }},
          {"power", {2, 3}, [=](const Variable& x) { return pow(x, row); }, true},
          {"where", {2, 3}, [=](const Variable& x) {
             return where(Tensor::from<std::int64_t>({3}, {1, 0, 1}), x, row);
           }}};
}

std::vector<Case> shape_cases() {
  const Variable matrix(floats({3, 4}, "matrix"));
  return {
      {"softmax", {5}, [](const Variable& x) { return softmax(x); }},
      {"softmax_of_channels", {5, 2}, [](const Variable& x) { return log_softmax(x, 1); }},
      {"sum",
       {2, 3, 4},
       [](const Variable& x) {
         return sum(x, {1, -1});
       }},
      {"mean", {2, 3}, [](const Variable& x) { return mean(x, {2}, true); }},
      {"matmul", {2, 3}, [=](const Variable& x) { return matmul(x, matrix); }},
      {"matmul_of_batch", {2, 3}, [](const Variable& x) { return matmul(x, transpose(x, 1, 2)); }},
      {"slice", {7, 2}, [](const Variable& x) { return slice(x, 1, 1, 6, 2); }},
      {"split",
       {7},
       [](const Variable& x) {
         return concat(split(x, {2, 5}, 1), 1);
       }},
      {"exchanged",
       {7},
       [](const Variable& x) {
         const auto parts = split(x, {2, 5}, 1);
         return concat({parts[1], parts[0]}, 1);
       }},
      {"permute",
       {2, 3, 4},
       [](const Variable& x) {
         return permute(x, {0, 3, 1, 2});
       }},
      {"broadcast",
       {1, 3},
       [](const Variable& x) {
         return broadcast_to(x, Shape{x.shape()[0], 2, 3});
       }},
      {"pad", {2, 3}, [](const Variable& x) { return pad(pad(x, 1, 1, 2), 2, 0, 1, -1.5); }},
      {"pad_circular", {2, 3}, [](const Variable& x) {
         return pad(x, 2, 1, 2, 0, PaddingMode::circular);
       }}};
}

template <class Layer>
Function layer(Layer made) {
  return [kept = std::make_shared<Layer>(std::move(made))](const Variable& x) {
    kept->train(false);
    return (*kept)(x);
  };
}

// With a scale, a shift and running statistics that are no constants.
template <class Norm>
Function norm(Norm made) {
  for (const nn::NamedParameter& p : nn::parameters(made)) {
    p.parameter->value().copy_from(floats(p.parameter->shape(), p.name));
  }
  for (const nn::NamedBuffer& b : nn::buffers(made)) {
    const Variable numbers(floats(b.buffer->shape(), b.name));
    b.buffer->copy_from((square(numbers) + 0.1).value());
  }
  return layer(std::move(made));
}

std::vector<Case> layer_cases() {
  const Generator g(1);
  const nn::ConvOptions strided{
      .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2};
  nn::ConvOptions circular{.kernel = 3, .padding = 1, .bias = false};
  circular.padding_mode = PaddingMode::circular;
  nn::ConvOptions unequal{.kernel = 2, .padding = 0};
  unequal.padding_behind = 1;
  PoolOptions pool{.kernel = 3, .stride = 2, .padding = 1};
  PoolOptions ceiling{.kernel = 2, .stride = 2};
  ceiling.ceil_mode = true;
  PoolOptions dilated{.kernel = 2, .stride = 1};
  dilated.dilation = 2;
  PoolOptions uncounted = pool;
  uncounted.count_include_pad = false;
  return {
      {"linear", {5}, layer(nn::Linear(5, 3, {}, g))},
      {"linear_of_rows", {2, 5}, layer(nn::Linear(5, 3, {.bias = false}, g))},
      {"conv1d", {2, 9}, layer(nn::Conv1d(2, 3, {.kernel = 3, .padding = 1}, g))},
      {"conv2d", {4, 7, 6}, layer(nn::Conv2d(4, 6, strided, g))},
      {"conv2d_circular", {2, 5, 5}, layer(nn::Conv2d(2, 3, circular, g))},
      {"conv2d_unequal", {2, 5, 5}, layer(nn::Conv2d(2, 3, unequal, g))},
      {"conv3d", {2, 4, 5, 3}, layer(nn::Conv3d(2, 3, {.kernel = 2}, g))},
      {"conv_transpose1d", {2, 5}, layer(nn::ConvTranspose1d(2, 3, {.kernel = 3, .stride = 2}, g))},
      {"conv_transpose2d",
       {4, 3, 4},
       layer(nn::ConvTranspose2d(
           4, 6, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .groups = 2}, g))},
      {"max_pool", {2, 7, 6}, layer(nn::MaxPool2d(pool))},
      {"max_pool_ceiling", {2, 7, 5}, layer(nn::MaxPool2d(ceiling))},
      {"max_pool_dilated", {2, 7}, layer(nn::MaxPool1d(dilated))},
      {"average_pool", {2, 7, 6}, layer(nn::AveragePool2d(pool))},
      {"average_pool_uncounted", {2, 7, 6}, layer(nn::AveragePool2d(uncounted))},
      {"average_pool_ceiling", {2, 7, 5}, layer(nn::AveragePool2d(ceiling))},
      {"adaptive_pool", {2, 7, 6}, layer(nn::AdaptiveAveragePool2d({3, 2}))},
      {"adaptive_max_pool", {2, 4, 6}, layer(nn::AdaptiveMaxPool2d({2, 3}))},
      {"global_pool", {2, 4, 6}, [](const Variable& x) { return global_average_pool2d(x); }},
      {"batch_norm1d", {3}, norm(nn::BatchNorm1d(3))},
      {"batch_norm2d", {3, 2, 4}, norm(nn::BatchNorm2d(3, {.epsilon = 1e-3}))},
      {"batch_norm3d", {3, 2, 2, 4}, norm(nn::BatchNorm3d(3, {.affine = false}))},
      {"filter_response_norm", {3, 4, 5}, norm(nn::FilterResponseNorm2d(3))},
      {"layer_norm", {4, 5}, norm(nn::LayerNorm(Shape{5}))},
      {"layer_norm_without_bias", {4, 5}, norm(nn::LayerNorm(Shape{4, 5}, {.bias = false}))},
      {"group_norm", {6, 4, 2}, norm(nn::GroupNorm(2, 6))},
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_form_computes_in_onnx_runtime_what_the_op_does) {
  std::vector<Case> cases = layer_cases();
  for (const auto& more : {pointwise_cases(), two_operand_cases(), shape_cases()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  const test::OnnxFiles files;
  for (const Case& one : cases) {
    std::vector<std::int64_t> extents{4};  // another batch than those of the trace
    extents.insert(extents.end(), one.input.begin(), one.input.end());
    Variable x(floats(Shape(extents), one.name));
    if (one.positive) x = Variable((abs(x) + 0.1).value());
    Own module(one.function);
    const Graph graph = graph_of(module, one.input);
    const NoGrad no_grad;
    files.add(one.name, graph, {{"input", x.value()}, {"output", one.function(x).value()}});
  }
  const std::string python = test::onnx_python();
  if (!python.empty()) files.check(python);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io::onnx
