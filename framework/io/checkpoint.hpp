// A module's parameters and buffers as a safetensors file, by their paths ("conv1.weight"), as
// PyTorch's state_dict names them.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"

namespace credence::io {

/// A tensor that several members share is written once, under its first path. Throws FileError
/// where the file cannot be written; an older file is then left as it was.
void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// Copies the file's tensors into the module. Nothing is copied unless the file has exactly the
/// module's names, shapes and types; else FileError says which does not fit. One that is shared may
/// be there under any of its paths, and under several if they hold the same bits: PyTorch's
/// state_dict has all of them. The batch counters of
/// PyTorch's batch normalisation ("….num_batches_tracked") are passed over: with a fixed momentum
/// nothing depends on them.
void load_checkpoint(const std::filesystem::path& path, nn::Module& module);
/// The same from what was read from `path`, which messages name.
void load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                     nn::Module& module);

}  // namespace credence::io
