// Tests of tensors: creation, views, copies and conversions.
#include "framework/core/tensor.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(tensor)

namespace {

const auto per_element = boost::test_tools::per_element();

// 0, 1, 2, …
Tensor counting(const Shape& shape, DType dtype = DType::float32) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.numel(); ++i) values.push_back(i);
  return Tensor::from(shape, values).to(dtype);
}

BOOST_AUTO_TEST_CASE(factories_give_the_elements_they_name) {
  const std::vector<float> halves{0.5F, 0.5F, 0.5F};
  BOOST_TEST(Tensor::full({3}, 0.5).to_vector<float>() == halves, per_element);
  BOOST_TEST(Tensor::full({}, 7, DType::int64).item() == 7.0);
  BOOST_TEST(Tensor::zeros({2, 2}, DType::uint8).to_vector<int>() == std::vector<int>(4, 0),
             per_element);
  const Tensor like = Tensor::zeros_like(Tensor::full({2, 5}, 1, DType::float64));
  BOOST_TEST(like.shape().to_string() == "[2, 5]");
  BOOST_TEST((like.dtype() == DType::float64));
  BOOST_TEST(like.bytes() == 80U);
  BOOST_TEST(Tensor::empty({0, 3}).numel() == 0);
  BOOST_CHECK_EXCEPTION(Tensor::from<float>({2, 2}, {1, 2, 3}), ShapeError,
                        says("[tensor] 3 values do not fill the shape [2, 2]"));
}

BOOST_AUTO_TEST_CASE(elements_are_read_as_what_they_are) {
  const Tensor tensor = counting({3});
  BOOST_TEST(tensor.data<float>()[2] == 2.0F);
  BOOST_CHECK_EXCEPTION(tensor.data<double>(), Error,
                        says("elements are float32, read as float64"));
  BOOST_CHECK_EXCEPTION(Tensor().data<float>(), Error, says("undefined tensor has no elements"));
  BOOST_TEST(!Tensor().defined());
  BOOST_CHECK_EXCEPTION(tensor.item(), ShapeError, says("[item] a tensor of shape [3]"));
}

BOOST_AUTO_TEST_CASE(a_reshape_is_a_view) {
  const Tensor tensor = counting({2, 6});
  const Tensor view = tensor.reshape({3, 4});
  BOOST_TEST(view.shares_storage_with(tensor));
  BOOST_TEST(!tensor.unique());
  view.data<float>()[11] = -1;
  BOOST_TEST(tensor.data<float>()[11] == -1.0F);
  BOOST_TEST(tensor.shape().to_string() == "[2, 6]");
}

BOOST_AUTO_TEST_CASE(one_extent_of_a_reshape_is_inferred) {
  const Tensor tensor = counting({2, 6});
  BOOST_TEST(tensor.reshape({-1}).shape().to_string() == "[12]");
  BOOST_TEST(tensor.reshape({3, -1, 2}).shape().to_string() == "[3, 2, 2]");
  BOOST_TEST(tensor.reshape({12, -1}).shape().to_string() == "[12, 1]");
  BOOST_TEST(Tensor::zeros({0, 3}).reshape({-1, 7}).shape().to_string() == "[0, 7]");
  BOOST_CHECK_EXCEPTION(tensor.reshape({5, -1}), ShapeError, says("[reshape]"));
  BOOST_CHECK_EXCEPTION(tensor.reshape({0, -1}), ShapeError, says("[reshape]"));
  // 0 · any extent = 0.
  BOOST_CHECK_EXCEPTION(Tensor::zeros({0, 5}).reshape({0, -1}), ShapeError,
                        says("[reshape] -1 beside an extent of 0 could be any extent, name it: a "
                             "tensor of shape [0, 5]"));
  BOOST_TEST(Tensor::zeros({0, 5}).reshape({0, 7}).shape().to_string() == "[0, 7]");
  BOOST_CHECK_THROW(tensor.reshape({-1, -1}), ShapeError);
  BOOST_CHECK_EXCEPTION(tensor.reshape({13}), ShapeError,
                        says("shape [2, 6] with 12 elements does not fit the shape [13]"));
}

BOOST_AUTO_TEST_CASE(a_slice_is_a_view_of_rows) {
  const Tensor tensor = counting({4, 3}, DType::int64);
  const Tensor rows = tensor.slice(1, 3);
  const std::vector<std::int64_t> expected{3, 4, 5, 6, 7, 8};
  BOOST_TEST(rows.shape().to_string() == "[2, 3]");
  BOOST_TEST(rows.to_vector<std::int64_t>() == expected, per_element);
  BOOST_TEST(rows.shares_storage_with(tensor));
  const std::vector<std::int64_t> last{6, 7, 8};
  BOOST_TEST(rows.slice(1, 2).to_vector<std::int64_t>() == last, per_element);
  BOOST_TEST(tensor.slice(4, 4).numel() == 0);
  for (const auto& [begin, end] : {std::pair{-1, 2}, {2, 1}, {0, 5}, {5, 5}}) {
    BOOST_CHECK_EXCEPTION(tensor.slice(begin, end), ShapeError,
                          says("is outside dimension 0 of the shape [4, 3]"));
  }
  BOOST_CHECK_THROW(Tensor::full({}, 1).slice(0, 1), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_view_of_a_flat_buffer_begins_at_its_offset) {
  const Tensor buffer = counting({10}, DType::float64);
  const Tensor view = buffer.view_at(4, {2, 3});
  BOOST_TEST(view.data<double>()[0] == 4.0);
  BOOST_TEST(view.data<double>() == buffer.data<double>() + 4);
  BOOST_TEST(view.view_at(2, {2}).data<double>()[1] == 7.0);
  view.fill(-1);
  BOOST_TEST(buffer.data<double>()[3] == 3.0);
  BOOST_TEST(buffer.data<double>()[9] == -1.0);
  BOOST_TEST(buffer.view_at(10, {0}).numel() == 0);
  BOOST_CHECK_EXCEPTION(buffer.view_at(5, {2, 3}), ShapeError,
                        says("[view] 6 elements at 5 are outside a tensor of shape [10]"));
  BOOST_CHECK_THROW(buffer.view_at(-1, {1}), ShapeError);
  BOOST_CHECK_THROW(view.view_at(6, {1}), ShapeError);
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  BOOST_CHECK_EXCEPTION(buffer.view_at(kLast, {2}), ShapeError, says("2 elements at 9223372036"));
  BOOST_CHECK_THROW(buffer.view_at(1, {kLast}), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_clone_shares_nothing) {
  const Tensor tensor = counting({4, 2});
  const Tensor copy = tensor.slice(2, 4).clone();
  const std::vector<float> expected{4, 5, 6, 7};
  BOOST_TEST(copy.to_vector<float>() == expected, per_element);
  BOOST_TEST(!copy.shares_storage_with(tensor));
  BOOST_TEST(copy.unique());
  copy.fill(0);
  BOOST_TEST(tensor.data<float>()[4] == 4.0F);
}

BOOST_AUTO_TEST_CASE(conversion_copies_unless_the_type_is_the_same) {
  const Tensor tensor = Tensor::from<double>({3}, {-1.75, 0.1, 200.9});
  BOOST_TEST(tensor.to(DType::float64).shares_storage_with(tensor));
  const Tensor single = tensor.to(DType::float32);
  BOOST_TEST(!single.shares_storage_with(tensor));
  BOOST_TEST(single.data<float>()[1] == 0.1F);
  const std::vector<std::int64_t> truncated{-1, 0, 200};
  BOOST_TEST(tensor.to(DType::int64).to_vector<std::int64_t>() == truncated, per_element);
  BOOST_TEST(tensor.to(DType::int32).to_vector<std::int64_t>() == truncated, per_element);
  BOOST_TEST(tensor.slice(1, 3).to(DType::uint8).data<std::uint8_t>()[1] == 200);
}

BOOST_AUTO_TEST_CASE(copies_go_between_equal_shapes_and_types) {
  const Tensor target = Tensor::zeros({2, 2});
  target.copy_from(counting({3, 2}).slice(1, 3));
  const std::vector<float> expected{2, 3, 4, 5};
  BOOST_TEST(target.to_vector<float>() == expected, per_element);
  BOOST_CHECK_EXCEPTION(
      target.copy_from(counting({4})), ShapeError,
      says("[copy] source [4] float32 does not match destination [2, 2] float32"));
  BOOST_CHECK_THROW(target.copy_from(counting({2, 2}, DType::float64)), ShapeError);
}

BOOST_AUTO_TEST_CASE(views_of_one_buffer_may_overlap_in_a_copy) {
  const Tensor buffer = counting({6});
  buffer.slice(1, 6).copy_from(buffer.slice(0, 5));
  const std::vector<float> expected{0, 0, 1, 2, 3, 4};
  BOOST_TEST(buffer.to_vector<float>() == expected, per_element);
}

BOOST_AUTO_TEST_CASE(an_undefined_tensor_is_refused_by_name_of_the_operation) {
  const Tensor none;
  const Tensor scalar = Tensor::full({}, 1);
  const auto refused = [](const std::string& operation, const auto& function) {
    BOOST_CHECK_EXCEPTION(function(), Error, says("[" + operation + "] the tensor is undefined"));
  };
  refused("clone", [&] { return none.clone(); });
  refused("empty_like", [&] { return Tensor::empty_like(none); });
  refused("zeros_like", [&] { return Tensor::zeros_like(none); });
  refused("reshape", [&] { return none.reshape({0}); });
  refused("reshape", [&] { return none.reshape({-1}); });
  refused("reshape", [&] { return none.reshape(Shape{}); });
  refused("slice", [&] { return none.slice(0, 0); });
  refused("view", [&] { return none.view_at(0, {0}); });
  refused("to", [&] { return none.to(DType::float32); });
  refused("to", [&] { return none.to(DType::int64); });
  refused("copy", [&] { none.copy_from(scalar); });
  refused("copy", [&] { scalar.copy_from(none); });
  refused("fill", [&] { none.fill(1); });
  refused("item", [&] { return none.item(); });
  BOOST_CHECK_THROW(none.to_vector<float>(), Error);
}

BOOST_AUTO_TEST_CASE(more_bytes_than_can_be_addressed_are_out_of_memory) {
  BOOST_CHECK_EXCEPTION(
      Tensor::empty({std::int64_t{1} << 62}, DType::float64), Error,
      says("[tensor] out of memory: asked for 4611686018427387904 elements of 8 bytes"));
}

BOOST_AUTO_TEST_CASE(handles_share_their_elements) {
  Tensor first = counting({2});
  BOOST_TEST(first.unique());
  const Tensor second = first;
  BOOST_TEST(!second.unique());
  second.fill(9);
  BOOST_TEST(first.data<float>()[0] == 9.0F);
  first = Tensor();
  BOOST_TEST(second.unique());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
