// Tests of the error for a kernel that a table does not have.
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(kernel_table)

// The CPU has no such kernel: see the table.
BOOST_AUTO_TEST_CASE(a_missing_kernel_is_named_with_its_device) {
  BOOST_CHECK_EXCEPTION(
      kernels<float>(Device::cpu)
          .augment_images({}, 0, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr),
      Error, says("[augment_images] there is no such kernel on the device cpu"));
}

BOOST_AUTO_TEST_CASE(a_table_without_kernels_names_each) {
  const Kernels<double> none{Device::cuda};
  const auto missing = [](const std::string& name, const auto& call) {
    BOOST_CHECK_EXCEPTION(call(), Error,
                          says("[" + name + "] there is no such kernel on the device cuda"));
  };
  missing("argmax", [&] { none.argmax(0, 0, nullptr, nullptr); });
  missing("adam_step",
          [&] { none.adam_step(nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr); });
  // Kernels of the catalogues have the names of their functions.
  missing("silu", [&] {
    none.pointwise_backward[pointwise::kEntry<pointwise::Silu>.index]({}, 0, nullptr, nullptr,
                                                                      nullptr);
  });
  missing("div", [&] {
    none.arithmetic_forward[arithmetic::Catalogue::index_of<arithmetic::Divide>()](
        {}, nullptr, nullptr, nullptr);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
