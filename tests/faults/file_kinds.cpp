// Small files of each kind.
#include "tests/faults/file_kinds.hpp"

#include "bayes/layers/layers.hpp"
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/onnx.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "benchmarks/common/canvas.hpp"
#include "data/byte_reader.hpp"
#include "data/csv.hpp"
#include "data/idx.hpp"
#include "data/image_folder.hpp"
#include "data/npy.hpp"
#include "data/npz.hpp"
#include "data/tar.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/io/input_file.hpp"
#include "framework/nn/layers.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/run_log.hpp"
#include "framework/train/run_state.hpp"
#include "framework/train/tensorboard_log.hpp"
#include "tests/data/packing.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cstring>
#include <memory>
#include <utility>

namespace credence::test {
namespace {

namespace fs = std::filesystem;

nn::Linear net(int version) {
  return nn::Linear(4, 3, nn::LinearOptions{}, Generator(static_cast<std::uint64_t>(version)));
}

std::shared_ptr<nn::Module> bayesian_net(int version) {
  return std::make_shared<bayes::BayesianLinear>(4, 3, nn::LinearOptions{}, bayes::Gaussian{},
                                                 Generator(static_cast<std::uint64_t>(version)));
}

std::string bytes_of(const Tensor& tensor) {
  std::string bytes = tensor.shape().to_string();
  bytes.append(reinterpret_cast<const char*>(tensor.raw_data()), tensor.bytes());
  return bytes;
}

std::string values_of(nn::Module& module) {
  std::string bytes;
  for (const nn::NamedParameter& p : nn::parameters(module))
    bytes += bytes_of(p.parameter->value());
  return bytes;
}

void write_checkpoint(const fs::path& folder, int version) {
  nn::Linear model = net(version);
  io::save_checkpoint(folder / "model.safetensors", model, {{"version", std::to_string(version)}});
}

void write_state(const fs::path& folder, int version) {
  nn::Linear model = net(version);
  const std::unique_ptr<optim::Optimizer> optimizer =
      optim::make_optimizer(model, optim::Adam{}, {});
  const train::RunState state{.epochs = 3, .batches = 2, .epoch = version};
  const io::SafeTensors tensors = train::to_tensors(state, model, *optimizer);
  io::save_safetensors(folder / "run.state.safetensors", tensors.tensors, tensors.metadata);
}

void write_method(const fs::path& folder, int version) {
  std::vector<std::unique_ptr<bayes::Method>> members;
  for (int member = 0; member < 2; ++member) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(bayesian_net(version + member)));
  }
  bayes::save_method(folder / "method.safetensors", bayes::DeepEnsemble(std::move(members)));
}

void write_onnx(const fs::path& folder, int version) {
  bayes::to_onnx(*bayesian_net(version), {.input = {4}, .form = bayes::OnnxForm::sample})
      .save(folder / "net.onnx");
}

// Records with the same times each time.
void write_log(const fs::path& folder, int version) {
  train::RunLog log(folder / "log");
  nn::Linear model = net(1);
  for (std::int64_t step = 0; step < 2 + version; ++step) {
    log.report_step(model, {.position = {}, .epoch = step, .samples = 4, .loss = 0.5 / version});
  }
  log.report_epoch(model, {.epoch = version, .epochs = 3, .loss = 0.25});
}

std::vector<std::size_t> line_ends(const std::string& bytes) {
  std::vector<std::size_t> ends{0};
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\n') ends.push_back(at + 1);
  }
  return ends;
}

// The events have times of their own, so that a version is known by its number of records alone.
void write_events(const fs::path& folder, int version) {
  train::TensorBoardLog log(folder);
  nn::Linear model = net(1);
  for (std::int64_t step = 0; step < version; ++step) {
    log.report_step(model, {.position = {}, .epoch = step, .samples = 4, .loss = 0.5});
  }
}

// A record: the length of its data in 8 bytes, their checksum, the data, and their checksum.
std::vector<std::size_t> event_ends(const std::string& bytes) {
  std::vector<std::size_t> ends{0};
  std::size_t at = 0;
  while (at + 12 <= bytes.size()) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    at += 16 + length;
    ends.push_back(at);
  }
  return ends;
}

void write_figure(const fs::path& folder, int version) {
  benchmarks::write_figure(folder / "curve", 40, 30, [&](const benchmarks::Canvas& canvas) {
    canvas.rectangle(5, 5, 10 * version, 20, benchmarks::kBlue);
  });
}

std::string text_of(const std::vector<NamedTensor>& tensors) {
  std::string text;
  for (const NamedTensor& tensor : tensors) text += tensor.name + bytes_of(tensor.tensor);
  return text;
}

std::string idx_labels() {
  std::string bytes("\0\0\x08\x01\0\0\x08\0", 8);
  for (int i = 0; i < 2048; ++i) bytes += static_cast<char>(i % 10);
  return bytes;
}

std::string archive() {
  return tar_entry("folder/one", std::string(700, '1')) +
         tar_entry("folder/two", std::string(30, '2')) + tar_end();
}

std::string read_archive(const fs::path& path) {
  data::ByteReader reader(path, "an archive");
  data::TarReader tar(reader);
  std::string text;
  while (const auto entry = tar.next()) {
    std::string contents(entry->size, '\0');
    tar.read(contents.data(), contents.size());
    text += std::string(entry->name) + contents;
  }
  return text;
}

ReadFile plain(std::string name, std::string bytes,
               std::function<std::string(const fs::path& file)> read) {
  return {
      .name = std::move(name),
      .make = [bytes = std::move(bytes)](
                  const fs::path& folder) { io::write_file_atomically(folder / "file", bytes); },
      .read = [read = std::move(read)](const fs::path& folder) { return read(folder / "file"); }};
}

void make_pictures(const fs::path& folder) {
  for (const std::string name : {"cat/1.png", "cat/2.png", "dog/1.png"}) {
    fs::create_directories((folder / name).parent_path());
    const Png picture{.width = 2, .height = 2, .colour = PngColour::grey, .samples = "abcd"};
    io::write_file_atomically(folder / name, png_file(picture));
  }
}

std::string csv_text(const fs::path& file) { return bytes_of(data::read_csv(file).values); }
std::string npy_text(const fs::path& file) { return bytes_of(data::read_npy(file)); }
std::string idx_text(const fs::path& file) { return bytes_of(data::read_idx(file)); }

}  // namespace

std::vector<WrittenFile> written_files() {
  return {
      {"checkpoint", write_checkpoint},
      {"run state", write_state},
      {"method", write_method},
      {"JSON results",
       [](const fs::path& folder, int version) {
         io::write_file_atomically(folder / "results.json",
                                   "{\"version\": " + std::to_string(version) + "}\n");
       }},
      {"ONNX", write_onnx},
      {"figure (PNG and SVG)", write_figure},
      {"NPY",
       [](const fs::path& folder, int version) {
         data::write_npy(folder / "array.npy", Tensor::full({5, version}, version));
       }},
      {"log (CSV and JSON lines)", write_log, line_ends},
      {"event file", write_events, event_ends},
  };
}

std::vector<ReadFile> read_files() {
  const auto first_version = [](const auto& write) {
    return [write](const fs::path& folder) { write(folder, 1); };
  };
  return {
      {"checkpoint", first_version(write_checkpoint),
       [](const fs::path& folder) {
         nn::Linear model = net(7);
         io::load_checkpoint(folder / "model.safetensors", model);
         return values_of(model);
       }},
      {"run state", first_version(write_state),
       [](const fs::path& folder) {
         return text_of(io::load_safetensors(folder / "run.state.safetensors").tensors);
       }},
      {"method", first_version(write_method),
       [](const fs::path& folder) {
         bayes::load_method(folder / "method.safetensors", [] {
           return std::make_unique<bayes::BayesianLinear>(4, 3, nn::LinearOptions{},
                                                          bayes::Gaussian{}, Generator(9));
         });
         return std::string("read");
       }},
      plain("JSON results", "{\"a\": 1}\n",
            [](const fs::path& file) { return io::read_file(file, "results"); }),
      plain("CSV", "a,b\n1,2\n3,4\n", csv_text),
      plain("CSV in gzip", gzip("a,b\n1,2\n3,4\n"), csv_text),
      plain("idx", idx_labels(), idx_text),
      plain("idx in gzip", gzip(idx_labels()), idx_text),
      plain("tar", archive(), read_archive),
      plain("tar in gzip, in two streams",
            gzip(archive().substr(0, 900)) + gzip(archive().substr(900)), read_archive),
      {"NPY",
       [](const fs::path& folder) {
         data::write_npy(folder / "file", Tensor::full({5, 7}, 3));
       },
       [](const fs::path& folder) { return npy_text(folder / "file"); }},
      plain("NPZ", read_file(fs::path(CREDENCE_TEST_REFERENCE) / "numpy" / "deflated.npz"),
            [](const fs::path& file) { return text_of(data::read_npz(file)); }),
      {"folder of pictures", make_pictures,
       [](const fs::path& folder) {
         return bytes_of(
             data::image_folder(folder, {.height = 2, .width = 2, .channels = 1}).inputs);
       }},
  };
}

}  // namespace credence::test
