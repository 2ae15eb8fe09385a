// From a frequentist model to the Bayesian model with the same parameter names.
#pragma once

#include "framework/io/checkpoint.hpp"
#include "framework/nn/module.hpp"

namespace credence::bayes {

/// Copies every parameter and buffer of `from` to the one of the same name in `to`, where the
/// weights become the means of the posterior. The models share no memory. Further parameters of
/// `to` must have the role of a spread (nn::Role), and further buffers must belong to a Bayesian
/// layer; they are not changed. A prior around given weights (Centre::weights) is centred on the
/// copied ones. Throws ValueError for a missing or extra name and for tensors that
/// are tied in `to` only, and ShapeError for a different shape or type; nothing is copied then.
void copy_weights(nn::Module& from, nn::Module& to);

/// The reverse: copies every parameter and buffer of `from` to the one of the same name in `to`,
/// except the spreads and the buffers of Bayesian layers, such as a prior's mean. `to` then is the
/// frequentist model of the posterior's mean. Throws as copy_weights does.
void copy_means(nn::Module& from, nn::Module& to);

/// A start from a trained model (MOPED: Krishnan et al. 2020, arXiv 1906.05323): copy_weights, then
/// the deviation of each weight w becomes `ratio` · |w|. The priors are normal ones around w where
/// the layers have Normal{.centre = Centre::weights}. Throws as copy_weights does, and
/// ValueError for a ratio that is not positive.
void moped(nn::Module& from, nn::Module& to, double ratio = 0.1);

/// Loads the file of a frequentist model into a Bayesian one: io::load_checkpoint, but the file may
/// lack the spreads and the buffers of Bayesian layers. They keep what they hold: the model has the
/// means of the file, and the spreads that its posteriors were made with. A prior around given
/// weights is centred on the loaded means, unless the file has its centre. The file of a Bayesian
/// model and models without Bayesian layers are loaded as io::load_checkpoint does. The report's
/// `missing` has no spreads. Throws as io::load_checkpoint does; nothing is copied then.
io::LoadReport load_weights(const std::filesystem::path& path, nn::Module& model,
                            io::LoadOptions options = {});
/// The same for a file that io::load_safetensors has read from `path`.
io::LoadReport load_weights(const std::filesystem::path& path, const io::SafeTensors& file,
                            nn::Module& model, io::LoadOptions options = {});

/// Freezes every parameter except those of the variances: weights and biases stay, and only the
/// variances are learned. Buffers, such as running statistics, still change in training mode. An
/// optimiser that was made before is invalid then.
void freeze_means(nn::Module& model);
/// Makes these parameters trainable again.
void unfreeze_means(nn::Module& model);

}  // namespace credence::bayes
