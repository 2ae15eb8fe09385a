// The sums of an epoch. They are added up on the model's device, so that no step waits for it.
#pragma once

#include "framework/train/monitor.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace credence::train {

/// The loss and the monitors of the batches so far, in double precision.
class RunningSums {
 public:
  /// What the sums are, on the host.
  struct Totals {
    double loss = 0;   ///< Σ n · loss
    double check = 0;  ///< what check() holds
    std::vector<MonitorSum> monitors{};
  };

  /// `caller` begins the messages of errors, such as "fit".
  explicit RunningSums(std::string caller) : caller_(std::move(caller)) {}

  /// Starts from these sums. Memory on the device stays the same, as a recorded step writes there.
  void start(const Totals& begun);
  /// Adds the mean loss of a batch, a scalar, multiplied by the batch's number of samples, and its
  /// monitors by their rules. `share` is the share that these samples are of a batch of which other
  /// processes have the rest; with 0 they count for nothing. This is work on the loss's device.
  /// Throws Error where the names or rules differ from those of the first batch, a name is not
  /// usable, or a monitor's tensors are not like the loss.
  void add(const Tensor& loss, const std::vector<Monitor>& monitors, std::int64_t samples,
           double share = 1);
  /// Adds a scalar to check(), such as one that is finite where all numbers of a batch are.
  void add_check(const Tensor& scalar);
  /// A float64 [1] beside the sums for a number of the caller's, who writes it by work on the
  /// device; read() reads it with the sums. There is none before the first add().
  Tensor check() const;
  /// float64 [2]: the check, and the sum of the losses.
  Tensor check_and_loss() const;
  /// The sums so far, over so many samples. On a device this waits for the work. Throws ValueError
  /// with Monitor::if_nan.
  Totals read(std::int64_t samples) const;

 private:
  struct Listed {
    MonitorSum sum;
    bool own_divisor = false;
    std::string if_nan{};
  };

  void list(const std::vector<Monitor>& monitors);
  void require_listed(const std::vector<Monitor>& monitors) const;
  void write_begun(Device device);

  std::string caller_;
  Totals begun_;
  std::vector<Listed> listed_;
  Tensor totals_;  ///< float64 [2 + 2M]: check, loss, M totals, M divisors
};

}  // namespace credence::train
