// Regression on arrays in memory: a small network learns the product of two numbers. Prints the
// error on points that it has not seen.
#include "credence.hpp"

#include <cstdio>

int main() {
  using namespace credence;
  const Generator seed(1);
  // 1000 points [x, y] in [-1, 1)² with their products.
  constexpr std::int64_t kPoints = 1000;
  const Tensor points = Tensor::empty({kPoints, 2});
  const Tensor products = Tensor::empty({kPoints, 1});
  const RandomStream random = seed.split("points").next();
  for (std::int64_t i = 0; i < kPoints; ++i) {
    const auto x = static_cast<float>(2 * random.uniform(2 * i) - 1);
    const auto y = static_cast<float>(2 * random.uniform(2 * i + 1) - 1);
    points.data<float>()[2 * i] = x;
    points.data<float>()[2 * i + 1] = y;
    products.data<float>()[i] = x * y;
  }
  const data::Dataset dataset = data::arrays(points, products, {.name = "products"});
  const data::IndexSplit parts = data::split(dataset, 200, seed.split("split"));
  data::Loader training(dataset, {.batch_size = 50, .shuffle = true, .indices = parts.train});
  data::Loader validation(dataset, {.batch_size = 200, .indices = parts.validation});

  nn::Sequential model(nn::Linear(2, 32, {}, seed.split("first")), nn::Activation::tanh(),
                       nn::Linear(32, 1, {}, seed.split("second")));
  train::fit(model, training,
             {.epochs = 60,
              .optimizer = optim::Adam{.learning_rate = 1e-2},
              .objective = train::mean_squared_error});
  const train::Metrics metrics = train::evaluate(model, validation, train::mean_squared_error);
  std::printf("RMSE on %d other points: %.4f\n", static_cast<int>(metrics.samples),
              metrics.at("rmse"));
}
