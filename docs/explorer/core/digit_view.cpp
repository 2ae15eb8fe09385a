// What the nets say of a drawing, and what leaves their layers.
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/uncertainty.hpp"
#include "docs/explorer/core/drawing.hpp"
#include "docs/explorer/core/moments.hpp"
#include "docs/explorer/core/views.hpp"
#include "framework/ops/softmax.hpp"

#include <array>

namespace credence::explorer {
namespace {

constexpr int kMostSamples = 200;

struct Answer {
  std::string name;
  Tensor probabilities;  // [S, N, 10]
};

// The probabilities of each function of the three nets for pictures [N, 1, 28, 28].
std::array<Answer, 3> ask(const Nets& nets, const Tensor& pictures, int samples) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  for (const auto& member : nets.members) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(member));
  }
  bayes::TrainedNetwork ordinary(nets.members[0]), bayesian(nets.bayesian);
  bayes::DeepEnsemble ensemble(std::move(members));
  const auto answer = [&](const char* name, bayes::Method& method) {
    const NoGrad no_grad;
    return Answer{name, softmax(Variable(bayes::predictive(method, pictures, samples))).value()};
  };
  return {answer("ordinary", ordinary), answer("bayesian", bayesian), answer("ensemble", ensemble)};
}

// Keeps what enters the layers that follow, and what leaves the last one, for one picture: the
// samples are rows of a folded batch.
class LayerRecorder : public nn::CallObserver {
 public:
  LayerRecorder(BayesianNet& net, Figures& figures) : net_(net), figures_(figures) {}

  void returned(nn::Module& module, std::span<const Variable> inputs,
                std::span<const Variable> outputs) override {
    // fc1 gets the maps of conv2 as one row.
    if (&module == &net_.conv2) keep("conv1", inputs.front().value());
    if (&module == &net_.fc1) keep("conv2", inputs.front().value().reshape({-1, 16, 4, 4}));
    if (&module == &net_.fc3) {
      keep("fc1", inputs.front().value());
      keep("fc3", outputs.front().value());
    }
  }

 private:
  void keep(const std::string& name, const Tensor& values) {
    const Moments result = moments(values);
    std::vector<double> shape;
    for (int i = 1; i < values.shape().rank(); ++i) {
      shape.push_back(static_cast<double>(values.shape()[i]));
    }
    figures_.add(name + " mean", result.mean);
    figures_.add(name + " deviation", result.deviation);
    figures_.add(name + " shape", shape);
  }

  BayesianNet& net_;
  Figures& figures_;
};

}  // namespace

Figures DigitView::digit(Arguments arguments) {
  const int samples = arguments.integer(1, kMostSamples);
  const Drawing drawing = read_drawing(arguments);
  const Tensor shown = picture(drawing, ink(drawing), drawing.degrees);
  Figures figures;
  figures.add("picture", shown.to_vector<double>());
  for (const Answer& answer : ask(nets_, shown, samples)) {
    const bayes::Uncertainty u = bayes::from_probabilities(answer.probabilities);
    figures.add(answer.name + " samples", answer.probabilities.to_vector<double>());
    figures.add(answer.name + " probabilities", u.probabilities.to_vector<double>());
    figures.add(answer.name + " doubt",
                {u.entropy.item(), u.mutual_information.item(), u.epistemic_trace.item(),
                 u.aleatoric_trace.item(), u.prediction.item()});
  }
  return figures;
}

Figures DigitView::turned(Arguments arguments) {
  constexpr int kAngles = 25;
  const int samples = arguments.integer(1, kMostSamples);
  const Drawing drawing = read_drawing(arguments);
  const Tensor unturned = ink(drawing);
  const Tensor pictures = Tensor::empty({kAngles, 1, kSide, kSide});
  std::vector<double> degrees;
  for (int i = 0; i < kAngles; ++i) {
    degrees.push_back(15.0 * i - 180);
    pictures.slice(i, i + 1).copy_from(picture(drawing, unturned, degrees.back()));
  }
  Figures figures;
  figures.add("degrees", degrees);
  for (const Answer& answer : ask(nets_, pictures, samples)) {
    const bayes::Uncertainty u = bayes::from_probabilities(answer.probabilities);
    figures.add(answer.name + " entropy", u.entropy.to_vector<double>());
    figures.add(answer.name + " information", u.mutual_information.to_vector<double>());
    figures.add(answer.name + " class", u.prediction.to_vector<double>());
  }
  return figures;
}

Figures DigitView::layers(Arguments arguments) {
  const int samples = arguments.integer(1, kMostSamples);
  const Drawing drawing = read_drawing(arguments);
  Figures figures;
  const LayerRecorder recorder(*nets_.bayesian, figures);
  bayes::TrainedNetwork bayesian(nets_.bayesian);
  bayes::predictive(bayesian, picture(drawing, ink(drawing), drawing.degrees), samples);
  return figures;
}

}  // namespace credence::explorer
