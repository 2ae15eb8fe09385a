// The list of the library's methods, by which their files are read.
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/ivon.hpp"
#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/laplace.hpp"
#include "bayes/methods/mc_dropout.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/swag.hpp"
#include "bayes/methods/trained_network.hpp"

#include <utility>

namespace credence::bayes {

const std::map<std::string, ReadMethod>& method_readers() {
  static const std::map<std::string, ReadMethod> readers{
      {"csghmc", KeptSamples::read},
      {"csgld", KeptSamples::read},
      {"deterministic", TrainedNetwork::read},
      {"ensemble", DeepEnsemble::read},
      {"laplace", Laplace::read},
      {"hmc", KeptSamples::read},
      {"mc-dropout", McDropout::read},
      {"sghmc", KeptSamples::read},
      {"sgld", KeptSamples::read},
      {"ivon", Ivon::read},
      {"swag", Swag::read},
      {"variational", TrainedNetwork::read},
  };
  return readers;
}

std::unique_ptr<Method> load_method(const std::filesystem::path& path, const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own) {
  return load_method(path, io::load_safetensors(path), make, own);
}

std::unique_ptr<Method> load_method(const std::filesystem::path& path, const io::SafeTensors& file,
                                    const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own) {
  std::map<std::string, ReadMethod> methods = own;
  methods.insert(method_readers().begin(), method_readers().end());
  return MethodReader(path, file, make, std::move(methods)).part({});
}

}  // namespace credence::bayes
