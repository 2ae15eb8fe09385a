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
/// right form are accepted, be they the official ones or not (has_official_contents tells). Throws
/// FileError, with the byte offset in the unpacked file or archive, where a batch is missing, is
/// there twice, is not 10,000 records long or has a label above 9, and for damaged files.
Dataset cifar10(const std::filesystem::path& dir, Split split);

/// "airplane" to "truck", by label.
std::vector<std::string> cifar10_classes();

/// Whether the data set's samples are the published ones of a split of CIFAR-10, byte for byte and
/// in order: compares the SHA-256 of each batch. Takes about a second for the training set.
bool has_official_contents(const Dataset& dataset, Split split);

}  // namespace credence::data
