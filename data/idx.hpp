// MNIST's idx format: big-endian 32-bit words (a magic number, then one extent per dimension), then
// the elements as unsigned bytes, row by row. http://yann.lecun.com/exdb/mnist/
#pragma once

#include "data/dataset.hpp"
#include "framework/core/tensor.hpp"

#include <filesystem>

namespace credence::data {

/// Reads an idx file of images (magic 2051) as uint8 [N, H, W] or of labels (magic 2049) as uint8
/// [N]. The file may be gzip'd or plain, whatever its name. Throws FileError, with the byte offset
/// in the uncompressed stream, for a file that cannot be opened, is cut short, too long or damaged,
/// or whose header asks for more than the file holds; nothing is allocated before the header has
/// been checked.
Tensor read_idx(const std::filesystem::path& path);

/// MNIST from idx files (see find_idx_files for where): images [N, 1, 28, 28], 10 classes. Throws
/// FileError where a file is missing, is wrong, or does not match the other one.
Dataset mnist(const std::filesystem::path& dir, Split split);

/// Fashion-MNIST, in the same form as MNIST.
Dataset fashion_mnist(const std::filesystem::path& dir, Split split);

}  // namespace credence::data
