// Tests of the losses: PyTorch's values for each option, gradients, and errors.
#include "framework/ops/losses.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(losses)

namespace {

using Variables = std::vector<Variable>;

constexpr std::pair<const char*, LossReduction> kReductions[] = {
    {"none", LossReduction::none}, {"mean", LossReduction::mean}, {"sum", LossReduction::sum}};

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from({static_cast<std::int64_t>(labels.size())}, labels);
}

// The tensor of a case in the type of x; undefined where the case has none.
Tensor operand(const std::string& name, const char* key, const Variable& x) {
  const Reference& tensors = reference(name);
  return tensors.count(key) == 0 ? Tensor() : tensors.at(key).to(x.dtype());
}

Tensor labels_in(const std::string& name) { return reference(name).at("labels").to(DType::int64); }

// Compares loss(x, the case's labels, the case's weight) with a case.
template <class Loss>
void check_labels(const std::string& name, Loss loss) {
  const auto op = [&](const Variables& v) {
    return loss(v[0], labels_in(name), operand(name, "weight", v[0]));
  };
  BOOST_TEST(compare_with_reference(name, {"x"}, op) == "");
}

template <class Loss>
void check_targets(const std::string& name, Loss loss) {
  const auto op = [&](const Variables& v) {
    return loss(v[0], Variable(operand(name, "targets", v[0])));
  };
  BOOST_TEST(compare_with_reference(name, {"x"}, op) == "");
}

void check_gradient(const std::vector<Tensor>& inputs, const VariableFunction& loss) {
  const GradcheckResult result = gradcheck(loss, inputs);
  BOOST_TEST(result.passed, result.message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(losses_of_labels_agree_with_pytorch) {
  for (const auto& [name, reduction] : kReductions) {
    const auto options = [reduction = reduction](const Tensor& weight) {
      return ClassLossOptions{weight, 2, reduction};
    };
    check_labels(std::string("nll_loss_") + name,
                 [&](const Variable& x, const Tensor& labels, const Tensor& weight) {
                   return nll_loss(x, labels, options(weight));
                 });
    for (const double smoothing : {0.0, 0.1}) {
      check_labels(std::string("cross_entropy_") + (smoothing > 0 ? "smooth_" : "") + name,
                   [&](const Variable& x, const Tensor& labels, const Tensor& weight) {
                     return cross_entropy(x, labels, {options(weight), smoothing});
                   });
    }
  }
  const auto check = [](const std::string& name, const CrossEntropyOptions& options) {
    check_labels(name, [&](const Variable& x, const Tensor& labels, const Tensor& weight) {
      CrossEntropyOptions own = options;
      own.classes.weight = weight;
      return cross_entropy(x, labels, own);
    });
  };
  check("cross_entropy_smooth", {.label_smoothing = 0.3});
  check("cross_entropy_images", {{.ignore_index = 0, .reduction = LossReduction::none}, 0.2});
  check("cross_entropy_lines", {});
  check("cross_entropy_one", {});
  check_labels("nll_loss_images", [](const Variable& x, const Tensor& labels, const Tensor&) {
    return nll_loss(x, labels, ClassLossOptions{});
  });
}

BOOST_AUTO_TEST_CASE(losses_of_probabilities_agree_with_pytorch) {
  const auto check = [](const std::string& name, bool weighted,
                        const CrossEntropyOptions& options) {
    const auto op = [&](const Variables& v) {
      CrossEntropyOptions own = options;
      if (weighted) own.classes.weight = operand(name, "weight", v[0]);
      return cross_entropy(v[0], operand(name, "targets", v[0]), own);
    };
    BOOST_TEST(compare_with_reference(name, {"x"}, op) == "");
  };
  check("cross_entropy_probabilities", false, {});
  check("cross_entropy_probabilities_images", true, {.label_smoothing = 0.1});
  check("cross_entropy_probabilities_none", true, {.classes = {.reduction = LossReduction::none}});
}

BOOST_AUTO_TEST_CASE(the_focal_losses_agree_with_their_formulas) {
  check_labels("focal_loss", [](const Variable& x, const Tensor& labels, const Tensor& weight) {
    return focal_loss(x, labels, 1.5, {.weight = weight});
  });
  check_labels("focal_loss_images", [](const Variable& x, const Tensor& labels, const Tensor&) {
    return focal_loss(x, labels, 2, {.reduction = LossReduction::none});
  });
  check_targets("sigmoid_focal_loss", [](const Variable& x, const Variable& t) {
    return sigmoid_focal_loss(x, t, 0.25, 2, LossReduction::none);
  });
  check_targets("sigmoid_focal_loss_without_alpha", [](const Variable& x, const Variable& t) {
    return sigmoid_focal_loss(x, t, {}, 0.5, LossReduction::none);
  });
}

BOOST_AUTO_TEST_CASE(losses_of_numbers_agree_with_pytorch) {
  for (const auto& [name, reduction] : kReductions) {
    const auto check = [name = name, reduction = reduction](const std::string& loss, auto op) {
      check_targets(loss + "_" + name,
                    [&](const Variable& x, const Variable& t) { return op(x, t, reduction); });
    };
    check("mse_loss", &mse_loss);
    check("l1_loss", &l1_loss);
    check("huber_loss", [](const Variable& x, const Variable& t, LossReduction r) {
      return huber_loss(x, t, 0.7, r);
    });
    check("smooth_l1_loss", [](const Variable& x, const Variable& t, LossReduction r) {
      return smooth_l1_loss(x, t, 0.7, r);
    });
  }
  check_targets("bce", [](const Variable& x, const Variable& t) {
    return binary_cross_entropy_with_logits(x, t);
  });
  check_targets("bce_weighted", [](const Variable& x, const Variable& t) {
    const Tensor positive = operand("bce_weighted", "positive", x);
    return binary_cross_entropy_with_logits(
        x, t,
        {reference("bce_weighted").at("weight_of_each").to(x.dtype()), positive,
         LossReduction::sum});
  });
}

BOOST_AUTO_TEST_CASE(losses_have_the_right_derivatives) {
  const Tensor labels = labels_of({3, 0, 2, 2});
  const Tensor x = normals({4, 5}, "x");
  const Tensor weight = Tensor::from<double>({5}, {0.5, 2, 1, 0.25, 3});
  for (const auto& [name, reduction] : kReductions) {
    const auto classes = [&, reduction = reduction](const Variable& like) {
      return ClassLossOptions{weight.to(like.dtype()), 2, reduction};
    };
    check_gradient({x}, [&](const Variables& v) { return nll_loss(v[0], labels, classes(v[0])); });
    check_gradient({x}, [&](const Variables& v) {
      return cross_entropy(v[0], labels, {classes(v[0]), 0.2});
    });
    for (const double gamma : {0.0, 0.5, 2.0}) {
      check_gradient(
          {x}, [&](const Variables& v) { return focal_loss(v[0], labels, gamma, classes(v[0])); });
    }
    check_gradient({x, normals({4, 5}, "t")}, [reduction = reduction](const Variables& v) {
      return huber_loss(v[0], v[1], 0.9, reduction);
    });
    check_gradient({x, normals({4, 5}, "t")}, [reduction = reduction](const Variables& v) {
      return mse_loss(v[0], v[1], reduction);
    });
    check_gradient({x, normals({4, 5}, "t")}, [reduction = reduction](const Variables& v) {
      return sigmoid_focal_loss(v[0], v[1], 0.3, 1.5, reduction);
    });
    check_gradient({x, normals({4, 5}, "t")}, [reduction = reduction](const Variables& v) {
      return binary_cross_entropy_with_logits(v[0], v[1], {.reduction = reduction});
    });
  }
  const Tensor images = Tensor::from<std::int64_t>({2, 3}, {0, 1, 1, 0, 2, 1});
  check_gradient({normals({2, 3, 3}, "x")}, [&](const Variables& v) {
    return cross_entropy(v[0], images, {{.reduction = LossReduction::none}, 0.1});
  });
}

BOOST_AUTO_TEST_CASE(the_plain_call_has_the_bits_of_the_fast_one) {
  const Variable x(normals({7, 10}, "x").to(DType::float32));
  const Tensor labels = labels_of({0, 9, 3, 3, 1, 4, 7});
  BOOST_TEST(same_bits(cross_entropy(x, labels, CrossEntropyOptions{}).value(),
                       cross_entropy(x, labels).value()));
  BOOST_TEST(
      same_bits(nll_loss(x, labels, ClassLossOptions{}).value(), nll_loss(x, labels).value()));
}

BOOST_AUTO_TEST_CASE(a_mean_over_ignored_elements_is_not_a_number) {
  const Variable x(normals({2, 3}, "x").to(DType::float32));
  const auto loss = [&](LossReduction reduction) {
    return cross_entropy(x, labels_of({-100, -100}),
                         {{.ignore_index = -100, .reduction = reduction}, 0.1})
        .value();
  };
  BOOST_TEST(std::isnan(loss(LossReduction::mean).item()));
  BOOST_TEST(loss(LossReduction::sum).item() == 0);
  BOOST_TEST(loss(LossReduction::none).to_vector<float>() == (std::vector<float>{0, 0}),
             boost::test_tools::per_element());
}

// Probabilities that round to 0 or 1 give losses and gradients that are right all the same.
BOOST_AUTO_TEST_CASE(extreme_logits_stay_finite) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x(Tensor::from<double>({4}, {-300, 300, -300, 300}).to(dtype), true);
    const Variable t(Tensor::from<double>({4}, {0, 1, 1, 0}).to(dtype));
    const Variable bce = binary_cross_entropy_with_logits(x, t, {.reduction = LossReduction::none});
    BOOST_TEST(largest_error(bce.value(), Tensor::from<double>({4}, {0, 0, 300, 300})) < 1e-30);
    const Variable focal = sigmoid_focal_loss(x, t, {}, 0.5, LossReduction::sum);
    BOOST_TEST(focal.value().item() == 600);
    focal.backward();
    BOOST_TEST(largest_error(x.grad(), Tensor::from<double>({4}, {0, 0, -1, 1})) < 1e-30);
    const Variable logits(Tensor::from<double>({1, 3}, {800, 0, 0}).to(dtype), true);
    focal_loss(logits, labels_of({0}), 0.5).backward();
    for (const double g : logits.grad().to_vector<double>()) BOOST_TEST(std::isfinite(g));
    // A class that is impossible, and whose element is ignored.
    const double infinity = std::numeric_limits<double>::infinity();
    const Variable barred(Tensor::from<double>({2, 2}, {-infinity, 1, 2, 3}).to(dtype));
    const Variable loss = cross_entropy(
        barred, labels_of({5, 1}), {{.ignore_index = 5, .reduction = LossReduction::sum}, 0.1});
    BOOST_TEST(std::isfinite(loss.value().item()));
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Variable x(Tensor::zeros({3, 4}));
  const Tensor labels = labels_of({0, 1, 2});
  const ClassLossOptions none{.reduction = LossReduction::none};
  BOOST_CHECK_EXCEPTION(nll_loss(x, labels_of({0, 1}), none), ShapeError,
                        says("[nll_loss] one int64 label per element is needed: labels [2] int64"));
  BOOST_CHECK_EXCEPTION(nll_loss(x, labels_of({0, 1, 4}), none), ValueError,
                        says("[nll_loss] labels must be at least 0 and below 4: element 2 has 4"));
  BOOST_CHECK_EXCEPTION(nll_loss(x, labels, {.weight = Tensor::zeros({3})}), ShapeError,
                        says("[nll_loss] dimension 0 of the weight must be 4"));
  BOOST_CHECK_EXCEPTION(nll_loss(Variable(Tensor::zeros({})), labels, none), ShapeError,
                        says("not a scalar"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, labels, {.label_smoothing = 1.5}), ValueError,
                        says("[cross_entropy] label_smoothing must be in [0, 1], not 1.5"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, Tensor::zeros({3, 4}), {{.ignore_index = 1}}), ValueError,
                        says("ignore_index is for labels"));
  BOOST_CHECK_EXCEPTION(cross_entropy(x, Tensor::zeros({3, 5}), CrossEntropyOptions{}), ShapeError,
                        says("[cross_entropy] input and target must have one shape"));
  BOOST_CHECK_EXCEPTION(nll_loss(Variable(Tensor::zeros({0, 4, 2})),
                                 Tensor::zeros({0, 2}, DType::int64), ClassLossOptions{}),
                        ShapeError, says("[nll_loss] the mean over no elements is undefined"));
  BOOST_CHECK_EXCEPTION(focal_loss(x, labels, -1), ValueError, says("gamma must not be negative"));
  BOOST_CHECK_EXCEPTION(sigmoid_focal_loss(x, x, 2), ValueError, says("alpha must be in [0, 1]"));
  BOOST_CHECK_EXCEPTION(mse_loss(x, Variable(Tensor::zeros({4}))), ShapeError,
                        says("[mse_loss] input and target must have one shape: [3, 4] and [4]"));
  BOOST_CHECK_EXCEPTION(huber_loss(x, x, 0), ValueError, says("delta must be positive"));
  BOOST_CHECK_EXCEPTION(smooth_l1_loss(x, x, -1), ValueError, says("beta must not be negative"));
  BOOST_TEST(smooth_l1_loss(x, x, 0).value().item() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
