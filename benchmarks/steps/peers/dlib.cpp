// The training step of LeNet5 in dlib.
#include "benchmarks/steps/peers/peer.hpp"

#include <memory>

#include <dlib/dnn.h>

namespace {

template <long filters, class Below>
using conv = dlib::add_layer<dlib::con_<filters, 5, 5, 1, 1, 0, 0>, Below>;
template <class Below>
using pool = dlib::relu<dlib::max_pool<2, 2, 2, 2, Below>>;
using LeNet5 = dlib::loss_multiclass_log<dlib::fc<
    10, dlib::relu<dlib::fc<
            84, dlib::relu<dlib::fc<
                    120, pool<conv<16, pool<conv<6, dlib::input<dlib::matrix<float>>>>>>>>>>>>;

// dlib's filters are [out, in, 5, 5] and then the biases.
void set_convolution(dlib::tensor& to, const peers::Data& data, std::size_t number) {
  std::copy_n(data.parameter(number), to.size(), to.host());
}

// Its fully connected weights are [in, out], with the biases as a last row.
void set_linear(dlib::tensor& to, const peers::Data& data, std::size_t number) {
  const std::size_t out = peers::kSizes[number + 1];
  const std::size_t in = peers::kSizes[number] / out;
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      to.host()[i * out + o] = data.parameter(number)[o * in + i];
    }
    to.host()[in * out + o] = data.parameter(number + 1)[o];
  }
}

struct Training {
  LeNet5 net;
  dlib::resizable_tensor images;
  std::vector<unsigned long> labels;
  std::vector<dlib::sgd> solvers{LeNet5::num_computational_layers, dlib::sgd(0, 0)};

  explicit Training(const peers::Data& data)
      : labels(data.labels(), data.labels() + peers::kBatch) {
    std::vector<dlib::matrix<float>> pictures(peers::kBatch);
    for (std::size_t n = 0; n < peers::kBatch; ++n) {
      pictures[n] = dlib::mat(data.images() + n * peers::kPixels, 28, 28);
    }
    net.to_tensor(pictures.begin(), pictures.end(), images);
    net.subnet().forward(images);  // makes the parameters
    set_convolution(dlib::layer<11>(net).layer_details().get_layer_params(), data, 0);
    set_convolution(dlib::layer<8>(net).layer_details().get_layer_params(), data, 2);
    set_linear(dlib::layer<5>(net).layer_details().get_layer_params(), data, 4);
    set_linear(dlib::layer<3>(net).layer_details().get_layer_params(), data, 6);
    set_linear(dlib::layer<1>(net).layer_details().get_layer_params(), data, 8);
  }

  double step() {
    const double loss = net.compute_parameter_gradients(images, labels.begin());
    net.update_parameters(solvers, peers::kLearningRate);
    return loss;
  }
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Data& data) {
    auto training = std::make_shared<Training>(data);
    return [=] { return training->step(); };
  });
}
