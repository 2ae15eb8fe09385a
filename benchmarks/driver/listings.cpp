// The lists of models, data sets, tasks and methods.
#include "benchmarks/driver/listings.hpp"

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/comparison.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "benchmarks/driver/task.hpp"
#include "data/location.hpp"
#include "framework/base/error.hpp"
#include "framework/base/markdown.hpp"
#include "framework/nn/summary.hpp"

#include <optional>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

nn::Summary summary(const ModelEntry& entry, Family family) {
  const Shape& image = entry.image;
  const NamedModel model = make_model({.name = entry.name}, family, Generator(1));
  return nn::summarize(*model.module, {1, image[0], image[1], image[2]});
}

// "8.9 M", "61.7 k"
std::string short_count(std::int64_t count) {
  const double value = static_cast<double>(count);
  return count >= 1'000'000 ? fmt::format("{:.1f} M", value / 1e6)
                            : fmt::format("{:.1f} k", value / 1e3);
}

// The folder of a data set's files; nothing where they are in none, or in one that is damaged.
std::optional<std::string> folder_of(const std::string& dataset) {
  try {
    const auto folder = data::find(dataset);
    return folder ? std::optional(folder->string()) : std::nullopt;
  } catch (const Error&) {
    return {};
  }
}

std::string where(const std::string& dataset) {
  if (dataset == "synthetic-digits") return "drawn by the program";
  if (dataset == kImageFolder) return "pictures of one's own, in --data-dir";
  return folder_of(dataset).value_or(
      fmt::format("not found; \"credence-bench download {}\" fetches it", dataset));
}

std::string contents(const std::string& dataset) {
  if (dataset == "cifar10") return "50000 + 10000 colour images of 32 x 32, 10 classes";
  if (dataset == kImageFolder) return "a folder for each class";
  return "60000 + 10000 grey images of 28 x 28, 10 classes";
}

// "NAME", and its text in lines of up to 88 characters beneath.
std::string entry_text(const std::string& name, const std::string& text) {
  constexpr std::size_t kWidth = 88;
  std::string result = name + '\n';
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.size();
    if (end - begin > kWidth) end = text.rfind(' ', begin + kWidth);
    if (end <= begin || end == std::string::npos) end = text.size();
    result += "    " + text.substr(begin, end - begin) + '\n';
    begin = end + 1;
  }
  return result;
}

}  // namespace

std::string models_listing() {
  std::vector<std::vector<std::string>> rows;
  for (const ModelEntry& entry : models()) {
    const nn::Summary frequentist = summary(entry, Family::frequentist);
    rows.push_back({entry.name, entry.image.to_string(), entry.dataset,
                    short_count(frequentist.parameters),
                    short_count(summary(entry, Family::bayesian).parameters),
                    short_count(frequentist.multiply_adds)});
  }
  return markdown_table({{"model"},
                         {"image"},
                         {"data set"},
                         {"parameters", MarkdownColumn::Align::right},
                         {"Bayesian form", MarkdownColumn::Align::right},
                         {"multiply-adds", MarkdownColumn::Align::right}},
                        rows) +
         "\n\"credence-bench summary NAME\" lists the layers of a model.\n";
}

std::string datasets_listing() {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : dataset_names()) {
    rows.push_back({name, contents(name), where(name)});
  }
  return markdown_table({{"data set"}, {"training + test"}, {"where"}}, rows);
}

std::string tasks_listing() {
  std::string text;
  for (const Task& task : tasks()) text += entry_text("--task " + task.name, task.help);
  return text;
}

std::string methods_listing() {
  std::string text = "For --task compare --methods NAMES, with commas between:\n\n";
  for (const MethodEntry& method : methods()) text += entry_text(method.name, method.help);
  return text;
}

}  // namespace credence::benchmarks
