// The opposite of NoGrad, for code that needs gradients whatever its caller does.
#pragma once

namespace credence {

/// While an EnableGrad object is alive, ops on its thread build graphs, also inside a NoGrad (as
/// torch.enable_grad).
class EnableGrad {
 public:
  EnableGrad();
  ~EnableGrad();
  EnableGrad(const EnableGrad&) = delete;
  EnableGrad& operator=(const EnableGrad&) = delete;

 private:
  bool previous_;
};

}  // namespace credence
