#include "framework/nn/module.hpp"

#include <algorithm>
#include <utility>

namespace credence::nn {
namespace {

class ParameterCollector : public PathVisitor {
 public:
  void parameter(std::string_view name, Variable& parameter) override {
    const bool known = std::any_of(found.begin(), found.end(), [&](const NamedParameter& named) {
      return named.parameter == &parameter;
    });
    if (!known) found.push_back({path(name), &parameter});
  }
  std::vector<NamedParameter> found;
};

class BufferCollector : public PathVisitor {
 public:
  void buffer(std::string_view name, Tensor& buffer) override {
    found.push_back({path(name), &buffer});
  }
  std::vector<NamedBuffer> found;
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

class ModeSetter : public Visitor {
 public:
  explicit ModeSetter(bool training) : training_(training) {}
  void module(std::string_view, Module& child) override { child.train(training_); }

 private:
  bool training_;
};

// Null except while a summary is being made. It belongs to the thread, as NoGrad's state does.
thread_local CallObserver* observer = nullptr;

}  // namespace

void Visitor::module(std::string_view, Module& child) { child.visit(*this); }

Variable Module::operator()(const Variable& x) {
  Variable y = forward(x);
  if (observer != nullptr) observer->called(*this, x.shape(), y.shape());
  return y;
}

Variable Module::operator()(const Variable& x, const Activation& activation) {
  Variable y = forward_activated(x, activation);
  if (observer != nullptr) observer->called(*this, x.shape(), y.shape());
  return y;
}

void Module::train(bool training) {
  training_ = training;
  ModeSetter setter(training);
  visit(setter);
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
  return std::move(collector.found);
}

std::vector<NamedBuffer> buffers(Module& module) {
  BufferCollector collector;
  module.visit(collector);
  return std::move(collector.found);
}

std::vector<NamedGenerator> generators(Module& module) {
  GeneratorCollector collector;
  module.visit(collector);
  return std::move(collector.found);
}

void move_to(Module& module, Device device) {
  for (const NamedParameter& p : parameters(module)) p.parameter->move_to(device);
  for (const NamedBuffer& b : buffers(module)) *b.buffer = b.buffer->to(device);
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

EvaluationMode::EvaluationMode(Module& module) {
  ModuleCollector collector;
  collector.module("", module);
  for (Module* part : collector.found) before_.emplace_back(part, part->training());
  module.train(false);
}

EvaluationMode::~EvaluationMode() {
  // Outer modules first, as their mode is handed to their parts.
  for (const auto& [part, training] : before_) part->train(training);
}

DrawsFrom::DrawsFrom(Module& module, std::uint64_t first_draw) {
  for (const NamedGenerator& g : generators(module)) {
    saved_.push_back({g.generator, *g.generator});
    g.generator->seek(first_draw);
  }
}

DrawsFrom::~DrawsFrom() {
  // Backwards: a generator of a part that is listed twice gets its first state.
  for (auto saved = saved_.rbegin(); saved != saved_.rend(); ++saved) {
    *saved->generator = saved->state;
  }
}

}  // namespace credence::nn
