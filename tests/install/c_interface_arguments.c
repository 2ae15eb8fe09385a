/* Calls every function of credence.h with wrong arguments, predicts, and predicts on two threads:
 * the output is what c_interface_test.cpp expects. Arguments: CHECKPOINT, FILE that is none, SEED.
 */
#include <credence/credence.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[512];

static void tell(const char* what, int status) {
  printf("%s: %d %s\n", what, status, error);
  memset(error, 'x', sizeof error);
}

static void without_a_model(const char* no_checkpoint) {
  float results[3];
  uint8_t bytes[1] = {0};
  int64_t shape[3] = {7, 7, 7};
  char small[8];
  tell("missing", credence_load("nowhere", 1, error, sizeof error) != NULL);
  tell("no checkpoint", credence_load(no_checkpoint, 1, error, sizeof error) != NULL);
  tell("no path", credence_load(NULL, 1, error, sizeof error) != NULL);
  tell("negative seed", credence_load(no_checkpoint, -2, error, sizeof error) != NULL);
  credence_load("nowhere", 1, NULL, 0);
  credence_load("nowhere", 1, small, sizeof small);
  printf("cut: %lu\n", (unsigned long)strlen(small));
  credence_free(NULL);
  credence_input_shape(NULL, shape);
  credence_normalization(NULL, results, results);
  credence_set_threads(0);
  printf("NULL: %d %d %d %d %d\n", credence_model_name(NULL) == NULL,
         credence_method_name(NULL) == NULL, credence_class_name(NULL, 0) == NULL,
         credence_classes(NULL) == 0, shape[0] == 0 && shape[1] == 0 && shape[2] == 0);
  tell("no model",
       credence_predict_bytes(NULL, bytes, 1, 1, results, results, results, error, sizeof error));
}

/* What a thread predicts, and how often that differs from what was predicted before. */
struct work {
  credence_model* model;
  const float* images;
  const float* entropy;
  int failures;
};

static void* predict_again(void* argument) {
  struct work* const work = argument;
  int i;
  for (i = 0; i < 20; ++i) {
    float entropy[2] = {0, 0};
    const int status =
        credence_predict(work->model, work->images, 2, 5, NULL, entropy, NULL, NULL, 0);
    work->failures += status != CREDENCE_OK || memcmp(entropy, work->entropy, sizeof entropy) != 0;
  }
  return NULL;
}

/* Two threads share a model, a third has its own. */
static int failures_of_threads(credence_model* model, credence_model* other, const float* images,
                               const float* entropy) {
  struct work work[3];
  pthread_t threads[3];
  int i, failures = 0;
  for (i = 0; i < 3; ++i) {
    work[i].model = i < 2 ? model : other;
    work[i].images = images;
    work[i].entropy = entropy;
    work[i].failures = 0;
    if (pthread_create(&threads[i], NULL, predict_again, &work[i]) != 0) return -1;
  }
  for (i = 0; i < 3; ++i) {
    pthread_join(threads[i], NULL);
    failures += work[i].failures;
  }
  return failures;
}

int main(int argc, char** argv) {
  int64_t shape[3], numel, classes, i;
  float *images, *probabilities, mean[3], deviation[3], entropy[2], information[2];
  credence_model *model, *other;
  if (argc != 4) return 2;
  credence_set_threads(1);
  without_a_model(argv[2]);
  model = credence_load(argv[1], atol(argv[3]), error, sizeof error);
  tell("load", model == NULL);
  if (model == NULL) return 1;
  credence_input_shape(model, shape);
  classes = credence_classes(model);
  numel = shape[0] * shape[1] * shape[2];
  credence_normalization(model, mean, deviation);
  printf("%d %s %s %s %ld [%ld, %ld, %ld] %g %g %s %s %d\n",
         credence_abi_version() == CREDENCE_ABI_VERSION, credence_version(),
         credence_model_name(model), credence_method_name(model), (long)classes, (long)shape[0],
         (long)shape[1], (long)shape[2], mean[0], deviation[0], credence_class_name(model, 0),
         credence_class_name(model, classes - 1), credence_class_name(model, classes) == NULL);
  images = malloc(2 * (size_t)numel * sizeof(float));
  probabilities = malloc(2 * (size_t)classes * sizeof(float));
  if (images == NULL || probabilities == NULL) return 1;
  for (i = 0; i < 2 * numel; ++i) images[i] = (float)(i % 7) / 7;

#define PREDICT(pixels, count, samples)                                                       \
  credence_predict(model, pixels, count, samples, probabilities, entropy, information, error, \
                   sizeof error)
  tell("no images", PREDICT(NULL, 1, 1));
  tell("negative count", PREDICT(images, -1, 1));
  tell("too many", PREDICT(images, INT64_MAX, 1));
  tell("negative samples", PREDICT(images, 1, -1));
  tell("no image", PREDICT(NULL, 0, 1));
  images[3] = (float)NAN;
  tell("not a number", PREDICT(images, 1, 1));
  images[3] = 3.0F / 7;
  tell("nothing wanted",
       credence_predict(model, images, 2, 5, NULL, NULL, NULL, error, sizeof error));
  tell("two images", PREDICT(images, 2, 5));
  for (i = 0; i < 2 * classes; ++i) printf("%.9g ", probabilities[i]);
  printf("%.9g %.9g %.9g %.9g\n", entropy[0], entropy[1], information[0], information[1]);
  other = credence_load(argv[1], atol(argv[3]), error, sizeof error);
  printf("threads: %d\n", failures_of_threads(model, other, images, entropy));
  free(images);
  free(probabilities);
  credence_free(model);
  credence_free(other);
  return 0;
}
