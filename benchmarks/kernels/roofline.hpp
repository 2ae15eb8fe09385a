// The figures of a run of credence-kernels.
#pragma once

#include "benchmarks/kernels/measurements.hpp"

#include <filesystem>

namespace credence::benchmarks {

/// Rooflines (Williams, Waterman and Patterson 2009): for each kernel, operations per second over
/// operations per byte, under the ceilings of arithmetic and bandwidth; as stem.png and stem.svg.
/// Draws nothing where no case counts its arithmetic. Throws FileError.
void draw_roofline(const Measurements& measurements, const std::filesystem::path& stem);

/// The elementwise kernels as bars, in bytes per second; as stem.png and stem.svg. Draws nothing
/// where there are none. Throws FileError.
void draw_bandwidth(const Measurements& measurements, const std::filesystem::path& stem);

}  // namespace credence::benchmarks
