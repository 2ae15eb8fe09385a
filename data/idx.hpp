// MNIST's idx format: big-endian 32-bit words (a magic number, then the extent of each dimension),
// then the elements as unsigned bytes in row-major order. http://yann.lecun.com/exdb/mnist/
#pragma once

#include "data/dataset.hpp"
#include "framework/core/tensor.hpp"

#include <filesystem>

namespace credence::data {

/// Reads an idx file of images (magic 2051) as uint8 [N, H, W] or of labels (magic 2049) as uint8
/// [N]. The file may be compressed with gzip, whatever its name. Throws FileError, with the byte
/// offset in the unpacked stream, where the file cannot be opened, is cut short, too long or
/// damaged, or where its header asks for more than the file has. The header is checked before
/// memory is allocated.
Tensor read_idx(const std::filesystem::path& path);

/// Reads MNIST (LeCun et al. 1998) from idx files (find_idx_files says where): images [N, 1, 28,
/// 28], 10 classes. Throws FileError where a file is missing or wrong, or where images and labels
/// do not match.
Dataset mnist(const std::filesystem::path& dir, Split split);

/// Reads Fashion-MNIST (Xiao et al. 2017, arXiv 1708.07747), in the same form as MNIST.
Dataset fashion_mnist(const std::filesystem::path& dir, Split split);

}  // namespace credence::data
