// Helpers that the tests of metrics share.
#pragma once

#include "framework/base/error.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::bayes::metrics {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline Tensor numbers(const std::vector<double>& values) {
  return Tensor::from<double>({static_cast<std::int64_t>(values.size())}, values);
}

inline Tensor labels_from(const std::vector<std::int64_t>& values) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

/// Rows of `classes` probabilities, as log-probabilities.
inline Tensor logs_of(std::int64_t classes, std::vector<double> probabilities) {
  for (double& p : probabilities) p = std::log(p);
  const auto rows = static_cast<std::int64_t>(probabilities.size()) / classes;
  return Tensor::from<double>({rows, classes}, probabilities);
}

/// log_softmax of normally distributed logits, float64.
inline Tensor random_log_probabilities(const Shape& shape, std::string_view name) {
  const Tensor logits = normals(shape, name);
  const std::int64_t classes = shape[-1];
  return log_softmax(Variable(logits.reshape({shape.numel() / classes, classes})))
      .value()
      .reshape(shape);
}

/// Uniform numbers in [0, 1), float64.
inline Tensor uniforms(std::int64_t count, std::string_view name) {
  const RandomStream stream = Generator(1).split(name).next();
  const Tensor x = Tensor::empty({count}, DType::float64);
  for (std::int64_t i = 0; i < count; ++i) x.data<double>()[i] = stream.uniform(i);
  return x;
}

/// For each row of log-probabilities a class drawn from them.
inline Tensor drawn_labels(const Tensor& log_probabilities, std::string_view name) {
  const std::int64_t rows = log_probabilities.shape()[0];
  const std::int64_t classes = log_probabilities.shape()[1];
  const Tensor u = uniforms(rows, name);
  const Tensor labels = Tensor::zeros({rows}, DType::int64);
  for (std::int64_t n = 0; n < rows; ++n) {
    const double* const row = log_probabilities.data<double>() + n * classes;
    double rest = u.data<double>()[n] - std::exp(row[0]);
    std::int64_t& label = labels.data<std::int64_t>()[n];
    while (rest >= 0 && label + 1 < classes) rest -= std::exp(row[++label]);
  }
  return labels;
}

inline double at(const Tensor& x, std::int64_t i) { return x.data<double>()[i]; }

/// A number of a case of reference values.
inline double number(const Reference& expected, const std::string& key) {
  return expected.at(key).item();
}

/// Calls function(tolerance, tensor as float64 or float32) for both types; the values in the files
/// have twelve digits.
template <class Function>
void in_both_precisions(const Tensor& x, Function&& function) {
  function(x, 1e-10);
  function(x.to(DType::float32), 3e-6);
}

/// What `function` must throw for log-probabilities and labels that no metric accepts.
template <class Function>
void check_refusals_of_labelled(Function&& function) {
  const Tensor good = logs_of(2, {0.5, 0.5, 0.25, 0.75});
  const Tensor labels = labels_from({0, 1});
  BOOST_CHECK_NO_THROW(function(good, labels));
  BOOST_CHECK_THROW(function(Tensor(), labels), ShapeError);
  BOOST_CHECK_THROW(function(good.reshape({4}), labels), ShapeError);
  BOOST_CHECK_THROW(function(good.to(DType::int64), labels), ShapeError);
  BOOST_CHECK_THROW(function(good, labels_from({0})), ShapeError);
  BOOST_CHECK_THROW(function(good, labels.to(DType::float64)), ShapeError);
  BOOST_CHECK_THROW(function(Tensor::zeros({2, 0}, DType::float64), labels), ShapeError);
  BOOST_CHECK_EXCEPTION(function(good, labels_from({0, 2})), ValueError, says("row 1 is 2"));
  BOOST_CHECK_EXCEPTION(function(good, labels_from({-1, 0})), ValueError, says("row 0 is -1"));
  BOOST_CHECK_EXCEPTION(function(logs_of(2, {0.5, 0.5, kNaN, 1}), labels), ValueError,
                        says("row 1"));
  BOOST_CHECK_EXCEPTION(function(logs_of(2, {0.5, 0.6, 1, 0}), labels), ValueError, says("row 0"));
}

/// The same for metrics that need a row.
template <class Function>
void check_refuses_no_rows(Function&& function) {
  BOOST_CHECK_THROW(function(Tensor::zeros({0, 2}, DType::float64), labels_from({})), ShapeError);
}

}  // namespace credence::bayes::metrics
