// What every method of approximate Bayesian inference offers: predictions by several functions.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/function_ref.hpp"
#include "framework/group/group.hpp"
#include "framework/train/batch.hpp"

#include <cstdint>
#include <string>

namespace credence::bayes {

class MethodWriter;

/// The outputs of one function for one batch. The references are valid during the call that
/// receives it.
struct PassOutputs {
  std::int64_t pass;          ///< the function, from 0
  std::int64_t batch_number;  ///< in the source, from 0
  const train::Batch& batch;
  const Variable& outputs;  ///< [N, …], without a graph, on the model's device
};

/// A distribution over functions, which a method of approximate Bayesian inference has made from
/// training data. A prediction is the average over S functions drawn from it. bayes/methods has
/// the library's; metrics, reports and programs take any of them. A program's own method is a
/// subclass.
class Method {
 public:
  virtual ~Method() = default;
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  /// The method's name in files, tables and options: "swag".
  virtual std::string name() const = 0;

  /// The number of functions that for_each_pass takes where `samples` are asked for: as many, or
  /// fewer where the method has no more, or as many for each member of an ensemble. At least 1.
  /// `samples` = 0 asks for one function without a draw, such as the posterior's mean.
  virtual std::int64_t passes(std::int64_t samples) const = 0;

  /// Calls receive() once for each of passes(samples) functions and each batch of epoch 0 of the
  /// source. For one function the batches come in their order, and for one batch the functions do;
  /// which of the two changes faster is the method's choice. The functions, or the noise of a
  /// method that draws noise, are the same at each call, and the noise of later training is
  /// unaffected. Throws ValueError for samples < 0.
  virtual void for_each_pass(train::BatchSource& source, std::int64_t samples,
                             FunctionRef<void(const PassOutputs&)> receive) = 0;

  /// The same for the functions of a range, with the outputs that for_each_pass gives. By default
  /// all are computed, and those of the others dropped.
  virtual void for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                               FunctionRef<void(const PassOutputs&)> receive);

  /// Throws ValueError that names the tensor where a tensor of the method is not finite. The
  /// message begins with [operation].
  virtual void require_finite(const char* operation) const = 0;

  /// Gives the writer all that the method's predictions depend on (see stored_method.hpp).
  virtual void save(MethodWriter& writer) const = 0;

 protected:
  Method() = default;
};

/// The same for one batch of inputs [N, …] without targets.
void for_each_pass(Method& method, const Tensor& inputs, std::int64_t samples,
                   FunctionRef<void(const PassOutputs&)> receive);

/// Likewise for the functions of a range (see Method::for_some_passes).
void for_some_passes(Method& method, PartRange range, const Tensor& inputs, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive);

/// The outputs of all functions for inputs [N, …], [S, N, …] with S = method.passes(samples), on
/// the CPU.
Tensor predictive(Method& method, const Tensor& inputs, std::int64_t samples = 15);

/// The same, with the functions spread over the ranks of a group and gathered on each: the outputs
/// are those of one process, up to the rounding of kernels that depend on the number of functions
/// computed together.
Tensor predictive(Method& method, const Tensor& inputs, std::int64_t samples, Group& group);

/// The rows of all ranks, in the order of ranks, on the CPU. A rank without rows passes an
/// undefined tensor; the extents of the other dimensions are the same on all others.
Tensor gather_rows(Group& group, const Tensor& own);

/// Throws ValueError for a negative number of samples, else returns it.
std::int64_t checked_samples(std::int64_t samples);

}  // namespace credence::bayes
