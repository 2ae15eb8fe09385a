// The ends of the help texts: what the options do not say, and examples.
#pragma once

namespace credence::benchmarks {

inline constexpr const char* kRunFooter = R"(Examples:
  credence-bench
      LeNet5 and BayesianLeNet5 on MNIST, 10 epochs each, with the default recipe
  credence-bench --task acc --model LeNet5 --epochs 10 --batch-size 256 --lr 1e-2 1e-3 --recipe bayetorch
      the same with BayeTorch's settings
  credence-bench --task init --epochs 5 5 --freeze
      LeNet5's weights given to BayesianLeNet5, whose variances alone are then trained
  credence-bench --task init --pretrained results/frequentist.safetensors --epochs 5
      BayesianLeNet5 trained on from the weights that an earlier run with --out results left
  credence-bench --task uncert --out results
      figures of BayesianLeNet5's uncertainty about turned digits, in the folder results
  credence-bench --task uncert --pretrained results/bayesian.safetensors --out figures
      the same of a model that is trained already
  credence-bench --task calib --pretrained results --out calibration
      calibration, temperature scaling and conformal sets of both models in results, with figures
  credence-bench --task ood --ood-data fashion-mnist --pretrained results --out ood
      how both models tell pieces of clothing from digits, with ROC curves
  credence-bench --task ood --ood-data gaussian-noise --pretrained results --out noise
      accuracy and calibration of both under five levels of noise
  credence-bench --task regress --out curve
      a curve with a gap in its data, with pictures of what both families know of it
  credence-bench --task regress --dataset table.csv --target price --out table
      a table of one's own; a fifth of the rows, chosen by the seed, are tested
  credence-bench --dataset table.csv --target kind --out table
      the same for classes, by the model MLP
  credence-bench --task acc --model VGG11 --epochs 50 --out vgg11
      both families of VGG11 on CIFAR-10; the same with --resume goes on after an interruption
  credence-bench --task acc --model LeNet5 --seed 2 --out results --force
      in a folder that holds an earlier run's results, which it replaces
  credence-bench --dataset synthetic-digits --epochs 2 --json -
      on digits drawn by the program, results as JSON on stdout
  credence-bench --dataset image-folder --data-dir pets --model VGG11 --image-size 64 --out results
      on pictures of one's own, pets/CLASS/*.png (also .jpg, .bmp), stretched to 64 x 64 pixels
  credence-bench summary VGG16
      layers, parameters and multiply-adds of VGG16 in both families
  credence-bench download mnist
      fetch MNIST into the cache folder
  credence-bench predict --checkpoint results/bayesian.safetensors digit.png
      what a trained model makes of a picture
  credence-bench prune --checkpoint results/bayesian.safetensors --out pruned
      zeros in place of unsure weights, and the smaller model that is left
  credence-bench export --checkpoint results/bayesian.safetensors --form moments --out net.onnx
      mean and variance of its predictions as a file for ONNX Runtime
  credence-bench evaluate --model LeNet5 --checkpoint pytorch.safetensors
      test accuracy of parameters that PyTorch saved

Data is looked for in --data-dir, else $CREDENCE_DATA, else the cache folder ($XDG_CACHE_HOME/credence,
else ~/.cache/credence); where it is in none of them, synthetic-digits takes its place, and says so.
An image-folder has a folder of pictures for each class, in train, test and, if it is there, val. Without test, or
without train and test, the seed chooses a fifth of each class for the test. Pictures are stretched to --image-size;
transparent ones are laid on white. The mean and the deviation of the training pixels normalise them.
Ctrl-C finishes the step, saves the run in --out and says how to go on. A folder with an earlier run's results or
saved state is not touched without --resume or --force: the run ends with a line that says so, and status 1.
Progress goes to stderr: a bar on a terminal, where TERM is dumb, NO_COLOR is set or stderr is a file a line each
minute, and a line per epoch and evaluation. A run that loses stderr goes on; one that loses stdout writes its files and then fails.
Exit status: 0 success, 1 failure at run time, 2 wrong usage, 130 interrupted.)";

inline constexpr const char* kSummaryFooter = R"(Examples:
  credence-bench summary LeNet5
  credence-bench summary VGG11 --batch-norm
  credence-bench summary ResNet20 --norm filter-response)";

inline constexpr const char* kDownloadFooter =
    R"(Files that are there and intact stay; any other file of that name is replaced once its successor has arrived.

Examples:
  credence-bench download mnist
  credence-bench download cifar10 --data-dir data)";

inline constexpr const char* kPredictFooter =
    R"(Pictures are laid on white, or on --background, where they are transparent, made grey where the
model's images are, and stretched to their size. Of a folder all pictures in it and below are
predicted, in the order of their paths; links to folders are not followed. A picture that cannot be
read is named on stderr (in JSON by "file" and "error"); the others are predicted, and the exit
status is 1.

Epistemic and aleatoric uncertainty are the traces of the covariance matrices of the predicted label
that come from the posterior and from the data: probabilities, from 0 (sure) to 1. Entropy is that of
the averaged probabilities, in nats. A frequentist model has no epistemic uncertainty.

Examples:
  credence-bench predict --checkpoint results/bayesian.safetensors digit.png photo.jpg
  credence-bench predict --checkpoint results/bayesian.safetensors holidays
  credence-bench predict --checkpoint results/bayesian.safetensors --invert --samples 50 --json - scan.png)";

inline constexpr const char* kPruneFooter = R"(Files in --out, which evaluate and predict read:
  pruned-bayesian.safetensors  the Bayesian model; pruned weights have mean 0 and no noise. With --steps
                               the means of the others are those tuned after the last step but one
  pruned.safetensors           the frequentist model of its means, zeros included, fine-tuned where
                               --fine-tune says so
  smaller.safetensors          a frequentist model without the channels and units that the outputs
                               do not need; the same outputs as pruned.safetensors up to rounding

Accuracies are those of the posterior's mean. Times are medians of repeated passes on one thread.
Choose the threshold by the accuracy on the validation images, which training held back.

Examples:
  credence-bench prune --checkpoint results/bayesian.safetensors --out pruned
  credence-bench prune --checkpoint results/bayesian.safetensors --share 0.9 --out pruned --json -
  credence-bench prune --checkpoint results/bayesian.safetensors --share 0.98 --steps 8 --step-epochs 2 --fine-tune 10 --out pruned
  credence-bench prune --checkpoint results/bayesian.safetensors --units 4,12,60,40 --fine-tune 10 --out pruned)";

inline constexpr const char* kExportFooter = R"(Inputs and outputs, with any size of the batch:
  input          float32 [batch, C, H, W], normalised as in training; the metadata have the numbers
  pixels         with --pixels in its place: uint8 [batch, C, H, W]
  logits, probabilities   of the forms mean and sample: float32 [batch, classes]
  mean, variance          of form moments: those of the samples' probabilities, [batch, classes]

A sample is one draw of all weights. Sample k of seed S is the draw S * 2^32 + k of the model, the same
whenever it is exported. The file's metadata name the classes, one a line. Runtimes with ONNX's
operators of version 13 or later read it: ONNX Runtime from 1.6 on.

Examples:
  credence-bench export --checkpoint results/frequentist.safetensors --out net.onnx
  credence-bench export --checkpoint results/bayesian.safetensors --form moments --samples 30 --pixels --out net.onnx)";

inline constexpr const char* kEvaluateFooter =
    R"(The model is one of images: those of task regress have their scores in its results.

Examples:
  credence-bench evaluate --checkpoint results/bayesian.safetensors
  credence-bench evaluate --model LeNet5 --checkpoint pytorch.safetensors --dataset mnist --json -
      parameters saved by safetensors.torch.save_file(model.state_dict(), "pytorch.safetensors")
  credence-bench evaluate --model VGG11 --checkpoint torchvision.safetensors
      parameters under torchvision's names (features.0.weight, …), also in half precision
  credence-bench evaluate --model LeNet5 --checkpoint mine.safetensors --key-map '^net\.c(\d)\.=conv$1.' --key-map '^net\.f=fc'
      parameters under other names: net.c1.weight is conv1.weight, net.f3.bias is fc3.bias
  credence-bench evaluate --checkpoint results/bayesian.safetensors --data-dir pets
      on pets/test/CLASS/*.png, or on the pictures that the seed chose for the test in training
  credence-bench evaluate --checkpoint results/bayesian.safetensors more-pets
      on all pictures more-pets/CLASS/*.png, in the classes that the file names
  credence-bench evaluate --checkpoint results/bayesian.safetensors --ood-data fashion-mnist
      also how well it tells them from images of another kind
  credence-bench evaluate --checkpoint results/bayesian.safetensors --ood-data rotation
      also what becomes of its accuracy and calibration as the test images are turned further and further
  credence-bench evaluate --model VGG11 --family bayesian --activation softplus --checkpoint bayesian.safetensors
      fails unless they are of the Bayesian VGG11

Images are normalised as they were in training. Where the file has no metadata, pixels become
pixel / 255, and the activation is relu of a frequentist model, softplus of a Bayesian one.)";

}  // namespace credence::benchmarks
