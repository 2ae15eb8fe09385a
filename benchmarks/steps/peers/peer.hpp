// What the programs that compare_peers runs have in common: the parameters of LeNet5 and a batch of
// images from a file, checked steps, timed steps, and a line of JSON. It needs no library, so that
// each program is what its own library makes of it.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace peers {

constexpr std::size_t kBatch = 256;
constexpr std::size_t kPixels = 28 * 28;
constexpr double kLearningRate = 0.1;
/// Elements of weight and bias of conv1 [6, 1, 5, 5], conv2 [16, 6, 5, 5], fc1 [120, 256], fc2 [84,
/// 120] and fc3 [10, 84], in PyTorch's order.
constexpr std::array<std::size_t, 10> kSizes{150, 6, 2400, 16, 30720, 120, 10080, 84, 840, 10};

/// The file's numbers, float32: all parameters, images [256, 1, 28, 28], and a label for each.
struct Data {
  std::vector<float> values;

  const float* parameter(std::size_t number) const {
    return values.data() +
           std::accumulate(kSizes.begin(), kSizes.begin() + static_cast<long>(number), 0UL);
  }
  const float* images() const { return parameter(kSizes.size()); }
  const float* labels() const { return images() + kBatch * kPixels; }
};

inline Data read(const char* file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  Data data{std::vector<float>(bytes.size() / sizeof(float))};
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(data.values.data()));
  const float* const end = data.labels() + kBatch;
  if (end == data.values.data() + data.values.size()) return data;
  std::fprintf(stderr, "%s: is no file of compare_peers\n", file);
  std::exit(1);
}

/// Files that are part of the process, libraries that were loaded later among them.
inline std::set<std::string> mapped_files() {
  std::set<std::string> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos) files.insert(line.substr(path));
  }
  return files;
}

inline void print(const std::vector<double>& losses, std::vector<double> times) {
  std::ostringstream json;
  json.precision(9);
  const auto list = [&](const auto& items, const char* quote) {
    const char* comma = "";
    json << "[";
    for (const auto& item : items) {
      json << comma << quote << item << quote;
      comma = ", ";
    }
    json << "]";
  };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  json << "{\"losses\": ";
  list(losses, "");
  json << ", \"files\": ";
  list(mapped_files(), "\"");
  if (!times.empty()) {
    const auto middle = times.begin() + static_cast<long>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    json << ", \"median_ms\": " << *middle;
  }
  json << ", \"peak_mib\": " << usage.ru_maxrss / 1024 << "}\n";
  std::fputs(json.str().c_str(), stdout);
}

/// Does what the arguments FILE STEPS SECONDS say: `make(data)` makes the model and returns a
/// function that makes a training step and returns the loss before it. STEPS of them are checked,
/// then steps are timed for SECONDS, after a third of that to warm up.
template <class Make>
int run(int argc, char** argv, Make make) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s FILE STEPS SECONDS\n", argv[0]);
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  const Data data = read(argv[1]);
  auto step = make(data);
  std::vector<double> losses;
  for (int i = 0; i < std::atoi(argv[2]); ++i) losses.push_back(step());
  std::vector<double> times;
  const double seconds = std::atof(argv[3]);
  for (const double budget : {seconds / 3, seconds}) {
    times.clear();
    for (const auto begin = Clock::now(); since(begin) < budget;) {
      const auto start = Clock::now();
      step();
      times.push_back(1e3 * since(start));
    }
  }
  print(losses, times);
  return 0;
}

}  // namespace peers
