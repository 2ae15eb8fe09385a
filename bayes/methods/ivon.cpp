// Draws of IVON's posterior.
#include "bayes/methods/ivon.hpp"

#include "bayes/methods/parameter_vector.hpp"
#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/random_tensors.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {

Ivon::Ivon(std::shared_ptr<nn::Module> model, const Tensor& deviation, const Generator& generator)
    : WeightSamples(std::move(model)),
      mean_(to_vector(parameter_tensors(this->model(), "ivon"))),
      generator_(generator) {
  if (!deviation.defined() || deviation.shape() != mean_.shape()) {
    throw ValueError("[ivon] the deviation must have one number for each of the model's " +
                     std::to_string(mean_.numel()) + " parameters");
  }
  const std::vector<float> values = deviation.to_vector<float>();
  if (std::any_of(values.begin(), values.end(), [](float v) { return !(v >= 0); })) {
    throw ValueError("[ivon] the deviation must not be negative or NaN");
  }
  deviation_ = deviation.to(mean_.device());
}

void Ivon::set_weights(std::int64_t pass, std::int64_t /*passes*/) {
  Generator noise = generator_.split("ivon draws").split(static_cast<std::uint64_t>(pass));
  const Variable z(normal_tensor(mean_, noise.next()));
  from_vector((Variable(mean_) + Variable(deviation_) * z).value(),
              parameter_tensors(model(), "ivon"));
}

void Ivon::require_finite(const char* operation) const {
  WeightSamples::require_finite(operation);
  require_finite_tensor(deviation_, operation, "deviation");
}

void Ivon::save(MethodWriter& writer) const {
  writer.model(model());
  writer.tensor("deviation", deviation_);
  writer.generator(generator_);
}

std::unique_ptr<Method> Ivon::read(const MethodReader& reader) {
  return std::make_unique<Ivon>(reader.model(), reader.tensor("deviation"), reader.generator());
}

}  // namespace credence::bayes
