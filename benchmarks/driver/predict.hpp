// Command predict: what a trained model makes of a user's pictures.
#pragma once

#include "benchmarks/driver/stored_model.hpp"

namespace credence::benchmarks {

/// Prints each picture's class, probabilities and uncertainty; of a folder those of all pictures in
/// it and below (see data::pictures_below). A picture or folder that cannot be read does not keep
/// the others from that: its error is a line on stderr, in JSON an entry with "file" and "error" in
/// its place. Returns the program's exit status, 1 where there was such a picture. Throws as
/// read_stored_model does; nothing is printed then.
int predict(const StoredModelOptions& options);

}  // namespace credence::benchmarks
