// The checks of the layers' contract.
#include "tests/framework/layer_contract.hpp"

#include "framework/core/caching_allocator.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/nn/listing_check.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {
namespace {

// Fills free blocks of the host's allocator with bytes that are NaN as float32 and float64, 32 of
// each size class up to 64 KiB. The next requests get these blocks, so that an element of a result
// that a kernel does not write is NaN.
void fill_free_memory_with_nan() {
  CachingAllocator& allocator = caching_allocator(Device::cpu);
  std::vector<std::pair<std::byte*, std::size_t>> blocks;
  for (std::size_t bytes = 64; bytes <= std::size_t{1} << 16; bytes += bytes / 16 / 64 * 64 + 64) {
    for (int i = 0; i < 32; ++i) {
      std::byte* const block = allocator.allocate(bytes);
      std::memset(block, 0xff, bytes + kTailPadding);
      blocks.emplace_back(block, bytes);
    }
  }
  for (const auto& [block, bytes] : blocks) allocator.free(block, bytes);
}

// The output of a pass, and the gradients of x and of the parameters, those that there are.
struct Pass {
  Tensor output;
  Tensor x_gradient{};
  std::vector<Tensor> gradients{};

  std::vector<Tensor> all() const {
    std::vector<Tensor> tensors{output};
    if (x_gradient.defined()) tensors.push_back(x_gradient);
    tensors.insert(tensors.end(), gradients.begin(), gradients.end());
    return tensors;
  }
};

// Gives buffers and modes back at its end.
class Unchanged {
 public:
  explicit Unchanged(nn::Module& layer) : layer_(layer) {
    for (const nn::NamedBuffer& b : nn::buffers(layer)) buffers_.push_back(b.buffer->clone());
  }
  ~Unchanged() {
    const std::vector<nn::NamedBuffer> own = nn::buffers(layer_);
    for (std::size_t i = 0; i < own.size(); ++i) own[i].buffer->copy_from(buffers_[i]);
  }
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;

 private:
  nn::Module& layer_;
  std::vector<Tensor> buffers_;
};

// A pass whose gradients are added to `start`. The objective weighs the elements of the output with
// fixed numbers, so that none of its gradients is 0 by symmetry.
Pass pass_of(nn::Module& layer, const Tensor& x, const LayerContract& contract, double start = 0) {
  const Unchanged unchanged(layer);
  const nn::DrawsFrom draws(layer, 3);
  const bool floating = x.dtype() == DType::float32;
  const Variable input(x.clone(), floating);
  if (floating) input.set_grad(Tensor::full(x.shape(), start));
  const std::vector<nn::NamedParameter> parameters = nn::parameters(layer);
  for (const nn::NamedParameter& p : parameters) {
    if (p.parameter->requires_grad())
      p.parameter->set_grad(Tensor::full(p.parameter->shape(), start));
  }
  const Variable y = layer(input);
  Variable objective =
      sum(y * Variable(normals(y.shape(), "weights of the output").to(DType::float32)));
  if (contract.also) objective = objective + contract.also(layer);
  Pass pass{y.value().clone()};
  const bool any = floating || std::any_of(parameters.begin(), parameters.end(), [](const auto& p) {
                     return p.parameter->requires_grad();
                   });
  if (any) objective.backward();
  if (floating) pass.x_gradient = input.grad();
  for (const nn::NamedParameter& p : parameters) {
    if (p.parameter->requires_grad()) pass.gradients.push_back(p.parameter->grad().clone());
  }
  return pass;
}

void check_same(const Pass& actual, const Pass& expected, const std::string& what) {
  const std::vector<Tensor> a = actual.all();
  const std::vector<Tensor> b = expected.all();
  BOOST_REQUIRE_MESSAGE(a.size() == b.size(), what);
  for (std::size_t i = 0; i < a.size(); ++i) {
    BOOST_TEST(same_bits(a[i], b[i]), what << ": tensor " << i << " of output, x, parameters");
  }
}

void check_finite(const Pass& pass) {
  for (const Tensor& tensor : pass.all()) {
    for (const double value : tensor.to_vector<double>()) BOOST_REQUIRE(std::isfinite(value));
  }
}

void check_repeats(nn::Module& layer, const Tensor& x, const LayerContract& contract) {
  const Pass first = pass_of(layer, x, contract);
  check_finite(first);
  check_same(pass_of(layer, x, contract), first, "a second pass");
  fill_free_memory_with_nan();
  check_same(pass_of(layer, x, contract), first, "a pass in memory full of NaN");
  BOOST_TEST(same_bits_with_threads([&] { return pass_of(layer, x, contract).all(); }),
             "1, 2 and 3 threads");
}

// A gradient that is assigned would lack the 2, one that is added twice would have it twice.
void check_added(nn::Module& layer, const Tensor& x, const LayerContract& contract) {
  const std::vector<Tensor> plain = pass_of(layer, x, contract).all();
  const std::vector<Tensor> added = pass_of(layer, x, contract, 2).all();
  for (std::size_t i = 1; i < plain.size(); ++i) {
    const std::vector<double> g = plain[i].to_vector<double>();
    const std::vector<double> sums = added[i].to_vector<double>();
    for (std::size_t j = 0; j < g.size(); ++j) {
      const double error = std::abs(sums[j] - (g[j] + 2));
      BOOST_REQUIRE_MESSAGE(error <= 1e-5 * (2 + std::abs(g[j])),
                            "gradient " << i << ", element " << j << ": " << g[j] << " became "
                                        << sums[j] << " beside 2");
    }
  }
}

// Whole numbers have no gradient: then the parameters' are checked alone.
void check_gradients(nn::Module& layer, const Tensor& x) {
  const GradcheckResult result = x.dtype() == DType::float32
                                     ? nn::gradcheck(layer, x)
                                     : nn::gradcheck(layer, {}, [&](const std::vector<Variable>&) {
                                         return layer(Variable(x));
                                       });
  BOOST_TEST(result.passed, result.message);
}

void check_members(nn::Module& layer, const Tensor& x) {
  std::set<std::string> names;
  for (const nn::NamedParameter& p : nn::parameters(layer)) {
    BOOST_TEST(names.insert(p.name).second, p.name);
  }
  for (const nn::NamedBuffer& b : nn::buffers(layer)) {
    BOOST_TEST(names.insert(b.name).second, b.name);
  }
  const Unchanged unchanged(layer);
  const nn::ListingCheck listing(layer);
  layer(Variable(x));  // throws where the output depends on another parameter
  BOOST_TEST(layer.type_name() != "Module");
}

// The file holds the numbers of `layer`; the other one begins with different ones.
void check_file(nn::Module& layer, nn::Module& other, const Tensor& x,
                const LayerContract& contract) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "layer.safetensors";
  io::save_checkpoint(file, layer);
  for (const nn::NamedParameter& p : nn::parameters(other)) p.parameter->value().fill(0.25);
  for (const nn::NamedBuffer& b : nn::buffers(other)) b.buffer->fill(3);
  io::load_checkpoint(file, other);
  check_same(pass_of(other, x, contract), pass_of(layer, x, contract), "a loaded layer");
}

void check_frozen(nn::Module& layer, const Tensor& x, const LayerContract& contract) {
  const LayerContract output_alone{};  // a divergence of frozen numbers has no gradient at all
  const Pass trained = pass_of(layer, x, output_alone);
  for (const nn::NamedParameter& p : nn::parameters(layer)) {
    p.parameter->set_requires_grad(false);
  }
  const Pass frozen = pass_of(layer, x, output_alone);
  BOOST_TEST(same_bits(frozen.output, trained.output), "output of a frozen layer");
  BOOST_TEST(frozen.gradients.empty());
  if (trained.x_gradient.defined()) {
    BOOST_TEST(same_bits(frozen.x_gradient, trained.x_gradient), "frozen: gradient of x");
  }
  if (contract.also) BOOST_TEST(std::isfinite(contract.also(layer).value().item()));
}

void check_evaluation(nn::Module& layer, const Tensor& x) {
  std::vector<Tensor> before;
  for (const nn::NamedBuffer& b : nn::buffers(layer)) before.push_back(b.buffer->clone());
  const nn::EvaluationMode evaluation(layer);
  for (nn::Module* const part : nn::modules(layer)) BOOST_TEST(!part->training());
  const auto output = [&] {
    const NoGrad no_grad;
    const nn::DrawsFrom draws(layer, 0);
    return layer(Variable(x)).value();
  };
  BOOST_TEST(same_bits(output(), output()), "evaluation");
  const std::vector<nn::NamedBuffer> after = nn::buffers(layer);
  for (std::size_t i = 0; i < after.size(); ++i) {
    BOOST_TEST(same_bits(*after[i].buffer, before[i]), after[i].name);
  }
}

}  // namespace

void check_layer(const LayerMakers& makers, const Tensor& x, const LayerContract& contract) {
  const std::unique_ptr<nn::Module> layer = makers.made();
  BOOST_TEST_CONTEXT(layer->type_name()) {
    check_members(*layer, x);
    check_repeats(*layer, x, contract);
    check_added(*layer, x, contract);
    check_gradients(*layer, x);
    check_same(pass_of(*makers.moved(), x, contract), pass_of(*layer, x, contract),
               "a layer that was moved");
    check_file(*layer, *makers.made(), x, contract);
    check_evaluation(*layer, x);
    check_frozen(*layer, x, contract);
  }
}

}  // namespace credence::test
