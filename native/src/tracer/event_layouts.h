#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tracer/format.h"
#include "tracer/kernel_event.h"

namespace ringlens {

/** Where one tracepoint is found in tracefs and in the trace. */
struct Tracepoint {
  EventType type;
  std::string path;  // below events/: "io_uring/io_uring_complete"
  uint16_t id;
  bool hasContext;  // it can be filtered by ctx
};

/**
 * The tracepoints that this kernel has, and how to decode their records. A tracepoint or a field that the
 * kernel lacks is left out (its value stays 0) and named in `missing()`.
 */
class EventLayouts {
 public:
  /** `readFormat("io_uring/io_uring_complete")` gives the text of its format file, nullopt when there is
   * none. */
  using FormatReader = std::function<std::optional<std::string>(const std::string& path)>;
  explicit EventLayouts(const FormatReader& readFormat);

  const std::vector<Tracepoint>& tracepoints() const { return tracepoints_; }
  const std::vector<std::string>& missing() const { return missing_; }
  bool has(EventType type) const { return (present_ & bitOf(type)) != 0; }

  /** Decodes one record, which begins with common_type. False for a tracepoint that is not ours or a torn
   * record. */
  bool decode(const uint8_t* record, size_t bytes, KernelEvent* out) const;

 private:
  enum class Slot : uint8_t { kCtx, kReq, kUserData, kFlags, kRes, kA, kB };
  static constexpr size_t kSlots = static_cast<size_t>(Slot::kB) + 1;
  struct FieldSpec {
    const char* name;
    Slot slot;
  };
  struct EventSpec {
    EventType type;
    std::array<const char*, 2> paths;  // the second is the name on other kernels; nullptr: none
    std::array<FieldSpec, 7> fields;   // ends at a nullptr name
  };
  struct Step {
    uint16_t offset;
    uint8_t size;
    bool isSigned;
    Slot slot;
  };
  struct Layout {
    EventType type;
    std::vector<Step> steps;
    size_t bytes = 0;  // a record is at least this long
  };
  static const std::array<EventSpec, kTracepoints> kSpecs;

  void add(const EventSpec& spec, const std::string& path, const EventFormat& format);

  std::vector<Tracepoint> tracepoints_;
  std::vector<std::string> missing_;
  std::vector<Layout> layouts_;
  std::vector<int16_t> byId_;  // common_type → index in layouts_, -1: not ours
  uint16_t typeOffset_ = 0;
  uint16_t pidOffset_ = 4;
  uint32_t present_ = 0;
};

}  // namespace ringlens
