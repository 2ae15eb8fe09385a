// Methods as safetensors files.
//
// A file holds the tensors of the method's model under their paths ("conv1.weight"), those of the
// method itself under "method.NAME", and in the metadata "method", its name, and "method.NAME" for
// its texts and numbers. A part of a method, such as a member of an ensemble, has the same under
// its own prefix: "member1.conv1.weight". A file without "method" is a plain checkpoint, which is
// read as TrainedNetwork.
#pragma once

#include "bayes/methods/method.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace credence::bayes {

/// Collects what a file of a method is to hold.
class MethodWriter {
 public:
  explicit MethodWriter(io::SafeTensors& file, std::string prefix = {});
  /// The model's parameters and buffers.
  void model(nn::Module& model);
  void tensor(const std::string& name, const Tensor& tensor);
  void text(const std::string& name, const std::string& value);
  /// A number, so that reading it gives the same bits.
  void number(const std::string& name, double value);
  void integer(const std::string& name, std::int64_t value);
  /// The source of the method's own randomness, of which it has one.
  void generator(const Generator& generator);
  /// A method inside this one.
  void part(const std::string& name, const Method& method);

 private:
  io::SafeTensors& file_;
  std::string prefix_;
};

/// Makes a new model of the architecture that a file is of, on the device where it is to run.
using MakeModel = std::function<std::unique_ptr<nn::Module>()>;

class MethodReader;
/// Makes a method from its part of a file.
using ReadMethod = std::function<std::unique_ptr<Method>(const MethodReader&)>;

/// Gives a method what its file holds. Functions throw FileError that names the file and what it
/// lacks.
class MethodReader {
 public:
  MethodReader(std::filesystem::path path, const io::SafeTensors& file, MakeModel make,
               std::map<std::string, ReadMethod> methods, std::string prefix = {});
  /// A new model with the parameters and buffers of the file.
  std::shared_ptr<nn::Module> model() const;
  /// On the CPU.
  const Tensor& tensor(const std::string& name) const;
  /// The same; null where there is none.
  const Tensor* find(const std::string& name) const;
  std::string text(const std::string& name) const;
  double number(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  /// What MethodWriter::generator wrote.
  Generator generator() const;
  /// The method inside this one; of the whole file with the empty name.
  std::unique_ptr<Method> part(const std::string& name) const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::filesystem::path path_;
  const io::SafeTensors& file_;
  MakeModel make_;
  std::map<std::string, ReadMethod> methods_;
  std::string prefix_;
};

/// The reading functions of the library's methods by name.
const std::map<std::string, ReadMethod>& method_readers();

/// Writes the method to a file, with further metadata of the program's own. Throws as
/// io::save_safetensors does.
void save_method(const std::filesystem::path& path, const Method& method,
                 const std::map<std::string, std::string>& metadata = {});

/// Reads a method. `own` are reading functions of a program's own methods by name. Throws FileError
/// that names the file where it is none of a known method or of another model.
std::unique_ptr<Method> load_method(const std::filesystem::path& path, const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own = {});
/// The same for a file that load_safetensors has read from `path`.
std::unique_ptr<Method> load_method(const std::filesystem::path& path, const io::SafeTensors& file,
                                    const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own = {});

/// The tensors of the first network in a file, under their paths in the model: those of a plain
/// checkpoint, of a method's model, of an ensemble's first member. The metadata are the file's.
io::SafeTensors first_network(const io::SafeTensors& file);

}  // namespace credence::bayes
