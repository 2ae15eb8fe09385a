// The precompiled header of the programs' libraries, which write reports as JSON and text (see
// framework/pch/standard.hpp).
#include "framework/pch/standard.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
