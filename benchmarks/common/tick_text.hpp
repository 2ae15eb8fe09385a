// The numbers beside the ticks of figures.
#pragma once

#include <string>

namespace credence::benchmarks {

/// The value of a tick of a linear axis with as many decimals as the step needs: "0.05", "1200". A
/// value of 10⁷ or more, and each where the step is below 10⁻⁶ or at least 10⁶, with a power of
/// ten: "1.5·10⁷".
std::string linear_tick_text(double value, double step);

/// The value of a tick of a logarithmic axis: "0.02", "50000", "2·10⁻⁵", "10⁵".
std::string log_tick_text(double value);

}  // namespace credence::benchmarks
