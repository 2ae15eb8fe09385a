// The option --activation.
#include "benchmarks/common/activation_option.hpp"

#include "benchmarks/common/command_line.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

void add_activation(CLI::App& app, std::optional<nn::Activation>& activation) {
  const auto read = [&activation](const std::string& name) {
    try {
      activation = nn::Activation::from_name(name);
    } catch (const ValueError& error) {
      throw CLI::ValidationError("--activation", error.what());
    }
  };
  app.add_option_function<std::string>(
         "--activation", read,
         "Activation in place of the model's own: relu, leaky_relu:SLOPE, elu, softplus, "
         "softplus:BETA, silu, tanh or sigmoid")
      ->type_name("NAME");
}

}  // namespace credence::benchmarks
