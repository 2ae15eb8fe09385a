// CIFAR-10 in its binary version: six batches of 10,000 records, each a label byte and the red,
// green and blue planes of a 32 x 32 image, row by row. https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once

#include "data/dataset.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace credence::data {

/// CIFAR-10 from the batches' files or an archive of them, gzip'd or plain (see find_cifar10_files
/// for where): images [N, 3, 32, 32] in the batches' order, N 50,000 or 10,000. Contents of the
/// right form are accepted, whether they are the published ones or not. Throws FileError, with the
/// byte offset in the unpacked file or archive, where a batch is missing, is there twice, is not
/// 10,000 records long or has a label above 9, and for damaged files.
Dataset cifar10(const std::filesystem::path& dir, Split split);

/// "airplane" to "truck", by label.
std::vector<std::string> cifar10_classes();

}  // namespace credence::data
