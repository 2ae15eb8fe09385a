// Class labels as rows of targets, in which classes may have weights and labels may be smoothed.
#pragma once

#include "framework/core/tensor.hpp"

namespace credence {

/// How the classes of a cross-entropy count, as the arguments of torch.nn.CrossEntropyLoss.
struct ClassTargets {
  /// w [C], best on the device of the model; all 1 where undefined.
  Tensor class_weights{};
  /// ε in [0, 1]: the share of a label that is spread evenly over all classes (Szegedy et al. 2016,
  /// arXiv 1512.00567, section 7).
  double label_smoothing = 0;

  /// Whether they change nothing.
  bool plain() const { return !class_weights.defined() && label_smoothing == 0; }
};

/// The rows t [N, C] for labels int64 [N], of the type and on the device of `like` [N, C]:
///   t[n, c] = w_c ((1 − ε) [c = label_n] + ε / C),
/// so that −Σ_c t[n, c] log p[n, c] is the cross-entropy of row n. The device is not waited for: a
/// label outside [0, C) gives a row without a label there. Throws ShapeError where the shapes do
/// not fit, ValueError for an ε outside [0, 1] and, for labels on the CPU, for one outside [0, C);
/// `caller` begins the messages.
Tensor class_targets(const char* caller, const Tensor& labels, const Tensor& like,
                     const ClassTargets& settings = {});

}  // namespace credence
