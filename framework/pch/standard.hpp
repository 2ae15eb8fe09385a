// The precompiled header of the libraries: most of what a source file compiles is the standard
// library. Every file includes what it uses all the same; a build with -Db_pch=false shows it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
