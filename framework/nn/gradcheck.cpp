// gradcheck of a module. Its parameters become inputs of a function: for each pass the module's
// members are set to the variables of that pass, and at the end back to its own.
#include "framework/nn/gradcheck.hpp"

#include "framework/base/error.hpp"

#include <map>
#include <utility>

namespace credence::nn {
namespace {

// Members of a module by their places. Tied ones, of which several places hold handles, have one
// number.
template <class Member>
class Places {
 public:
  void add(const std::string& path, const void* identity, Member& member) {
    const auto [known, is_new] = numbers_.try_emplace(identity, own_.size());
    if (is_new) own_.push_back({path, member});
    places_.push_back({&member, member, known->second});
  }

  // By number: the path of the first place, and the module's own member.
  const std::vector<std::pair<std::string, Member>>& own() const { return own_; }

  // Sets the places of each number to make(own member).
  template <class Make>
  void set(Make make) const {
    std::vector<Member> members;
    for (const auto& [path, member] : own_) members.push_back(make(member));
    for (const Place& place : places_) *place.member = members[place.number];
  }

  void restore() const {
    for (const Place& place : places_) *place.member = place.own;
  }

 private:
  struct Place {
    Member* member;
    Member own;
    std::size_t number;
  };

  std::vector<std::pair<std::string, Member>> own_;
  std::vector<Place> places_;
  std::map<const void*, std::size_t> numbers_;
};

bool is_floating(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

// A copy on the same device, in this element type unless its elements are integers.
Tensor copy_in(const Tensor& x, DType dtype) {
  return is_floating(x.dtype()) && x.dtype() != dtype ? x.to(dtype) : x.clone();
}

Tensor on_host(const Tensor& x) { return x.to(Device::cpu).to(DType::float64); }

// Sets the members of a module to others for some time. The destructor gives it its own back.
class BorrowedModule : private PathVisitor {
 public:
  explicit BorrowedModule(Module& module) { module.visit(*this); }
  ~BorrowedModule() override {
    parameters_.restore();
    buffers_.restore();
  }
  BorrowedModule(const BorrowedModule&) = delete;
  BorrowedModule& operator=(const BorrowedModule&) = delete;

  // The values of the parameters that require a gradient, float64 on the host, with their paths.
  std::vector<NamedTensor> trained() const {
    std::vector<NamedTensor> values;
    for (const auto& [path, parameter] : parameters_.own()) {
      if (parameter.requires_grad()) values.push_back({path, on_host(parameter.value())});
    }
    return values;
  }

  // Sets these parameters to `variables`, from number `first` on, and all other members to copies
  // of their own values in the element type.
  void set(const std::vector<Variable>& variables, std::size_t first, DType dtype) const {
    parameters_.set([&](const Variable& own) {
      return own.requires_grad() ? variables[first++] : Variable(copy_in(own.value(), dtype));
    });
    buffers_.set([&](const Tensor& own) { return copy_in(own, dtype); });
  }

 private:
  void parameter(std::string_view name, Variable& parameter, Role) override {
    if (parameter.defined()) parameters_.add(path(name), parameter.identity(), parameter);
  }
  void buffer(std::string_view name, Tensor& buffer) override {
    if (!buffer.defined()) return;
    const void* const elements = buffer.raw_data();
    buffers_.add(path(name), buffer.numel() > 0 ? elements : &buffer, buffer);
  }

  Places<Variable> parameters_;
  Places<Tensor> buffers_;
};

std::vector<NamedTensor> named_inputs(const std::vector<Tensor>& inputs) {
  std::vector<NamedTensor> named;
  for (const Tensor& input : inputs) {
    if (!is_floating(input.dtype())) {
      throw Error(std::string("[gradcheck] inputs must be float32 or float64, not ") +
                  to_string(input.dtype()));
    }
    named.push_back({"input " + std::to_string(named.size()), on_host(input)});
  }
  return named;
}

}  // namespace

GradcheckResult gradcheck(Module& module, const std::vector<Tensor>& inputs,
                          const VariableFunction& function, const GradcheckOptions& options) {
  GradcheckOptions of_module = options;
  of_module.device = device_of(module);
  std::vector<NamedTensor> points = named_inputs(inputs);
  const BorrowedModule borrowed(module);
  for (NamedTensor& parameter : borrowed.trained()) points.push_back(std::move(parameter));
  const auto pass = [&](const std::vector<Variable>& variables) {
    const auto inputs_end = variables.begin() + static_cast<std::ptrdiff_t>(inputs.size());
    const DType dtype = variables.empty() ? DType::float64 : variables.front().dtype();
    borrowed.set(variables, inputs.size(), dtype);
    const DrawsFrom same_noise(module, 0);
    return function({variables.begin(), inputs_end});
  };
  return credence::gradcheck(pass, points, of_module);
}

GradcheckResult gradcheck(Module& module, const Tensor& input, const GradcheckOptions& options) {
  return gradcheck(
      module, std::vector<Tensor>{input},
      [&](const std::vector<Variable>& inputs) { return module(inputs.front()); }, options);
}

}  // namespace credence::nn
