// Modules and functions that are applied one after another, as torch.nn.Sequential.
#pragma once

#include "framework/nn/module.hpp"

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace credence::nn {

/// Makes a module of a callable without parameters. Its type name is function.name(), if that
/// exists.
template <class Function>
class FunctionModule : public Module {
 public:
  explicit FunctionModule(Function function) : function_(std::move(function)) {}
  Variable forward(const Variable& x) override { return function_(x); }
  std::string type_name() const override {
    if constexpr (requires(const Function& f) { std::string(f.name()); }) {
      return function_.name();
    } else {
      return "Function";
    }
  }

 private:
  Function function_;
};

/// Applies modules and functions of one Variable one after another. Their names are "0", "1", …
class Sequential : public Module {
 public:
  Sequential() = default;
  /// For example Sequential(Conv2d(…), Activation::relu(), Flatten(), Linear(…)).
  template <class First, class... Rest>
  requires(sizeof...(Rest) > 0 ||
           !std::is_base_of_v<Sequential, First>) explicit Sequential(First first, Rest... rest) {
    append(std::move(first));
    (append(std::move(rest)), ...);
  }

  /// Appends a module, or a callable that maps a Variable to a Variable.
  template <class Part>
  void append(Part part) {
    if constexpr (std::is_base_of_v<Module, Part>) {
      modules_.push_back(std::make_unique<Part>(std::move(part)));
    } else {
      modules_.push_back(std::make_unique<FunctionModule<Part>>(std::move(part)));
    }
  }

  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Sequential"; }
  std::size_t size() const { return modules_.size(); }

 private:
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace credence::nn
