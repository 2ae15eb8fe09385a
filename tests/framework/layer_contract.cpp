// The checks of the layers' contract.
#include "tests/framework/layer_contract.hpp"

#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/nn/listing_check.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/memory_of_nan.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace credence::test {
namespace {

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

using Faults = std::vector<std::string>;

void require(bool holds, const std::string& fault, Faults& faults) {
  if (!holds) faults.push_back(fault);
}

void require_same(const Pass& actual, const Pass& expected, const std::string& what,
                  Faults& faults) {
  const std::vector<Tensor> a = actual.all();
  const std::vector<Tensor> b = expected.all();
  require(a.size() == b.size(), what + ": another number of gradients", faults);
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    require(same_bits(a[i], b[i]),
            what + ": other bits in tensor " + std::to_string(i) + " of output and gradients",
            faults);
  }
}

bool finite(const Pass& pass) {
  const std::vector<Tensor> tensors = pass.all();
  return std::all_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) {
    const std::vector<double> values = tensor.to_vector<double>();
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  });
}

void find_in_repeats(nn::Module& layer, const Tensor& x, const LayerContract& contract,
                     Faults& faults) {
  const Pass first = pass_of(layer, x, contract);
  require(finite(first), "the output or a gradient is not finite", faults);
  require_same(pass_of(layer, x, contract), first, "a second pass", faults);
  {
    const MemoryOfNan memory;
    require_same(pass_of(layer, x, contract), first, "a pass in memory full of NaN", faults);
  }
  require(same_bits_with_threads([&] { return pass_of(layer, x, contract).all(); }),
          "1, 2 and 3 threads: other bits", faults);
}

// A gradient that is assigned would lack the 2, one that is added twice would have it twice.
void find_in_sums(nn::Module& layer, const Tensor& x, const LayerContract& contract,
                  Faults& faults) {
  const std::vector<Tensor> plain = pass_of(layer, x, contract).all();
  const std::vector<Tensor> added = pass_of(layer, x, contract, 2).all();
  for (std::size_t i = 1; i < plain.size(); ++i) {
    const std::vector<double> g = plain[i].to_vector<double>();
    const std::vector<double> sums = added[i].to_vector<double>();
    for (std::size_t j = 0; j < g.size(); ++j) {
      if (std::abs(sums[j] - (g[j] + 2)) <= 1e-5 * (2 + std::abs(g[j]))) continue;
      faults.push_back("gradient " + std::to_string(i) + " is not added to the one there was: " +
                       std::to_string(g[j]) + " became " + std::to_string(sums[j]) + " beside 2");
      break;
    }
  }
}

// Whole numbers have no gradient: then the parameters' are checked alone.
void find_in_gradients(nn::Module& layer, const Tensor& x, Faults& faults) {
  const auto call = [&](const std::vector<Variable>&) { return layer(Variable(x)); };
  try {
    const GradcheckResult result =
        x.dtype() == DType::float32 ? nn::gradcheck(layer, x) : nn::gradcheck(layer, {}, call);
    require(result.passed, "gradients: " + result.message, faults);
  } catch (const Error& error) {
    faults.push_back(std::string("gradients: ") + error.what());
  }
}

void find_in_members(nn::Module& layer, const Tensor& x, Faults& faults) {
  std::set<std::string> names;
  for (const nn::NamedParameter& p : nn::parameters(layer)) {
    require(names.insert(p.name).second, "two members are named " + p.name, faults);
  }
  for (const nn::NamedBuffer& b : nn::buffers(layer)) {
    require(names.insert(b.name).second, "two members are named " + b.name, faults);
  }
  const Unchanged unchanged(layer);
  const nn::ListingCheck listing(layer);
  try {
    layer(Variable(x));
  } catch (const Error& error) {
    faults.emplace_back(error.what());
  }
  require(layer.type_name() != "Module", "the layer has no type_name() of its own", faults);
}

// The file holds the numbers of `layer`; the other one begins with different ones.
void find_in_file(nn::Module& layer, nn::Module& other, const Tensor& x,
                  const LayerContract& contract, Faults& faults) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "layer.safetensors";
  io::save_checkpoint(file, layer);
  for (const nn::NamedParameter& p : nn::parameters(other)) p.parameter->value().fill(0.25);
  for (const nn::NamedBuffer& b : nn::buffers(other)) b.buffer->fill(3);
  io::load_checkpoint(file, other);
  require_same(pass_of(other, x, contract), pass_of(layer, x, contract), "a loaded layer", faults);
}

void find_in_frozen(nn::Module& layer, const Tensor& x, Faults& faults) {
  const LayerContract output_alone{};  // a divergence of frozen numbers has no gradient at all
  const Pass trained = pass_of(layer, x, output_alone);
  for (const nn::NamedParameter& p : nn::parameters(layer)) p.parameter->set_requires_grad(false);
  const Pass frozen = pass_of(layer, x, output_alone);
  require_same({frozen.output, frozen.x_gradient}, {trained.output, trained.x_gradient},
               "a frozen layer", faults);
}

void find_in_evaluation(nn::Module& layer, const Tensor& x, Faults& faults) {
  std::vector<Tensor> before;
  for (const nn::NamedBuffer& b : nn::buffers(layer)) before.push_back(b.buffer->clone());
  const nn::EvaluationMode evaluation(layer);
  for (nn::Module* const part : nn::modules(layer)) {
    require(!part->training(), "a part stays in training: " + part->type_name(), faults);
  }
  const auto output = [&] {
    const NoGrad no_grad;
    const nn::DrawsFrom draws(layer, 0);
    return layer(Variable(x)).value();
  };
  require(same_bits(output(), output()), "evaluation: other bits in a second pass", faults);
  const std::vector<nn::NamedBuffer> after = nn::buffers(layer);
  for (std::size_t i = 0; i < after.size(); ++i) {
    require(same_bits(*after[i].buffer, before[i]), "evaluation changes " + after[i].name, faults);
  }
}

}  // namespace

std::vector<std::string> faults_of_layer(const LayerMakers& makers, const Tensor& x,
                                         const LayerContract& contract) {
  Faults faults;
  const std::unique_ptr<nn::Module> layer = makers.made();
  find_in_members(*layer, x, faults);
  find_in_repeats(*layer, x, contract, faults);
  find_in_sums(*layer, x, contract, faults);
  find_in_gradients(*layer, x, faults);
  require_same(pass_of(*makers.moved(), x, contract), pass_of(*layer, x, contract),
               "a layer that was moved", faults);
  find_in_file(*layer, *makers.made(), x, contract, faults);
  find_in_evaluation(*layer, x, faults);
  find_in_frozen(*layer, x, faults);
  for (std::string& fault : faults) fault = layer->type_name() + ": " + fault;
  return faults;
}

}  // namespace credence::test
