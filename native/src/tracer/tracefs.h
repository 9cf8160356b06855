#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"

namespace ringlens {

/**
 * The kernel's tracing file system: where it is mounted, or, where it is mounted nowhere and we may, a mount
 * of our own that no path leads to and that goes away with this object (fsopen(2), fsmount(2)), so that
 * nothing on the machine changes.
 */
class TraceFs {
 public:
  /** Throws Failure when tracefs can't be reached; the sentence says why and what to type. */
  static std::shared_ptr<TraceFs> open();

  /** Path of a file in it. */
  std::string path(const std::string& relative) const { return root_ + "/" + relative; }
  /** nullopt when it can't be read. */
  std::optional<std::string> read(const std::string& relative) const;
  /** The text of events/`event`/format. */
  std::optional<std::string> readFormat(const std::string& event) const {
    return read("events/" + event + "/format");
  }

 private:
  TraceFs(std::string root, Fd mount) : root_(std::move(root)), mount_(std::move(mount)) {}

  const std::string root_;
  const Fd mount_;  // none when it was mounted already
};

/** Whole content of a small file; nullopt when it can't be read. */
std::optional<std::string> readSmallFile(const std::string& path);
/** Returns 0 or the errno. */
int writeSmallFile(const std::string& path, const std::string& text);

}  // namespace ringlens
