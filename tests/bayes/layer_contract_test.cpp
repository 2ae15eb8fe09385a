// The contract of layers, a line for each layer of bayes/layers and for each posterior, prior and
// estimator that a layer takes.
#include "tests/framework/layer_contract.hpp"

#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/layers/transposed_convolution.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/prior/ard.hpp"
#include "bayes/prior/group_ard.hpp"
#include "bayes/prior/log_uniform.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/prior/scale_mixture.hpp"
#include "tests/framework/layer_names.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(bayesian_layer_contract)

namespace {

const Generator kSeed(1);

Tensor x_of(const Shape& shape) { return normals(shape, "x").to(DType::float32); }

template <class Make>
void check(Make make, const Tensor& x) {
  test::check_layer(make, x, {.also = [](nn::Module& layer) {
                      return dynamic_cast<BayesianLayer&>(layer).kl_divergence();
                    }});
}

void check_parts(const Variational& parts) {
  check([=] { return BayesianLinear(6, 4, {}, parts, kSeed); }, x_of({3, 6}));
  check([=] { return BayesianConv2d(2, 3, {.kernel = 3}, parts, kSeed); }, x_of({2, 2, 5, 5}));
}

}  // namespace

BOOST_AUTO_TEST_CASE(layers) {
  const Variational gaussian = Gaussian{};
  check([=] { return BayesianLinear(7, 5, {}, gaussian, kSeed); }, x_of({3, 7}));
  check([=] { return BayesianConv1d(2, 3, {.kernel = 3}, gaussian, kSeed); }, x_of({3, 2, 9}));
  check([=] { return BayesianConv2d(4, 6, {.kernel = 3, .groups = 2}, gaussian, kSeed); },
        x_of({3, 4, 7, 6}));
  check([=] { return BayesianConv3d(2, 2, {.kernel = 2}, gaussian, kSeed); },
        x_of({2, 2, 4, 3, 5}));
  check([=] { return BayesianConvTranspose1d(3, 2, {.kernel = 3}, gaussian, kSeed); },
        x_of({2, 3, 5}));
  check([=] { return BayesianConvTranspose2d(4, 2, {.kernel = 3}, gaussian, kSeed); },
        x_of({2, 4, 4, 3}));
  check([=] { return BayesianConvTranspose3d(2, 2, {.kernel = 2}, gaussian, kSeed); },
        x_of({2, 2, 3, 3, 2}));
}

BOOST_AUTO_TEST_CASE(posteriors) {
  check_parts(VariationalDropout{});
  check_parts(AdditiveDropout{});
  check_parts(Gaussian{});
  check_parts(Radial{});
}

BOOST_AUTO_TEST_CASE(priors) {
  check_parts({Gaussian{}, Normal{}});
  check_parts({Gaussian{}, ScaleMixture{}});
  check_parts({Gaussian{}, Ard{}});
  check_parts({Gaussian{}, GroupArd{}});
  check_parts({AdditiveDropout{}, LogUniform{}});
}

BOOST_AUTO_TEST_CASE(estimators) {
  check_parts({Gaussian{}, {}, LocalReparametrization{}});
  check_parts({Gaussian{}, {}, WeightReparametrization{}});
  check_parts({Gaussian{}, {}, Flipout{}});
}

BOOST_AUTO_TEST_CASE(every_layer_has_a_line) {
  const std::string text = test::source_text("tests/bayes/layer_contract_test.cpp");
  for (const std::string& name : test::layers_of({"bayes/layers"})) {
    BOOST_TEST(text.find(" return " + name) != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
