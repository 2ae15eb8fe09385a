// The methods that task compare knows by name, and what it gives them to train with. Each is one
// file of benchmarks/driver/methods, with all that differs from method to method.
#pragma once

#include "bayes/methods/method.hpp"
#include "benchmarks/driver/pretrained.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// A network of a comparison, which several methods may share.
struct SharedNetwork {
  std::shared_ptr<nn::Module> module;
  nn::Activation activation;
  FamilyResult result;
};

/// Gets a network before its training, and the settings of the training after all else is set.
using Adapt =
    std::function<void(const std::shared_ptr<nn::Module>& network, train::FitOptions& fit)>;

/// Trains networks with the options of a run.
class Comparison {
 public:
  Comparison(const Options& options, const Parts& parts) : options_(options), parts_(parts) {}

  const Options& options() const { return options_; }
  /// The network of a family as the tasks of both families train it. `member` counts from 0: number
  /// 0 has the run's seed, the next one the next seed, and so on. Each is trained once, whichever
  /// methods ask for it. Throws as run_trial does.
  const SharedNetwork& network(Family family, std::int64_t member = 0);

  /// The first `count` members, which several ranks may share: each trains some alone, and all
  /// ranks then have the weights of all.
  std::vector<const SharedNetwork*> members(Family family, std::int64_t count);

  /// A network that is trained in a way of its own. `trial` needs a name.
  SharedNetwork train(Trial trial, const Adapt& adapt) { return run(std::move(trial), adapt, 0); }

  /// A network with dropout of this probability, of a model that takes it.
  SharedNetwork train_with_dropout(Trial trial, double dropout) {
    return run(std::move(trial), nullptr, dropout);
  }

  /// Epochs and learning rate of the family, for a trial with a name.
  Trial trial(Family family, const std::string& name) const;

  /// The training images in their order, without augmentation, for what follows training.
  data::Loader training_images() const;

  /// The source of a method's own randomness.
  Generator generator(const std::string& method) const;

 private:
  SharedNetwork run(Trial trial, const Adapt& adapt, double dropout);
  SharedNetwork untrained(Family family, std::int64_t member) const;

  const Options& options_;
  const Parts& parts_;
  std::map<std::pair<Family, std::int64_t>, SharedNetwork> networks_;
};

/// Counts the seconds since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The name of the trial in which Comparison::network trains.
std::string network_trial(const Options& options, Family family, std::int64_t member);

/// A method after its training.
struct MethodRun {
  std::unique_ptr<bayes::Method> method;
  double training_seconds = 0;  ///< of all that it needs, as if it were alone
  nn::Activation activation = nn::Activation::relu();
  std::map<std::string, std::string> metadata{};  ///< that its file needs beside the model's
  std::shared_ptr<nn::Module> keeps{};  ///< a model that the method refers to without owning it
};

struct MethodEntry {
  std::string name;  ///< "swag"
  std::string help;  ///< "stochastic weight averaging with a Gaussian (Maddox et al. 2019)"
  Family family;     ///< of its model's layers
  /// bayes::Method::name of what it makes; empty where that is the same.
  std::string stored{};
  bool dropout = false;  ///< whether its model has to take dropout
  /// The names of its trials, as their state files have them; empty for one with the method's name.
  std::function<std::vector<std::string>(const Options&)> trials{};
  std::function<MethodRun(Comparison&)> run;
};

/// All methods. The list is in benchmarks/driver/meson.build.
const std::vector<MethodEntry>& methods();
std::vector<std::string> method_names();

/// Throws ValueError for an unknown name.
const MethodEntry& method_named(const std::string& name);

/// The number of members of an ensemble where the options name none.
inline constexpr std::int64_t kMembers = 2;
std::int64_t members_of(const Options& options);

}  // namespace credence::benchmarks
