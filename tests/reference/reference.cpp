// Reading the files of reference values, and comparing functions with them.
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

namespace credence {
namespace {

Tensor tensor_from(const nlohmann::json& json) {
  const auto extents = json.at("shape").get<std::vector<std::int64_t>>();
  return Tensor::from(Shape(extents), json.at("data").get<std::vector<double>>());
}

std::map<std::string, Reference> read_all() {
  std::map<std::string, Reference> cases;
  for (const char* path :
       {CREDENCE_TEST_REFERENCE "/reference.json", CREDENCE_TEST_REFERENCE "/metrics.json",
        CREDENCE_TEST_REFERENCE "/corruptions.json", CREDENCE_TEST_REFERENCE "/laplace.json",
        CREDENCE_TEST_REFERENCE "/options.json", CREDENCE_TEST_REFERENCE "/pytorch_weights.json"}) {
    std::ifstream file(path);
    const nlohmann::json json = nlohmann::json::parse(file);
    for (const auto& [name, tensors] : json.items()) {
      for (const auto& [key, tensor] : tensors.items()) cases[name][key] = tensor_from(tensor);
    }
  }
  return cases;
}

struct Precision {
  DType dtype;
  double tolerance;
};

}  // namespace

const Reference& reference(const std::string& name) {
  static const std::map<std::string, Reference> cases = read_all();
  return cases.at(name);
}

Tensor reference_pixels(const Shape& shape) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    values.push_back(static_cast<float>(static_cast<double>(i * 7919 % 1009) / 1009 - 0.5));
  }
  return Tensor::from(shape, values);
}

double largest_error(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  const std::vector<double> a = actual.to_vector<double>();
  const std::vector<double> e = expected.to_vector<double>();
  double error = 0;
  double scale = 1;
  for (std::size_t i = 0; i < e.size(); ++i) {
    const double difference = std::abs(a[i] - e[i]);
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    error = std::max(error, difference);
    scale = std::max(scale, 1 + std::abs(e[i]));
  }
  return error / scale;
}

std::string compare_with_reference(
    const std::string& name, const std::vector<std::string>& inputs,
    const std::function<Variable(const std::vector<Variable>&)>& function) {
  const Reference& expected = reference(name);
  std::string failures;
  // The numbers in the file have twelve digits.
  for (const auto& [dtype, tolerance] :
       {Precision{DType::float64, 1e-10}, Precision{DType::float32, 1e-6}}) {
    const auto compare = [&, limit = tolerance](const Tensor& actual, const std::string& key) {
      const double error = largest_error(actual, expected.at(key));
      if (error <= limit) return;
      failures += name + " in " + to_string(actual.dtype()) + ": " + key + " is off by " +
                  std::to_string(error) + "\n";
    };
    std::vector<Variable> variables;
    for (const std::string& input : inputs) {
      variables.emplace_back(expected.at(input).to(dtype).clone(), true);
    }
    const Variable y = function(variables);
    compare(y.value(), "y");
    y.backward(expected.at("grad_y").to(dtype));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      compare(variables[i].grad(), "grad_" + inputs[i]);
    }
  }
  return failures;
}

}  // namespace credence
