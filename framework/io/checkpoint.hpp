// A module's parameters and buffers as a safetensors file. The tensors are named by their paths
// ("conv1.weight"), as in PyTorch's state_dict.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace credence::io {

/// Writes all parameters and buffers. A tensor that several members share is written once, under
/// its first path. Throws FileError where the file cannot be written; an older file is then
/// unchanged.
void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// The model's name of a tensor, of its name in the file; such as a KeyMap (key_map.hpp).
using Rename = std::function<std::string(const std::string&)>;

/// What load_checkpoint permits beside a file with exactly the module's names, shapes and types.
struct LoadOptions {
  Rename rename{};  ///< none: the file has the model's names
  /// Paths of parts or tensors of the module that keep what they hold, such as "fc3".
  std::vector<std::string> skip{};
  /// Names of tensors of the module that the file may lack.
  std::set<std::string> optional{};
  /// Takes what fits: tensors that the file lacks or has in another shape keep what they hold, and
  /// the file may have others. At least one tensor must be taken.
  bool partial = false;
  /// Converts between float32 and float64. From float64 each element becomes the nearest float32
  /// number, of two equally near ones that with an even last bit; one of 2^128 − 2^103 or more,
  /// which would become infinite, is an error. Infinities and NaN stay. Elements of 16 bits need no
  /// permission: load_safetensors makes them float32 without rounding.
  bool cast = false;
};

/// What became of the tensors, in the order of the module or the file.
struct LoadReport {
  /// A tensor that both have, in different shapes.
  struct Mismatch {
    std::string name;  ///< in the module
    Shape stored;
    Shape expected;
  };
  std::vector<std::string> taken;    ///< of the module
  std::vector<std::string> missing;  ///< of the module: the file has none of this name
  std::vector<std::string> skipped;  ///< of the module: LoadOptions::skip
  std::vector<std::string> unused;   ///< of the file, by the names there: the module has no place
  std::vector<Mismatch> mismatches{};

  /// One line for each of the lists that has elements.
  std::string to_string() const;
};

/// Copies the file's tensors into the module. Throws FileError that names the tensor, with nothing
/// copied, unless the file has exactly the module's names, shapes and types, or what the options
/// permit. For a name that is missing or unknown the message lists the nearest names there are. A
/// shared tensor may be in the file under any of its paths, and under several if they hold the same
/// bits, as in PyTorch's state_dict. The counters of PyTorch's batch normalisation
/// ("….num_batches_tracked") are ignored where the module has none: with a fixed momentum nothing
/// depends on them.
LoadReport load_checkpoint(const std::filesystem::path& path, nn::Module& module,
                           const LoadOptions& options = {});
/// The same for a file that load_safetensors has read from `path`. Messages name `path`.
LoadReport load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                           nn::Module& module, const LoadOptions& options = {});

/// The file with the names that `rename` gives. Throws FileError where two tensors get the same
/// name. Messages name `path`.
SafeTensors renamed(const std::filesystem::path& path, const SafeTensors& file,
                    const Rename& rename);

}  // namespace credence::io
