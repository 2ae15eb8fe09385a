// A module's forward pass as a part of an ONNX graph: its trace (trace.hpp), of which each step is
// written in the form of its op (forms.cpp).
#pragma once

#include "framework/io/onnx/emitter.hpp"
#include "framework/nn/module.hpp"

#include <string>
#include <vector>

namespace credence::io::onnx {

struct ModuleOptions {
  std::string prefix{};  ///< of the names of nodes, and of constants that are no parameters
  Forms forms{};         ///< of a program's own ops, in front of the library's
};

/// Adds module(inputs) to the graph, with the module in evaluation, and returns its outputs. The
/// names of nodes and of constants are the paths of layers and parameters. Throws Error that begins
/// with the layer's path for an op without a form, and as trace() does.
std::vector<Value> add_module(Graph& graph, nn::Module& module, const std::vector<Value>& inputs,
                              const ModuleOptions& options = {});

/// (pixels / 255 − mean) / deviation for each channel of `pixels`, an input [batch, C, H, W] of
/// bytes, in float32. As data::Normalize; without numbers, pixels / 255.
Value add_pixel_scale(Graph& graph, const Value& pixels, const std::vector<float>& mean,
                      const std::vector<float>& deviation);

}  // namespace credence::io::onnx
