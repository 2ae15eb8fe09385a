// The posterior of a trained network: its prior, its predictions and its file.
#include "bayes/methods/laplace.hpp"

#include "bayes/likelihood/regression.hpp"
#include "bayes/methods/laplace_evidence.hpp"
#include "bayes/methods/laplace_posterior.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape_ops.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

void check(const LaplaceOptions& options) {
  const bool by_validation = options.prior == PriorTuning::validation;
  if (options.structure == HessianStructure::full && options.layers == LaplaceLayers::all) {
    throw ValueError("[laplace] the full structure is for the last layer only");
  }
  if (by_validation && (options.validation == nullptr || options.prior_per_layer)) {
    throw ValueError(
        "[laplace] tuning by validation needs validation data, and has one precision for all "
        "layers");
  }
}

std::vector<CoveredLayer> layers_of(const std::vector<std::unique_ptr<LayerPosterior>>& all) {
  std::vector<CoveredLayer> layers;
  for (const auto& posterior : all) layers.push_back(posterior->layer());
  return layers;
}

PriorGroup group_of(const LayerPosterior& posterior) {
  return {posterior.eigenvalues(), posterior.squared_norm()};
}

// The variances of all outputs [N, C] under several layers: for each output one backward pass with
// e_c for each sample.
Tensor variances_of_all_layers(LayerPass& pass, const train::Batch& batch, const Tensor& outputs,
                               const std::vector<std::unique_ptr<LayerPosterior>>& posteriors) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < posteriors.size(); ++i) {
    inputs.push_back(posteriors[i]->prepared(pass.inputs(i)));
  }
  const Variable zero(Tensor::zeros(outputs.shape(), outputs.dtype(), outputs.device()));
  std::vector<Variable> columns;
  for (std::int64_t c = 0; c < outputs.shape()[1]; ++c) {
    if (c > 0) pass.forward(batch);  // a graph can be differentiated once
    pass.backward((zero + Variable(unit_row(outputs, c))).value());
    const NoGrad no_grad;
    Variable total;
    for (std::size_t i = 0; i < posteriors.size(); ++i) {
      const Variable part(posteriors[i]->variances(inputs[i], pass.gradients(i)));
      total = total.defined() ? total + part : part;
    }
    columns.push_back(total);
  }
  const NoGrad no_grad;
  return concat(columns, 1).value();
}

// The names of choices in files.
template <class Choice, std::size_t N>
struct Names {
  std::array<std::pair<Choice, const char*>, N> names;

  const char* of(Choice choice) const {
    for (const auto& [known, name] : names) {
      if (known == choice) return name;
    }
    return "";
  }
  Choice read(const MethodReader& reader, const char* key) const {
    const std::string text = reader.text(key);
    for (const auto& [choice, name] : names) {
      if (text == name) return choice;
    }
    reader.fail(std::string(key) + " \"" + text + "\" is not known");
  }
};

constexpr Names<LaplaceLayers, 2> kLayers{
    {{{LaplaceLayers::last, "last"}, {LaplaceLayers::all, "all"}}}};
constexpr Names<HessianStructure, 3> kStructures{{{{HessianStructure::full, "full"},
                                                   {HessianStructure::diagonal, "diagonal"},
                                                   {HessianStructure::kronecker, "kronecker"}}}};
constexpr Names<LaplacePrediction, 2> kPredictions{
    {{{LaplacePrediction::probit, "probit"}, {LaplacePrediction::sampled, "sampled"}}}};
constexpr Names<LaplaceOutput::Kind, 2> kLikelihoods{
    {{{LaplaceOutput::Kind::classification, "classification"},
      {LaplaceOutput::Kind::regression, "regression"}}}};

std::string layer_key(std::size_t i) { return "layer" + std::to_string(i + 1); }

}  // namespace

Laplace::Laplace(std::shared_ptr<nn::Module> model, const LaplaceOptions& options)
    : WeightSamples(std::move(model)),
      covered_(options.layers),
      structure_(options.structure),
      prediction_(options.prediction),
      output_(options.likelihood, options.noise),
      generator_(options.generator) {}

Laplace::~Laplace() = default;

std::int64_t Laplace::passes(std::int64_t samples) const {
  return prediction_ == LaplacePrediction::probit ? 1 : WeightSamples::passes(samples);
}

void Laplace::for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                              FunctionRef<void(const PassOutputs&)> receive) {
  if (checked_samples(samples) > 0 && prediction_ == LaplacePrediction::probit) {
    if (range.size() > 0) closed_form(source, receive);
    return;
  }
  WeightSamples::for_some_passes(range, source, samples, [&](const PassOutputs& pass) {
    require_output_rows(pass.outputs);
    receive({pass.pass, pass.batch_number, pass.batch,
             Variable(output_.predictive(pass.outputs.value()))});
  });
}

void Laplace::closed_form(train::BatchSource& source,
                          FunctionRef<void(const PassOutputs&)> receive) {
  LayerPass pass(model(), layers_of(posteriors_));
  std::int64_t number = 0;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch); ++number) {
    const Variable outputs = pass.forward(batch);
    require_output_rows(outputs);
    const Tensor variances =
        covered_ == LaplaceLayers::last
            ? posteriors_.front()->output_variances(pass.inputs(0))
            : variances_of_all_layers(pass, batch, outputs.value(), posteriors_);
    const Variable predicted(output_.predictive(outputs.value(), variances));
    const NoGrad no_grad;
    receive({0, number, batch, predicted});
  }
}

void Laplace::set_weights(std::int64_t pass, std::int64_t /*passes*/) {
  const NoGrad no_grad;
  Generator generator = generator_.split("weights").split(static_cast<std::uint64_t>(pass));
  for (const auto& posterior : posteriors_) {
    const Variable deviation(posterior->deviation(generator.next()));
    posterior->layer().set_joint_weight((Variable(posterior->mode()) + deviation).value());
  }
}

double Laplace::log_marginal_likelihood() const {
  double sum = log_likelihood_;
  for (const auto& posterior : posteriors_) {
    sum += log_occam_factor(group_of(*posterior), posterior->prior_precision());
  }
  return sum;
}

void Laplace::set_prior_precision(const std::vector<double>& precisions) {
  if (precisions.size() != 1 && precisions.size() != posteriors_.size()) {
    throw ValueError("[laplace] 1 or " + std::to_string(posteriors_.size()) +
                     " prior precisions expected, found " + std::to_string(precisions.size()));
  }
  for (std::size_t i = 0; i < posteriors_.size(); ++i) {
    posteriors_[i]->set_prior_precision(precisions.size() == 1 ? precisions[0] : precisions[i]);
  }
}

void Laplace::tune_by_evidence(bool each_layer) {
  std::vector<PriorGroup> groups;
  for (const auto& posterior : posteriors_) groups.push_back(group_of(*posterior));
  std::vector<double> best;
  if (each_layer) {
    for (const PriorGroup& group : groups) best.push_back(best_prior_precision({&group, 1}));
  } else {
    best.push_back(best_prior_precision(groups));
  }
  set_prior_precision(best);
}

void Laplace::tune_by_validation(train::BatchSource& validation) {
  const Likelihood likelihood = output_.kind() == LaplaceOutput::Kind::classification
                                    ? Likelihood(CategoricalLikelihood{})
                                    : Likelihood(GaussianLikelihood{});
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int half_decade = -8; half_decade <= 8; ++half_decade) {
    const double precision = std::pow(10, half_decade / 2.0);
    set_prior_precision({precision});
    double sum = 0;
    closed_form(validation, [&](const PassOutputs& pass) {
      const Tensor targets = pass.batch.targets.to(pass.outputs.device());
      sum += static_cast<double>(pass.batch.samples()) *
             likelihood->negative_log_likelihood(pass.outputs, targets).value().item();
    });
    if (!(sum < least)) continue;
    least = sum;
    best = precision;
  }
  if (best == 0) throw ValueError("[laplace] no validation loss is finite");
  set_prior_precision({best});
}

void Laplace::save(MethodWriter& writer) const {
  writer.model(model());
  writer.text("layers", kLayers.of(covered_));
  writer.text("structure", kStructures.of(structure_));
  writer.text("prediction", kPredictions.of(prediction_));
  writer.text("likelihood", kLikelihoods.of(output_.kind()));
  writer.number("noise", output_.noise());
  writer.generator(generator_);
  writer.number("log_likelihood", log_likelihood_);
  writer.integer("count", static_cast<std::int64_t>(posteriors_.size()));
  for (std::size_t i = 0; i < posteriors_.size(); ++i) {
    writer.text(layer_key(i), posteriors_[i]->layer().name);
    writer.number(layer_key(i) + ".prior_precision", posteriors_[i]->prior_precision());
    posteriors_[i]->save(writer, layer_key(i));
  }
}

std::unique_ptr<Method> Laplace::read(const MethodReader& reader) {
  LaplaceOptions options;
  options.layers = kLayers.read(reader, "layers");
  options.structure = kStructures.read(reader, "structure");
  options.prediction = kPredictions.read(reader, "prediction");
  options.likelihood = kLikelihoods.read(reader, "likelihood");
  options.noise = reader.number("noise");
  options.generator = reader.generator();
  check(options);
  std::unique_ptr<Laplace> method(new Laplace(reader.model(), options));
  method->log_likelihood_ = reader.number("log_likelihood");
  const std::int64_t count = reader.integer("count");
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::string key = layer_key(i);
    const LayerCurvature curvature = read_curvature(reader, options.structure, key);
    method->posteriors_.push_back(
        layer_posterior(layer_at(method->model(), reader.text(key)), options.structure, curvature));
    method->posteriors_.back()->set_prior_precision(reader.number(key + ".prior_precision"));
  }
  if (method->posteriors_.empty()) reader.fail("covers no layer");
  return method;
}

std::unique_ptr<Laplace> laplace(std::shared_ptr<nn::Module> model, train::BatchSource& training,
                                 const LaplaceOptions& options) {
  check(options);
  std::unique_ptr<Laplace> method(new Laplace(std::move(model), options));
  nn::Module& network = method->model();
  require_no_bayesian_layers(network, "laplace");
  std::vector<CoveredLayer> layers;
  if (options.layers == LaplaceLayers::all) {
    layers = covered_layers(network);
  } else {
    train::Batch first;
    training.start_epoch(0);
    if (!training.next(first)) throw ValueError("[laplace] the training data have no sample");
    layers.push_back(last_layer(network, first));
  }
  Curvature curvature = gauss_newton(network, layers, training, method->output_,
                                     {.structure = options.structure,
                                      .last_layer = options.layers == LaplaceLayers::last,
                                      .random_passes = options.random_passes,
                                      .generator = options.generator.split("outputs")});
  method->log_likelihood_ = curvature.log_likelihood;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    method->posteriors_.push_back(
        layer_posterior(layers[i], options.structure, curvature.layers[i]));
    curvature.layers[i] = {};
  }
  switch (options.prior) {
    case PriorTuning::marginal_likelihood:
      method->tune_by_evidence(options.prior_per_layer);
      break;
    case PriorTuning::validation:
      method->tune_by_validation(*options.validation);
      break;
    case PriorTuning::fixed:
      method->set_prior_precision({options.prior_precision});
      break;
  }
  return method;
}

}  // namespace credence::bayes
