#pragma once

#include <cstdint>

#include "tracer/selection.h"

namespace ringlens {

/** Name and process of a thread, from /proc; both empty when it has ended already. The id is not set. */
ThreadInfo lookUpThread(int32_t tid);

}  // namespace ringlens
