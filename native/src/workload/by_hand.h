#pragma once

#include <cstdint>

#include "workload/debug.generated.h"

namespace ringlens {

/** Something done by hand: to which bid or slot, with which number. */
struct ByHand {
  HandAction action;
  uint32_t target;
  uint32_t value;
};

}  // namespace ringlens
