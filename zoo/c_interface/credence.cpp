// The functions of credence.h: arguments checked, exceptions turned into messages.
#include "zoo/c_interface/credence.h"

#include "bayes/uncertainty.hpp"
#include "data/dataset.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "zoo/stored_model.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

using namespace credence;

struct credence_model {
  zoo::StoredModel stored;
  std::string name;
  std::string method;
  std::vector<std::string> class_names;
  std::mutex predicting{};
};

namespace {

void write_message(char* error, std::size_t size, std::string_view message) {
  if (error == nullptr || size == 0) return;
  std::size_t length = std::min(message.size(), size - 1);
  // Not in the middle of a character of UTF-8, whose further bytes are 10xxxxxx.
  while (length < message.size() && length > 0 &&
         (static_cast<unsigned char>(message[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  std::memcpy(error, message.data(), length);
  error[length] = '\0';
}

// The result of function(), or `failed` with a message where it throws.
template <class Result, class Function>
Result guarded(char* error, std::size_t size, Result failed, Function function) noexcept {
  try {
    Result result = function();
    write_message(error, size, "");
    return result;
  } catch (const std::exception& exception) {
    write_message(error, size, exception.what());
  } catch (...) {
    write_message(error, size, "an unknown exception");
  }
  return failed;
}

const char* fault_of(const credence_model* model, const void* images, std::int64_t count,
                     std::int64_t samples) {
  if (model == nullptr) return "the model is NULL";
  if (count < 0) return "the number of images is negative";
  if (count > std::numeric_limits<std::int64_t>::max() / 8 / model->stored.image.numel()) {
    return "the number of images is too large";
  }
  if (images == nullptr && count > 0) return "the images are NULL";
  if (samples < 0) return "the number of samples is negative";
  return nullptr;
}

Shape batch_shape(const zoo::StoredModel& stored, std::int64_t count) {
  return {count, stored.image[0], stored.image[1], stored.image[2]};
}

Tensor to_batch(const zoo::StoredModel& stored, const float* images, std::int64_t count) {
  const Tensor batch = Tensor::empty(batch_shape(stored, count));
  std::copy_n(images, batch.numel(), batch.data<float>());
  return batch;
}

Tensor to_batch(const zoo::StoredModel& stored, const std::uint8_t* images, std::int64_t count) {
  const Tensor batch = Tensor::empty(batch_shape(stored, count), DType::uint8);
  std::copy_n(images, batch.numel(), batch.data<std::uint8_t>());
  return data::to_float(batch, stored.normalize);
}

void copy_to(float* target, const Tensor& values) {
  if (target != nullptr) std::copy_n(values.data<float>(), values.numel(), target);
}

struct Results {
  float* probabilities;
  float* entropy;
  float* mutual_information;
};

template <class Pixel>
int predict(credence_model* model, const Pixel* images, std::int64_t count, std::int64_t samples,
            const Results& results, char* error, std::size_t size) {
  if (const char* const fault = fault_of(model, images, count, samples)) {
    write_message(error, size, fault);
    return CREDENCE_INVALID_ARGUMENT;
  }
  return guarded<int>(error, size, CREDENCE_FAILED, [&] {
    if (count == 0) return CREDENCE_OK;
    const std::lock_guard lock(model->predicting);
    const zoo::StoredModel& stored = model->stored;
    const bayes::Uncertainty uncertainty =
        bayes::uncertainty(*stored.method, to_batch(stored, images, count),
                           {.samples = averages(stored) ? samples : 0});
    copy_to(results.probabilities, uncertainty.probabilities);
    copy_to(results.entropy, uncertainty.entropy);
    copy_to(results.mutual_information, uncertainty.mutual_information);
    return CREDENCE_OK;
  });
}

credence_model* load(const char* path, std::int64_t seed) {
  if (path == nullptr) throw ValueError("the path is NULL");
  if (seed < CREDENCE_SEED_OF_FILE) throw ValueError("the seed is negative");
  zoo::StoredModelOptions options{.checkpoint = path};
  if (seed != CREDENCE_SEED_OF_FILE) options.seed = static_cast<std::uint64_t>(seed);
  zoo::StoredModel stored = zoo::read_stored_model(options);
  std::vector<std::string> names;
  for (std::int64_t label = 0; label < stored.classes; ++label) {
    names.push_back(data::class_name(stored.class_names, label));
  }
  const std::string name = full_name(stored);
  const std::string method = stored.method->name();
  return new credence_model{std::move(stored), name, method, std::move(names)};
}

}  // namespace

int credence_abi_version(void) { return CREDENCE_ABI_VERSION; }

const char* credence_version(void) { return CREDENCE_VERSION; }

void credence_set_threads(int threads) {
  if (threads >= 1 && threads <= kMaxThreads) set_num_threads(threads);
}

credence_model* credence_load(const char* path, int64_t seed, char* error, size_t error_size) {
  return guarded<credence_model*>(error, error_size, nullptr, [&] { return load(path, seed); });
}

void credence_free(credence_model* model) { delete model; }

const char* credence_model_name(const credence_model* model) {
  return model == nullptr ? nullptr : model->name.c_str();
}

const char* credence_method_name(const credence_model* model) {
  return model == nullptr ? nullptr : model->method.c_str();
}

int64_t credence_classes(const credence_model* model) {
  return model == nullptr ? 0 : model->stored.classes;
}

const char* credence_class_name(const credence_model* model, int64_t label) {
  if (label < 0 || label >= credence_classes(model)) return nullptr;
  return model->class_names[static_cast<std::size_t>(label)].c_str();
}

void credence_input_shape(const credence_model* model, int64_t shape[3]) {
  for (int i = 0; i < 3; ++i) shape[i] = model == nullptr ? 0 : model->stored.image[i];
}

void credence_normalization(const credence_model* model, float* mean, float* deviation) {
  if (model == nullptr) return;
  const std::optional<data::Normalize>& normalize = model->stored.normalize;
  for (std::int64_t c = 0; c < model->stored.image[0]; ++c) {
    const auto at = static_cast<std::size_t>(c);
    mean[c] = normalize ? normalize->mean[at] : 0.0F;
    deviation[c] = normalize ? normalize->std[at] : 1.0F;
  }
}

int credence_predict(credence_model* model, const float* images, int64_t count, int64_t samples,
                     float* probabilities, float* entropy, float* mutual_information, char* error,
                     size_t error_size) {
  return predict(model, images, count, samples, {probabilities, entropy, mutual_information}, error,
                 error_size);
}

int credence_predict_bytes(credence_model* model, const uint8_t* images, int64_t count,
                           int64_t samples, float* probabilities, float* entropy,
                           float* mutual_information, char* error, size_t error_size) {
  return predict(model, images, count, samples, {probabilities, entropy, mutual_information}, error,
                 error_size);
}
