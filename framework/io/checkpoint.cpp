// Saving a module to safetensors and loading it, with tied tensors stored once.
#include "framework/io/checkpoint.hpp"

#include "framework/base/error.hpp"
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::io {
namespace {

// A tensor of a model with all its paths. The file gets the first.
struct Part {
  std::vector<std::string> names;
  Tensor tensor;
};

std::vector<std::string> all_names(const std::string& name, const std::vector<std::string>& more) {
  std::vector<std::string> names{name};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

std::vector<Part> parts_of(nn::Module& module) {
  std::vector<Part> parts;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    parts.push_back({all_names(p.name, p.other_names), p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(module)) {
    parts.push_back({all_names(b.name, b.other_names), *b.buffer});
  }
  return parts;
}

std::string describe(const Tensor& tensor) {
  return std::string(to_string(tensor.dtype())) + " " + tensor.shape().to_string();
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.bytes() == 0 || std::memcmp(a.raw_data(), b.raw_data(), a.bytes()) == 0);
}

// Whether `name` is one of the paths, or inside the part with that path.
bool is_under(const std::string& name, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return name == path || name.starts_with(path + '.');
  });
}

// One load: the file's tensors by the model's names, and what becomes of them.
class Loading {
 public:
  Loading(const std::filesystem::path& path, const SafeTensors& file, nn::Module& module,
          const LoadOptions& options)
      : path_(path.string()), file_(file), options_(options), parts_(parts_of(module)) {
    const SafeTensors own =
        options.rename ? renamed(path, file, options.rename) : SafeTensors{file.tensors, {}};
    for (std::size_t i = 0; i < own.tensors.size(); ++i) {
      by_name_.emplace(own.tensors[i].name, i);
      names_.push_back(own.tensors[i].name);
    }
    for (const Part& part : parts_) known_.insert(part.names.begin(), part.names.end());
  }

  LoadReport run() {
    require_paths(options_.skip);
    for (const Part& part : parts_) plan(part);
    const bool none = options_.partial && report_.taken.empty();
    if (!needed_.empty() && (none || !options_.partial)) refuse_missing();
    find_unused();
    if (none) fail("has no tensor that fits the model\n" + report_.to_string());
    for (const auto& [own, stored] : copies_) own.copy_from(stored);
    return std::move(report_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, what); }

  // A part's path that the model does not have is a mistake of the program.
  void require_paths(const std::vector<std::string>& paths) const {
    for (const std::string& path : paths) {
      if (std::none_of(known_.begin(), known_.end(),
                       [&](const std::string& name) { return is_under(name, {path}); })) {
        throw ValueError("[load_checkpoint] the model has no part \"" + path + "\" to skip");
      }
    }
  }

  // The name in the file, with the model's behind it where that is another.
  std::string shown(std::size_t index) const {
    const std::string& stored = file_.tensors[index].name;
    if (stored == names_[index]) return quoted_name(stored);
    return fmt::format("{} (renamed {})", quoted_name(stored), quoted_name(names_[index]));
  }

  void plan(const Part& own) {
    const std::string& name = own.names.front();
    if (std::any_of(own.names.begin(), own.names.end(),
                    [&](const std::string& one) { return is_under(one, options_.skip); })) {
      report_.skipped.push_back(name);
      return;
    }
    const std::optional<std::size_t> index = stored_for(own);
    if (!index) {
      const bool optional =
          std::any_of(own.names.begin(), own.names.end(),
                      [&](const std::string& one) { return options_.optional.contains(one); });
      if (!optional) needed_.push_back(&own);
      report_.missing.push_back(name);
      return;
    }
    const Tensor& stored = file_.tensors[*index].tensor;
    const bool type_fits =
        stored.dtype() == own.tensor.dtype() ||
        (options_.cast && is_floating(stored.dtype()) && is_floating(own.tensor.dtype()));
    const bool shape_fits = stored.shape() == own.tensor.shape();
    if (!type_fits || (!shape_fits && !options_.partial)) {
      fail(fmt::format("{} is {}, the model needs {}", shown(*index), describe(stored),
                       describe(own.tensor)));
    }
    if (!shape_fits) {
      report_.mismatches.push_back({name, stored.shape(), own.tensor.shape()});
      return;
    }
    copies_.emplace_back(own.tensor, converted(*index, own.tensor.dtype()));
    report_.taken.push_back(name);
  }

  // The index of the file's tensor for a part of the model.
  std::optional<std::size_t> stored_for(const Part& own) const {
    std::optional<std::size_t> chosen;
    for (const std::string& name : own.names) {
      const auto found = by_name_.find(name);
      if (found == by_name_.end()) continue;
      if (!chosen) {
        chosen = found->second;
      } else if (!same_bits(file_.tensors[*chosen].tensor, file_.tensors[found->second].tensor)) {
        fail(fmt::format("{} and {} differ, but are one tensor of the model", shown(*chosen),
                         shown(found->second)));
      }
    }
    return chosen;
  }

  // The file's tensor with the elements rounded to a floating-point type.
  Tensor converted(std::size_t index, DType dtype) const {
    const Tensor& stored = file_.tensors[index].tensor;
    if (stored.dtype() == DType::float64 && dtype == DType::float32) {
      const double* const elements = stored.data<double>();
      const double* const end = elements + stored.numel();
      const double* const over = std::find_if(elements, end, [](double x) {
        return std::isfinite(x) && std::isinf(static_cast<float>(x));
      });
      if (over != end) {
        fail(fmt::format("element {} of {} is {}, which is too large for the model's float32",
                         over - elements, shown(index), *over));
      }
    }
    return stored.to(dtype);
  }

  void find_unused() {
    const std::vector<std::string> own_names(known_.begin(), known_.end());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const std::string& name = names_[i];
      if (known_.contains(name) || name.ends_with(".num_batches_tracked")) continue;
      if (!options_.partial) {
        fail(fmt::format("{} is not part of the model; the model's nearest names are {}", shown(i),
                         nearest_names_text(name, own_names)));
      }
      report_.unused.push_back(file_.tensors[i].name);
    }
  }

  // Names that the model does not have come first: they are what the missing one may be called.
  std::string nearest_to(const std::string& name) const {
    std::vector<std::string> free;
    for (const std::string& stored : names_) {
      if (!known_.contains(stored)) free.push_back(stored);
    }
    const std::vector<std::string>& candidates = free.empty() ? names_ : free;
    std::string text;
    for (const std::size_t found : nearest_names(name, candidates)) {
      const std::size_t index = by_name_.at(candidates[found]);
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", shown(index),
                          file_.tensors[index].tensor.shape().to_string());
    }
    return text.empty() ? "the file has no tensors" : "the file's nearest names are " + text;
  }

  [[noreturn]] void refuse_missing() const {
    const Part& first = *needed_.front();
    const std::string others =
        needed_.size() > 1 ? fmt::format(", nor {} others", needed_.size() - 1) : "";
    fail(fmt::format("has no tensor \"{}\", which the model needs ({}){}; {}", first.names.front(),
                     describe(first.tensor), others, nearest_to(first.names.front())));
  }

  std::string path_;
  const SafeTensors& file_;
  const LoadOptions& options_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;              // of the file's tensors, renamed
  std::map<std::string, std::size_t> by_name_;  // their indices
  std::set<std::string> known_;                 // all paths of the model
  std::vector<const Part*> needed_;             // that the file lacks and may not lack
  std::vector<std::pair<Tensor, Tensor>> copies_;
  LoadReport report_;
};

}  // namespace

void save_checkpoint(const std::filesystem::path& path, nn::Module& module,
                     const std::map<std::string, std::string>& metadata) {
  std::vector<NamedTensor> state;
  for (const Part& part : parts_of(module)) state.push_back({part.names.front(), part.tensor});
  save_safetensors(path, state, metadata);
}

LoadReport load_checkpoint(const std::filesystem::path& path, nn::Module& module,
                           const LoadOptions& options) {
  return load_checkpoint(path, load_safetensors(path), module, options);
}

LoadReport load_checkpoint(const std::filesystem::path& path, const SafeTensors& file,
                           nn::Module& module, const LoadOptions& options) {
  return Loading(path, file, module, options).run();
}

SafeTensors renamed(const std::filesystem::path& path, const SafeTensors& file,
                    const Rename& rename) {
  SafeTensors result{{}, file.metadata};
  std::map<std::string, const std::string*> taken;  // the file's name by the new one
  for (const NamedTensor& stored : file.tensors) {
    const std::string& name =
        result.tensors.emplace_back(NamedTensor{rename(stored.name), stored.tensor}).name;
    const auto [other, is_new] = taken.emplace(name, &stored.name);
    if (is_new) continue;
    throw FileError(path.string(), fmt::format("{} and {} both become {} by the key map",
                                               quoted_name(*other->second),
                                               quoted_name(stored.name), quoted_name(name)));
  }
  return result;
}

std::string LoadReport::to_string() const {
  std::string text;
  const auto line = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{}: {}\n", what, fmt::join(names, ", "));
  };
  line("taken from the file", taken);
  line("not in the file", missing);
  line("left as they were", skipped);
  std::vector<std::string> shapes;
  for (const Mismatch& mismatch : mismatches) {
    shapes.push_back(fmt::format("{} {} (in the file {})", mismatch.name,
                                 mismatch.expected.to_string(), mismatch.stored.to_string()));
  }
  line("of another shape in the file", shapes);
  line("of the file not used", unused);
  return text;
}

}  // namespace credence::io
