// Reading of a request's arguments.
#include "tests/peers/call.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

namespace credence::peers {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& name, const json& value) {
  throw NoCounterpart("no counterpart for " + name + " = " + value.dump());
}

std::optional<double> number_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number()) return value.get<double>();
  if (value == "inf") return HUGE_VAL;
  if (value == "-inf") return -HUGE_VAL;
  if (value == "nan") return std::nan("");
  return std::nullopt;
}

}  // namespace

Call::Call(const json& arguments, const io::SafeTensors& tensors)
    : arguments_(arguments),
      tensors_(tensors),
      leaves_(std::make_shared<std::map<std::string, Variable>>()),
      constants_(std::make_shared<std::set<std::string>>()) {}

Call::~Call() = default;

const json* Call::find(const std::string& name) {
  taken_.insert(name);
  const auto found = arguments_.find(name);
  return found == arguments_.end() || found->is_null() ? nullptr : &*found;
}

const json& Call::require(const std::string& name) {
  const json* const value = find(name);
  if (value == nullptr) throw NoCounterpart("no counterpart without " + name);
  return *value;
}

bool Call::has(const std::string& name) const {
  const auto found = arguments_.find(name);
  return found != arguments_.end() && !found->is_null();
}

bool Call::is_null(const std::string& name) const {
  return arguments_.contains(name) && arguments_.at(name).is_null();
}

bool Call::is_number(const std::string& name) const {
  return has(name) && number_of(arguments_.at(name)).has_value();
}

bool Call::is_text(const std::string& name) const {
  return has(name) && arguments_.at(name).is_string() && !is_number(name);
}

const Tensor& Call::elements(const std::string& name, const json& value) const {
  if (!value.is_object() || !value.contains("tensor")) refuse(name, value);
  const Tensor* const tensor = tensors_.find(value.at("tensor").get<std::string>());
  if (tensor == nullptr) throw Error("the file of tensors lacks " + value.dump());
  return *tensor;
}

// One leaf for each tensor, so that gradients of a tensor that is used twice are added.
Variable Call::leaf(const std::string& name, const json& value) {
  const Tensor& tensor = elements(name, value);
  if (!value.value("gradient", false)) return Variable(tensor);
  const auto key = value.at("tensor").get<std::string>();
  return leaves_->try_emplace(key, Variable(tensor, true)).first->second;
}

Variable Call::variable(const std::string& name) { return leaf(name, require(name)); }

Variable Call::variable_or_none(const std::string& name) {
  return has(name) ? variable(name) : (taken_.insert(name), Variable());
}

std::vector<Variable> Call::variables(const std::string& name) {
  const json& value = require(name);
  if (!value.is_array()) refuse(name, value);
  std::vector<Variable> all;
  for (const json& one : value) all.push_back(leaf(name, one));
  return all;
}

Tensor Call::constant(const std::string& name, const json& value) {
  Tensor tensor = elements(name, value);
  if (value.value("gradient", false)) constants_->insert(value.at("tensor").get<std::string>());
  return tensor;
}

Tensor Call::tensor(const std::string& name) { return constant(name, require(name)); }

Tensor Call::tensor_or_none(const std::string& name) {
  return has(name) ? tensor(name) : (taken_.insert(name), Tensor());
}

double Call::number(const std::string& name, std::optional<double> missing) {
  const json* const value = missing ? find(name) : &require(name);
  if (value == nullptr) return *missing;
  const std::optional<double> number = number_of(*value);
  if (!number) refuse(name, *value);
  return *number;
}

std::int64_t Call::integer(const std::string& name, std::optional<std::int64_t> missing) {
  const json* const value = missing ? find(name) : &require(name);
  if (value == nullptr) return *missing;
  if (!value->is_number_integer()) refuse(name, *value);
  return value->get<std::int64_t>();
}

bool Call::truth(const std::string& name, std::optional<bool> missing) {
  const json* const value = missing ? find(name) : &require(name);
  if (value == nullptr) return *missing;
  if (!value->is_boolean()) refuse(name, *value);
  return value->get<bool>();
}

std::string Call::text(const std::string& name, std::optional<std::string> missing) {
  const json* const value = missing ? find(name) : &require(name);
  if (value == nullptr) return *missing;
  if (!value->is_string()) refuse(name, *value);
  return value->get<std::string>();
}

std::vector<std::int64_t> Call::integers(const std::string& name) {
  const json& value = require(name);
  if (value.is_number_integer()) return {value.get<std::int64_t>()};
  if (!value.is_array()) refuse(name, value);
  std::vector<std::int64_t> all;
  for (const json& one : value) {
    if (!one.is_number_integer()) refuse(name, value);
    all.push_back(one.get<std::int64_t>());
  }
  return all;
}

std::vector<double> Call::numbers(const std::string& name) {
  const json& value = require(name);
  if (!value.is_array()) refuse(name, value);
  std::vector<double> all;
  for (const json& one : value) {
    if (!number_of(one)) refuse(name, value);
    all.push_back(*number_of(one));
  }
  return all;
}

Spatial Call::spatial(const std::string& name, std::optional<std::int64_t> missing) {
  if (missing && find(name) == nullptr) return {*missing};
  const std::vector<std::int64_t> all = integers(name);
  // PyTorch takes a list of one number for all dimensions.
  return all.size() == 1 ? Spatial(all[0]) : Spatial(all);
}

LossReduction Call::reduction() {
  only("size_average", true);
  only("reduce", true);
  const std::string name = text("reduction", "mean");
  if (name == "mean") return LossReduction::mean;
  if (name == "sum") return LossReduction::sum;
  if (name == "none") return LossReduction::none;
  throw ValueError("reduction must be mean, sum or none, not " + name);
}

Call& Call::part(const std::string& name) {
  std::unique_ptr<Call>& part = parts_[name];
  if (part == nullptr) {
    part = std::make_unique<Call>(require(name), tensors_);
    part->leaves_ = leaves_;
    part->constants_ = constants_;
  }
  return *part;
}

void Call::only(const std::string& name, bool value) {
  if (truth(name, value) != value) refuse(name, arguments_.at(name));
}

void Call::finish() const {
  for (const auto& [name, value] : arguments_.items()) {
    if (!value.is_null() && !taken_.contains(name)) refuse(name, value);
  }
  for (const auto& [name, part] : parts_) part->finish();
}

}  // namespace credence::peers
