/* Predictions of trained models from C, and so from any language that calls C.
 *
 *     credence_model* model =
 *         credence_load("bayesian.safetensors", CREDENCE_SEED_OF_FILE, error, sizeof error);
 *     if (model == NULL) puts(error);
 *     status = credence_predict_bytes(model, pixels, 1, 15, probabilities, &entropy,
 *                                     &mutual_information, error, sizeof error);
 *     credence_free(model);
 *
 * examples/c_interface has complete programs in C and in Python.
 *
 * Link with `pkg-config --libs credence-c`. The library computes on the CPU and needs no others but
 * the runtimes of C, C++ and OpenMP.
 *
 * Errors. A function that can fail takes a buffer for a message. The message is UTF-8 text that
 * ends with a 0, cut to the buffer's size; the buffer may be NULL with size 0. No C++ exception
 * leaves a function.
 *
 * Threads. Any thread may call any function. Calls that predict with the same model wait for each
 * other; calls with different models run side by side. A model must not be freed while another call
 * uses it.
 */
#ifndef CREDENCE_H
#define CREDENCE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CREDENCE_API __attribute__((visibility("default")))
#else
#define CREDENCE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised by a change after which programs have to be compiled again. It is in the library's name:
 * libcredence-c.so.1. */
#define CREDENCE_ABI_VERSION 1

/* CREDENCE_ABI_VERSION of the library that is loaded. */
CREDENCE_API int credence_abi_version(void);

/* The version of Credence: "0.1.0". */
CREDENCE_API const char* credence_version(void);

/* How many threads predictions use, in the whole process: 1 to 1024, other numbers change nothing.
 * Without a call, OMP_NUM_THREADS says it, else there are as many as cores. */
CREDENCE_API void credence_set_threads(int threads);

/* A model that was read from a file. */
typedef struct credence_model credence_model;

/* Draw the posterior samples as credence-bench does. */
#define CREDENCE_SEED_OF_FILE (-1)

/* Reads a checkpoint that credence-bench has written with --out: any model of the zoo of either
 * family, and any method of inference of task compare. `seed` is that of the model's noise, at
 * least 0 or CREDENCE_SEED_OF_FILE. A method that keeps its draws or a generator of its own in the
 * file has those whatever the seed is. Returns NULL with a message where the file cannot be read or
 * is no such checkpoint. */
CREDENCE_API credence_model* credence_load(const char* path, int64_t seed, char* error,
                                           size_t error_size);

/* Frees a model; NULL is allowed. */
CREDENCE_API void credence_free(credence_model* model);

/* "LeNet5", "BayesianLeNet5". The text lives as long as the model, as do all texts below. For NULL
 * in place of a model these functions return NULL or 0 and write nothing but zeros. */
CREDENCE_API const char* credence_model_name(const credence_model* model);

/* How the model predicts: "deterministic", "variational", "ensemble", "swag" ... */
CREDENCE_API const char* credence_method_name(const credence_model* model);

/* The number of classes. */
CREDENCE_API int64_t credence_classes(const credence_model* model);

/* What a class is called: its number where the file has no names. NULL for a label outside
 * 0 ... classes - 1. */
CREDENCE_API const char* credence_class_name(const credence_model* model, int64_t label);

/* The channels, the height and the width of an image. */
CREDENCE_API void credence_input_shape(const credence_model* model, int64_t shape[3]);

/* The normalisation that credence_predict_bytes applies: a mean and a standard deviation for each
 * channel, 0 and 1 where the file has none. */
CREDENCE_API void credence_normalization(const credence_model* model, float* mean,
                                         float* deviation);

/* What a function that can fail returns. */
enum credence_status {
  CREDENCE_OK = 0,
  CREDENCE_INVALID_ARGUMENT = 1, /* a NULL, a negative number */
  CREDENCE_FAILED = 2            /* such as an image that is not finite, or too little memory */
};

/* The predictions of a model for `count` images, each channels x height x width floats, row after
 * row, channel after channel, as the model takes them: (pixel / 255 - mean) / deviation.
 *
 * `samples` functions are drawn from the posterior and their probabilities are averaged. With 0 the
 * model predicts once without noise, as a deterministic model does for any number. The draws are
 * the same at each call. Each image has noise of its own, which depends on its place in the call.
 *
 * With the mean p of the probabilities p_s of the samples s, in nats, the results are
 *   probabilities       [count, classes]   p
 *   entropy             [count]            -sum p log p: the whole uncertainty
 *   mutual_information  [count]            entropy - mean over s of the entropy of p_s: the part
 *                                          that comes from the weights
 * Each of the three may be NULL. Where the call fails, none is written. Memory grows with
 * count * samples. */
CREDENCE_API int credence_predict(credence_model* model, const float* images, int64_t count,
                                  int64_t samples, float* probabilities, float* entropy,
                                  float* mutual_information, char* error, size_t error_size);

/* The same for pixels from 0 to 255, which are normalised as in training. */
CREDENCE_API int credence_predict_bytes(credence_model* model, const uint8_t* images, int64_t count,
                                        int64_t samples, float* probabilities, float* entropy,
                                        float* mutual_information, char* error, size_t error_size);

#ifdef __cplusplus
}
#endif

#endif
