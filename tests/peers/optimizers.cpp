// Optimisers with the arguments that PyTorch has for them.
#include "framework/nn/module.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/peers/call.hpp"

namespace credence::peers {
namespace {

// Parameters without a computation.
class Parameters : public nn::Module {
 public:
  explicit Parameters(const std::vector<Variable>& all) {
    for (const Variable& one : all) all_.emplace_back(one.value().clone(), true);
  }
  Variable forward(const Variable& x) override { return x; }
  void visit(nn::Visitor& visitor) override {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      visitor.parameter(std::to_string(i), all_[i]);
    }
  }
  const std::vector<Variable>& all() const { return all_; }

 private:
  std::vector<Variable> all_;
};

optim::Factory sgd(Call& call) {
  return optim::Sgd{.learning_rate = call.number("lr"),
                    .momentum = call.number("momentum", 0),
                    .weight_decay = call.number("weight_decay", 0),
                    .nesterov = call.truth("nesterov", false),
                    .groups = optim::ParameterGroups::uniform(),
                    .dampening = call.number("dampening", 0),
                    .maximize = call.truth("maximize", false)};
}

optim::Factory adam(Call& call, bool decoupled) {
  optim::Adam adam{.learning_rate = call.number("lr", 1e-3),
                   .epsilon = call.number("eps", 1e-8),
                   .weight_decay = call.number("weight_decay", decoupled ? 1e-2 : 0),
                   .decoupled_weight_decay = decoupled,
                   .groups = optim::ParameterGroups::uniform(),
                   .amsgrad = call.truth("amsgrad", false),
                   .maximize = call.truth("maximize", false)};
  if (call.has("betas")) {
    adam.beta1 = call.numbers("betas").at(0);
    adam.beta2 = call.numbers("betas").at(1);
  }
  return adam;
}

optim::Factory factory_of(const std::string& name, Call& call) {
  if (name == "SGD") return sgd(call);
  if (name == "Adam") return adam(call, false);
  if (name == "AdamW") return adam(call, true);
  throw NoCounterpart("no optimiser " + name);
}

}  // namespace

Answer optimizer(const std::string& name, Call& call) {
  Parameters parameters(call.variables("parameters"));
  const std::vector<Variable> gradients = call.variables("gradients");
  // How PyTorch computes a step, not what.
  for (const char* way : {"foreach", "capturable", "differentiable", "fused"}) {
    call.only(way, false);
  }
  const auto optimizer = optim::make_optimizer(parameters, factory_of(name, call));
  const std::size_t count = parameters.all().size();
  for (std::size_t first = 0; first < gradients.size(); first += count) {
    for (std::size_t i = 0; i < count; ++i) {
      parameters.all()[i].grad().copy_from(gradients.at(first + i).value());
    }
    optimizer->step();
  }
  return parameters.all();
}

}  // namespace credence::peers
