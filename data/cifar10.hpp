// CIFAR-10 (Krizhevsky 2009) in its binary version: six batches of 10,000 records. A record is a
// label byte and the red, green and blue planes of a 32 × 32 image, row by row.
// https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// Reads CIFAR-10 from the batches' files or an archive of them, compressed with gzip or not
/// (find_cifar10_files says where). Images [N, 3, 32, 32] are in the batches' order; N is 50,000 or
/// 10,000. Contents of the right form are accepted whether they are the published ones or not.
/// Throws FileError, with the byte offset in the unpacked file or archive, where a batch is
/// missing, occurs twice, does not have 10,000 records or has a label above 9, and for damaged
/// files.
Dataset cifar10(const std::filesystem::path& dir, Split split);

/// The class names by label, "airplane" to "truck".
std::vector<std::string> cifar10_classes();

}  // namespace credence::data
