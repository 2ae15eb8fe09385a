// A data source of one's own: records in a file that is read batch by batch, so that a data set
// larger than memory trains. train::fit and train::evaluate take any train::BatchSource.
#include "credence.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

namespace example {

using namespace credence;

struct Record {
  float x[2];
  float y;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// The records of a binary file, each epoch in the file's order. One batch is in memory.
class RecordFile : public train::BatchSource {
 public:
  RecordFile(File file, std::int64_t batch_size) : file_(std::move(file)), batch_size_(batch_size) {
    std::fseek(file_.get(), 0, SEEK_END);
    samples_ = std::ftell(file_.get()) / static_cast<std::int64_t>(sizeof(Record));
    records_.resize(static_cast<std::size_t>(batch_size));
  }
  std::int64_t samples() const override { return samples_; }
  std::int64_t batches() const override { return (samples_ + batch_size_ - 1) / batch_size_; }
  // An order that changes from epoch to epoch may depend on a seed and this number alone, so that
  // an interrupted run can go on.
  void start_epoch(std::int64_t) override { std::rewind(file_.get()); }
  bool next(train::Batch& batch) override {
    const std::size_t count =
        std::fread(records_.data(), sizeof(Record), records_.size(), file_.get());
    if (std::ferror(file_.get()) != 0) throw Error("[records] the file cannot be read");
    if (count == 0) return false;
    const auto n = static_cast<std::int64_t>(count);
    batch = {Tensor::empty({n, 2}), Tensor::empty({n, 1})};
    for (std::size_t i = 0; i < count; ++i) {
      std::copy_n(records_[i].x, 2, batch.inputs.data<float>() + 2 * i);
      batch.targets.data<float>()[i] = records_[i].y;
    }
    return true;
  }

 private:
  File file_;
  std::int64_t batch_size_;
  std::int64_t samples_ = 0;
  std::vector<Record> records_;
};

/// A temporary file of points with their products.
File products(std::int64_t count) {
  File file(std::tmpfile(), std::fclose);
  if (file == nullptr) throw Error("[records] no temporary file");
  const RandomStream random = Generator(1).next();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto a = static_cast<float>(2 * random.uniform(2 * i) - 1);
    const auto b = static_cast<float>(2 * random.uniform(2 * i + 1) - 1);
    const Record record{{a, b}, a * b};
    std::fwrite(&record, sizeof record, 1, file.get());
  }
  return file;
}

}  // namespace example

int main() {
  using namespace credence;
  example::RecordFile records(example::products(20'000), 100);
  const Generator seed(2);
  nn::Sequential model(nn::Linear(2, 32, {}, seed.split("first")), nn::Activation::tanh(),
                       nn::Linear(32, 1, {}, seed.split("second")));
  train::fit(model, records,
             {.epochs = 8,
              .optimizer = optim::Adam{.learning_rate = 1e-2},
              .schedule = optim::cosine(),
              .objective = train::mean_squared_error,
              .progress = false});
  const train::Metrics metrics = train::evaluate(model, records, train::mean_squared_error);
  std::printf("%d records in %d batches, RMSE %.4f\n", static_cast<int>(metrics.samples),
              static_cast<int>(records.batches()), metrics.at("rmse"));
}
