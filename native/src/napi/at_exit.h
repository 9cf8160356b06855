#pragma once

#include <functional>

namespace ringlens {

/**
 * process.exit and an uncaught exception skip the clean-up hooks of Node-API: what still runs then, and would
 * leave something behind in the kernel (the tracer), ends in exit(3). Any thread; the latest goes first.
 */
void endAtExit(const void* owner, std::function<void()> end);
/** It has ended. */
void forgetAtExit(const void* owner);

}  // namespace ringlens
