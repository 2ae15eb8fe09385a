// Test of the figure of task uncert.
#include "benchmarks/driver/uncertainty.hpp"

#include "data/synthetic_digits.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(benchmark_uncertainty)

// The figure shows that a trained model is more certain of upright digits than of rotated ones.
BOOST_AUTO_TEST_CASE(epistemic_uncertainty_rises_as_digits_are_rotated) {
  const Images images{data::synthetic_digits(4000, Generator(1), data::Split::train),
                      data::synthetic_digits(200, Generator(1), data::Split::test), "drawn"};
  Options options;
  options.task = "uncert";
  options.epochs = 6;
  options.batch_size = 64;
  options.validation = 0;
  options.learning_rates = {5e-3};
  options.progress = false;
  const UncertaintyResult result = run_uncertainty(options, images);
  BOOST_TEST(result.training.last.accuracy() > 0.9);
  double rotated = 0;
  int count = 0;
  for (const AngleScores& scores : result.angles) {
    if (scores.angle < 60 || scores.angle > 300) continue;
    rotated += scores.epistemic.mean;
    ++count;
  }
  BOOST_TEST(count == 9);
  const double upright = result.angles.front().epistemic.mean;
  BOOST_TEST(upright > 0);
  BOOST_TEST(rotated / count >= 1.5 * upright);
  BOOST_TEST_MESSAGE("epistemic, rotated over upright: " << rotated / count / upright);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
