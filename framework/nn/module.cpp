// Calls of modules, and what is collected through `visit`: paths, parameters, buffers, generators
// and modes.
#include "framework/nn/module.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace credence::nn {
namespace {

// The identity of a member. Tied members share it: copies of a Variable, or Tensor handles to the
// same elements.
const void* identity(const Variable& parameter) {
  return parameter.defined() ? parameter.identity() : &parameter;
}
const void* identity(const Tensor& buffer) {
  return buffer.defined() && buffer.numel() > 0 ? static_cast<const void*>(buffer.raw_data())
                                                : &buffer;
}

// Named members. Tied ones are listed once, with all their names.
template <class Named>
class Members {
 public:
  // Returns the new entry, or null where the member is known.
  template <class Member>
  Named* add(std::string path, Member& member) {
    const auto [known, is_new] = place_.emplace(identity(member), found.size());
    if (is_new) return &found.emplace_back(Named{std::move(path), &member, {}});
    found[known->second].other_names.push_back(std::move(path));
    return nullptr;
  }
  std::vector<Named> found;

 private:
  std::map<const void*, std::size_t> place_;
};

class ParameterCollector : public PathVisitor {
 public:
  void parameter(std::string_view name, Variable& parameter, Role role) override {
    if (NamedParameter* added = members.add(path(name), parameter)) added->role = role;
  }
  Members<NamedParameter> members;
};

class BufferCollector : public PathVisitor {
 public:
  void buffer(std::string_view name, Tensor& buffer) override { members.add(path(name), buffer); }
  Members<NamedBuffer> members;
};

// Moves every buffer. Tied buffers stay tied.
class BufferMover : public Visitor {
 public:
  explicit BufferMover(Device device) : device_(device) {}
  void buffer(std::string_view, Tensor& buffer) override {
    if (!buffer.defined() || buffer.device() == device_) return;
    const auto [moved, is_new] = moved_.emplace(identity(buffer), Moved{});
    if (is_new) moved->second = {buffer, buffer.to(device_)};
    buffer = moved->second.to;
  }

 private:
  // The old tensor lives until all are moved, so that no new tensor takes its address.
  struct Moved {
    Tensor from;
    Tensor to;
  };
  Device device_;
  std::map<const void*, Moved> moved_;
};

class GeneratorCollector : public PathVisitor {
 public:
  void generator(std::string_view name, Generator& generator) override {
    found.push_back({path(name), &generator});
  }
  std::vector<NamedGenerator> found;
};

class ModuleCollector : public Visitor {
 public:
  void module(std::string_view name, Module& child) override {
    found.push_back(&child);
    Visitor::module(name, child);
  }
  std::vector<Module*> found;
};

class PartFinder : public PathVisitor {
 public:
  explicit PartFinder(const Module& part) : part_(part) {}
  void module(std::string_view name, Module& child) override {
    if (found) return;
    if (&child == &part_) {
      found = path(name);
    } else {
      PathVisitor::module(name, child);
    }
  }
  std::optional<std::string> found;

 private:
  const Module& part_;
};

// Notes in an error that leaves `whole` the path at which it arose.
void note_place(Error& error, Module& whole) {
  const Error::Place& inner = error.place();
  std::string path;
  if (inner.module == &whole) {
    path = inner.path;
  } else if (inner.module != nullptr) {
    // Only the module's address is compared: a module that was made for one call no longer exists.
    const auto part = path_of(*static_cast<const Module*>(inner.module), whole);
    if (part) path = inner.path.empty() ? *part : *part + '.' + inner.path;
  }
  error.set_place({&whole, path});
}

// The innermost observer of this thread; null where there is none.
thread_local CallObserver* observer = nullptr;

}  // namespace

void Visitor::module(std::string_view, Module& child) { child.visit(*this); }

template <class Forward>
Variable Module::call(const Variable& x, Forward forward) {
  try {
    Variable y = forward();
    if (observer != nullptr) {
      y = observer->passed_on(*this, y);
      observer->returned(*this, {&x, 1}, {&y, 1});
    }
    return y;
  } catch (Error& error) {
    note_place(error, *this);
    throw;
  }
}

Variable Module::operator()(const Variable& x) {
  return call(x, [&] { return forward(x); });
}

Variable Module::operator()(const Variable& x, const Activation& activation) {
  if (observer != nullptr && observer->separates_activations()) return activation((*this)(x));
  return call(x, [&] { return forward_activated(x, activation); });
}

std::vector<Variable> Module::operator()(const std::vector<Variable>& inputs) {
  try {
    std::vector<Variable> outputs = forward_all(inputs);
    if (observer != nullptr) {
      for (Variable& output : outputs) output = observer->passed_on(*this, output);
      observer->returned(*this, inputs, outputs);
    }
    return outputs;
  } catch (Error& error) {
    note_place(error, *this);
    throw;
  }
}

std::vector<Variable> Module::forward_all(const std::vector<Variable>& inputs) {
  require_count(inputs, 1, "input");
  return {forward(inputs.front())};
}

Variable MultiModule::forward(const Variable& x) {
  const std::vector<Variable> outputs = forward_all({x});
  require_count(outputs, 1, "output");
  return outputs.front();
}

void require_count(std::span<const Variable> tensors, std::size_t wanted, const char* what) {
  if (tensors.size() == wanted) return;
  throw ShapeError("[call] " + counted(static_cast<std::int64_t>(wanted), what) +
                   " expected, found " + std::to_string(tensors.size()));
}

void Module::train(bool training) {
  // All parts are found before one is changed.
  for (Module* const part : modules(*this)) part->training_ = training;
}

CallObserver::CallObserver() : previous_(std::exchange(observer, this)) {}

CallObserver::~CallObserver() { observer = previous_; }

void PathVisitor::module(std::string_view name, Module& child) {
  const std::string outer = prefix_;
  prefix_ = path(name) + '.';
  Visitor::module(name, child);
  prefix_ = outer;
}

std::string PathVisitor::path(std::string_view name) const { return prefix_ + std::string(name); }

std::vector<NamedParameter> parameters(Module& module) {
  ParameterCollector collector;
  module.visit(collector);
  return std::move(collector.members.found);
}

std::vector<NamedBuffer> buffers(Module& module) {
  BufferCollector collector;
  module.visit(collector);
  return std::move(collector.members.found);
}

std::vector<NamedGenerator> generators(Module& module) {
  GeneratorCollector collector;
  module.visit(collector);
  return std::move(collector.found);
}

std::optional<std::string> path_of(const Module& part, Module& whole) {
  PartFinder finder(part);
  whole.visit(finder);
  return std::move(finder.found);
}

void move_to(Module& module, Device device) {
  for (const NamedParameter& p : parameters(module)) p.parameter->move_to(device);
  BufferMover mover(device);
  module.visit(mover);
}

Device device_of(Module& module) {
  const std::vector<NamedParameter> all = parameters(module);
  return all.empty() ? Device::cpu : all.front().parameter->device();
}

std::int64_t parameter_count(Module& module) {
  std::int64_t count = 0;
  for (const NamedParameter& p : parameters(module)) count += p.parameter->value().numel();
  return count;
}

std::size_t parameter_bytes(Module& module) {
  std::size_t bytes = 0;
  for (const NamedParameter& p : parameters(module)) bytes += p.parameter->value().bytes();
  return bytes;
}

std::vector<Module*> modules(Module& module) {
  ModuleCollector collector;
  collector.module("", module);
  return std::move(collector.found);
}

EvaluationMode::EvaluationMode(Module& module) {
  for (Module* part : modules(module)) before_.emplace_back(part, part->training());
  for (const auto& [part, training] : before_) part->training_ = false;
}

EvaluationMode::~EvaluationMode() {
  // Not by train(), which looks for the parts and needs memory.
  for (const auto& [part, training] : before_) part->training_ = training;
}

DrawsFrom::DrawsFrom(Module& module, std::uint64_t first_draw) {
  // All are saved before one is changed: after an exception in here there is no destructor.
  for (const NamedGenerator& g : generators(module)) {
    saved_.push_back({g.generator, *g.generator});
  }
  for (const Saved& saved : saved_) saved.generator->seek(first_draw);
}

DrawsFrom::~DrawsFrom() {
  for (const Saved& saved : saved_) *saved.generator = saved.state;
}

}  // namespace credence::nn
