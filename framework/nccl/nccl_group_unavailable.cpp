// The group of a build without NCCL: sums of devices go through the host's memory.
#include "framework/nccl/nccl_group.hpp"

namespace credence::nccl {

std::unique_ptr<Group> over(std::unique_ptr<Group> host, const Options& /*options*/) {
  return host;
}

}  // namespace credence::nccl
