// Lesson 4: the evidence lower bound of one weight, where all that it bounds is known exactly.
//   04_elbo [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>
#include <numbers>

using namespace credence;

const std::vector<double> kData{1.3, 0.4, 1.9, 0.8,
                                1.1};  // y_n ~ N(w, 1), and the prior w ~ N(0, 1)
const double kLog2Pi = std::log(2 * std::numbers::pi);

double log_normal(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return -0.5 * (kLog2Pi + z * z) - std::log(deviation);
}
// KL(q ‖ p) of q = N(mu, sigma²) from p = N(m, s²).
double divergence(double mu, double sigma, double m, double s) {
  return std::log(s / sigma) + (sigma * sigma + (mu - m) * (mu - m)) / (2 * s * s) - 0.5;
}
// E_q[log p(D | w)] − KL(q ‖ prior)
double elbo(double mu, double sigma) {
  double expected = 0;
  for (const double y : kData) expected += log_normal(y, mu, 1) - sigma * sigma / 2;
  return expected - divergence(mu, sigma, 0, 1);
}

int main(int argc, char** argv) {
  double sum = 0, evidence = 0;
  for (const double y : kData) sum += y;
  const double mean = sum / 6, deviation = 1 / std::sqrt(6);  // of the posterior: precision 1 + 5
  // log p(D) = log p(D | w) + log p(w) − log p(w | D), at any w.
  for (const double y : kData) evidence += log_normal(y, 1, 1);
  evidence += log_normal(1, 0, 1) - log_normal(1, mean, deviation);
  std::printf("posterior: N(%.3f, %.3f^2), log p(D) = %.4f\n", mean, deviation, evidence);
  std::printf("\nq                 |     ELBO | KL(q, posterior) |     sum\n");
  for (const auto& [mu, sigma] :
       {std::pair(0.0, 1.0), {0.5, 0.4}, {mean, 0.1}, {mean, deviation}}) {
    const double gap = divergence(mu, sigma, mean, deviation);
    std::printf("N(%.3f, %.3f^2) | %8.4f | %16.4f | %.4f\n", mu, sigma, elbo(mu, sigma), gap,
                elbo(mu, sigma) + gap);
  }

  std::printf("\nKL of q = N(0.5, 0.4^2) from the prior, in nats\n");
  const double formula = divergence(0.5, 0.4, 0, 1);
  double area = 0;
  for (double w = -3; w < 4; w += 0.001) {
    const double log_q = log_normal(w, 0.5, 0.4);
    area += 0.001 * std::exp(log_q) * (log_q - log_normal(w, 0, 1));
  }
  const bayes::WeightDistribution weight(bayes::Gaussian{.log_variance = 2 * std::log(0.4)},
                                         bayes::Normal{}, Variable(Tensor::full({1}, 0.5), true));
  std::printf("formula %.4f, area %.4f, Credence %.4f\n", formula, area,
              weight.kl_divergence().value().item());
  guide::chart::Points sampled{.name = "mean of K draws"}, bound{.name = "ELBO"};
  const RandomStream noise = Generator(1).next();
  double total = 0;
  for (int k = 1; k <= 10000; ++k) {
    const double w = 0.5 + 0.4 * noise.normal(k);
    total += log_normal(w, 0.5, 0.4) - log_normal(w, 0, 1);
    if (k < 100 || k % 20 == 0) sampled.points.push_back({double(k), total / k});
    if (k == 10 || k == 100 || k == 10000) std::printf("mean of %5d draws: %.4f\n", k, total / k);
  }
  for (double s = 0.1; s < 1.2; s += 0.01) bound.points.push_back({s, elbo(mean, s)});
  guide::draw(argc, argv, "The bound, and a divergence by sampling",
              {{.x = {.label = "deviation of q"},
                .y = {.label = "nats"},
                .series = {bound, guide::chart::Reference{"log p(D)", evidence}}},
               {.x = guide::logarithmic("draws K"),
                .y = {.label = "KL, nats"},
                .series = {sampled, guide::chart::Reference{"formula", formula}}}});
}
