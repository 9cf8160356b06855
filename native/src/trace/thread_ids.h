#pragma once

#include <cstdint>

namespace ringlens {

/** Dictionary ids of the threads that write events. */
inline constexpr uint16_t kReactorThreadId = 1;
inline constexpr uint16_t kLoadThreadId = 2;

}  // namespace ringlens
