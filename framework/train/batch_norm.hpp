// The statistics of batch normalisation for weights that no training step has seen.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"

#include <vector>

namespace credence::train {

/// The running means and variances of a model's batch normalisation layers, one after the other in
/// the order of visit; empty where there is none. The tensors share the layers' memory.
std::vector<Tensor> batch_norm_statistics(nn::Module& model);

/// Sets the statistics of each batch normalisation layer to the average over the batches of epoch 0
/// of the source, as torch.optim.swa_utils.update_bn: one forward pass in training mode for each
/// batch. Averaged or drawn weights need it, because the statistics that training left are those of
/// other weights (Izmailov et al. 2018, arXiv 1803.05407, section 3.2). Random layers draw from
/// draw number 0 on, and modes, momenta and draw numbers are then as before. A model without batch
/// normalisation is left alone, and the source is not read. Throws ValueError for a source without
/// batches.
void update_batch_norm(nn::Module& model, BatchSource& source);

}  // namespace credence::train
