// What a file of a method is to hold. It stands apart from the reading of files, so that a program
// that has methods but no files is without it.
#include "bayes/methods/method_keys.hpp"
#include "bayes/methods/stored_method.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace credence::bayes {

MethodWriter::MethodWriter(io::SafeTensors& file, std::string prefix)
    : file_(file), prefix_(std::move(prefix)) {}

void MethodWriter::model(nn::Module& model) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    file_.tensors.push_back({prefix_ + p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    file_.tensors.push_back({prefix_ + b.name, *b.buffer});
  }
}

void MethodWriter::tensor(const std::string& name, const Tensor& tensor) {
  file_.tensors.push_back({key_of(prefix_, name), tensor});
}

void MethodWriter::text(const std::string& name, const std::string& value) {
  file_.metadata[key_of(prefix_, name)] = value;
}

void MethodWriter::number(const std::string& name, double value) {
  std::array<char, 40> digits{};
  std::snprintf(digits.data(), digits.size(), "%.17g", value);
  text(name, digits.data());
}

void MethodWriter::integer(const std::string& name, std::int64_t value) {
  text(name, std::to_string(value));
}

void MethodWriter::generator(const Generator& generator) {
  integer(kKey, static_cast<std::int64_t>(generator.key()));
}

void MethodWriter::part(const std::string& name, const Method& method) {
  const std::string prefix = part_prefix(prefix_, name);
  file_.metadata[prefix + kMethod] = method.name();
  MethodWriter writer(file_, prefix);
  method.save(writer);
}

}  // namespace credence::bayes
