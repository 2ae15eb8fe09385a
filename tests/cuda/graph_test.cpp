// Tests of work that is recorded and replayed.
#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/core/device_graph.hpp"
#include "framework/core/random.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/cuda/device.hpp"
#include "tests/framework/support.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_graph)

namespace {

Tensor on_device(std::vector<float> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return Tensor::from({n}, values).to(Device::cuda);
}

void add(const Tensor& x, const Tensor& y) {
  const Addition<float> addition{x.numel(), x.data<float>(), y.data<float>()};
  kernels<float>(Device::cuda).accumulate({&addition, 1});
}

BOOST_AUTO_TEST_CASE(recorded_work_is_done_at_each_replay_and_not_before) {
  if (no_device()) return;
  const Tensor x = on_device({1, 2});
  const Tensor y = on_device({0, 0});
  const DeviceGraph graph = DeviceGraph::record([&] { add(x, y); });
  BOOST_TEST(static_cast<bool>(graph));
  BOOST_TEST((y.to_vector<float>() == std::vector<float>{0, 0}));
  graph.replay(0);
  x.fill(10);
  graph.replay(0);
  BOOST_TEST((y.to_vector<float>() == std::vector<float>{11, 12}));
  BOOST_CHECK_THROW(DeviceGraph().replay(0), Error);
}

BOOST_AUTO_TEST_CASE(replayed_noise_is_that_of_later_draws) {
  if (no_device()) return;
  constexpr std::int64_t kCount = 100;
  Generator generator(5);
  const auto noise = [&](const Tensor& y) {
    kernels<float>(Device::cuda).normal(generator.next(), kCount, y.data<float>());
  };
  const Tensor replayed = Tensor::empty({kCount}, DType::float32, Device::cuda);
  const DeviceGraph graph = DeviceGraph::record([&] { noise(replayed); });
  graph.replay(0);
  std::vector<float> first = replayed.to_vector<float>();
  graph.replay(3);
  const std::vector<float> fourth = replayed.to_vector<float>();
  const Tensor direct = Tensor::empty({kCount}, DType::float32, Device::cuda);
  generator.seek(0);
  noise(direct);
  BOOST_TEST((direct.to_vector<float>() == first));
  generator.seek(3);
  noise(direct);
  BOOST_TEST((direct.to_vector<float>() == fourth));
  BOOST_TEST((first != fourth));
}

BOOST_AUTO_TEST_CASE(what_waits_for_the_device_cannot_be_recorded) {
  if (no_device()) return;
  const Tensor x = on_device({1, 2});
  const auto refused = [&](const char* operation, auto work) {
    BOOST_CHECK_EXCEPTION(DeviceGraph::record(work), Error, says(operation));
    // The stream still works.
    const Tensor y = on_device({0, 0});
    add(x, y);
    BOOST_TEST((y.to_vector<float>() == std::vector<float>{1, 2}));
  };
  refused("[copy]", [&] { static_cast<void>(x.slice(0, 1).item()); });
  refused("[copy]", [&] { static_cast<void>(on_device({1})); });
  refused("[synchronize]", [&] { device::backend().synchronize(); });
  refused("[graph]", [&] { DeviceGraph::record([] {}); });
}

BOOST_AUTO_TEST_CASE(memory_of_a_graph_is_nobody_elses) {
  if (no_device()) return;
  const Tensor x = on_device(std::vector<float>(1000, 2));
  const Tensor y = on_device(std::vector<float>(1000, 0));
  {
    const DeviceGraph graph = DeviceGraph::record([&] {
      const Variable doubled = Variable(x) + Variable(x);
      add(doubled.value(), y);
    });
    std::vector<Tensor> others;
    for (int i = 0; i < 20; ++i) {
      others.push_back(Tensor::full({1000}, 7, DType::float32, Device::cuda));
    }
    graph.replay(0);
    for (const Tensor& other : others) {
      BOOST_TEST((other.to_vector<float>() == std::vector<float>(1000, 7)));
    }
  }
  BOOST_TEST((y.to_vector<float>() == std::vector<float>(1000, 4)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
