/* Asks a trained model about a picture, from C:
 *
 *     cc -std=c99 -o predict predict.c $(pkg-config --cflags --libs credence-c)
 *     ./predict bayesian.safetensors digit.pgm
 *
 * The picture is a binary PGM (grey) or PPM (colour) file of the model's size without comments. */
#include <credence/credence.h>
#include <stdio.h>
#include <stdlib.h>

/* The pixels of the file, channel after channel; NULL where it is no such picture. */
static uint8_t* read_picture(const char* path, const int64_t shape[3]) {
  const long channels = (long)shape[0], height = (long)shape[1], width = (long)shape[2];
  FILE* const file = fopen(path, "rb");
  uint8_t* const pixels = malloc((size_t)(channels * height * width));
  int kind = 0, bad = 1;
  long w = 0, h = 0, most = 0, i, c;
  if (file != NULL && pixels != NULL &&
      fscanf(file, "P%d %ld %ld %ld", &kind, &w, &h, &most) == 4) {
    bad = kind != (channels == 1 ? 5 : 6) || w != width || h != height || most != 255;
    bad = bad || fgetc(file) == EOF; /* the white space before the pixels */
    for (i = 0; i < height * width && !bad; ++i) {
      for (c = 0; c < channels && !bad; ++c) {
        const int byte = fgetc(file);
        bad = byte == EOF;
        pixels[c * height * width + i] = (uint8_t)byte;
      }
    }
  }
  if (file != NULL) fclose(file);
  if (!bad) return pixels;
  free(pixels);
  return NULL;
}

int main(int argc, char** argv) {
  char error[256];
  int64_t shape[3], classes, c;
  float entropy, mutual_information;
  int status;
  if (argc != 3) {
    fprintf(stderr, "predict: takes CHECKPOINT PICTURE\n");
    return 2;
  }
  credence_model* const model = credence_load(argv[1], CREDENCE_SEED_OF_FILE, error, sizeof error);
  if (model == NULL) {
    fprintf(stderr, "predict: %s\n", error);
    return 1;
  }
  credence_input_shape(model, shape);
  classes = credence_classes(model);
  uint8_t* const pixels = read_picture(argv[2], shape);
  float* const probabilities = malloc((size_t)classes * sizeof(float));
  if (pixels == NULL || probabilities == NULL) {
    fprintf(stderr, "predict: %s is no binary PGM or PPM file of %ld x %ld pixels\n", argv[2],
            (long)shape[2], (long)shape[1]);
    return 1;
  }
  status = credence_predict_bytes(model, pixels, 1, 15, probabilities, &entropy,
                                  &mutual_information, error, sizeof error);
  if (status != CREDENCE_OK) {
    fprintf(stderr, "predict: %s\n", error);
    return 1;
  }
  for (c = 0; c < classes; ++c) {
    printf("%s %.9g\n", credence_class_name(model, c), probabilities[c]);
  }
  printf("entropy %.9g, mutual information %.9g nats\n", entropy, mutual_information);
  free(pixels);
  free(probabilities);
  credence_free(model);
  return 0;
}
