// From a frequentist model to the Bayesian one of the same text.
#pragma once

#include "framework/nn/module.hpp"

namespace credence::bayes {

/// Copies every parameter and buffer of `from` to the one of the same name in `to`, whose weights'
/// means they become; `to` shares no memory with `from` afterwards. What `to` has beyond that must
/// be the variances' parameters ("log_alpha", "log_variance"), which stay as they are. Throws
/// ShapeError or ValueError, naming what does not fit, and then copies nothing.
void copy_weights(nn::Module& from, nn::Module& to);

/// Takes every parameter but those of the variances out of training: weights and biases stay what
/// they are, and only how sure the model is of them is learned. An optimiser must be made anew
/// afterwards. Buffers, such as running statistics, still change in training mode.
void freeze_means(nn::Module& model);
/// Puts all of them back into training.
void unfreeze_means(nn::Module& model);

}  // namespace credence::bayes
