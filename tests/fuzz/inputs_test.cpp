// The folders of inputs that once failed belong to fuzz targets.
#include "tests/fuzz/inputs.hpp"

#include "tests/fuzz/target_list.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace credence::fuzz {

BOOST_AUTO_TEST_SUITE(fuzz_inputs)

// An input of no target would never be run.
BOOST_AUTO_TEST_CASE(every_folder_of_inputs_is_that_of_a_target) {
  const std::vector<Target> all = targets();
  for (const std::filesystem::path& folder : inputs_of("")) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Target& target) {
      return target.name == folder.filename().string();
    });
    BOOST_TEST(known, folder.string());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::fuzz
