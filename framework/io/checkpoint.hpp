// A module's parameters and buffers as a safetensors file. The tensors are named by their paths
// ("conv1.weight"), as in PyTorch's state_dict.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"

namespace credence::io {

/// Writes all parameters and buffers. A tensor that several members share is written once, under
/// its first path. Throws FileError where the file cannot be written; an older file is then
/// unchanged.
void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// Copies the file's tensors into the module. Throws FileError that names the tensor, with nothing
/// copied, unless the file has exactly the module's names, shapes and types. A shared tensor may be
/// in the file under any of its paths, and under several if they hold the same bits, as in
/// PyTorch's state_dict. The counters of PyTorch's batch normalisation ("….num_batches_tracked")
/// are ignored: with a fixed momentum nothing depends on them.
void load_checkpoint(const std::filesystem::path& path, nn::Module& module);
/// The same for a file that load_safetensors has read from `path`. Messages name `path`.
void load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                     nn::Module& module);

}  // namespace credence::io
