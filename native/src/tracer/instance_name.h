#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringlens {

/**
 * Name of a private tracefs instance, from which another ringlens can tell that its owner is gone:
 *
 *     ringlens-<pid>-<start time of that pid, from /proc/PID/stat>-<count>
 */
std::string newInstanceName();

/** True for a name of ours whose process has ended (or whose pid belongs to another process now). */
bool isStaleInstance(std::string_view name);

}  // namespace ringlens
