#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringlens {

/** One field of a tracepoint record, as its format file states it. */
struct FormatField {
  std::string name;
  uint16_t offset = 0;
  uint16_t size = 0;
  bool isSigned = false;
};

/**
 * Layout of one tracepoint's record. Tracepoints are no ABI (io_uring_complete alone has had four layouts),
 * so offsets come from the running kernel and from nowhere else. Example of a line:
 *
 *     field:unsigned long long user_data;	offset:24;	size:8;	signed:0;
 *
 * Source: Documentation/trace/events.rst, "Event formats"; kernel/trace/trace_events.c: f_show.
 */
struct EventFormat {
  std::string name;
  uint16_t id = 0;
  std::vector<FormatField> fields;  // the common_ ones too

  const FormatField* find(std::string_view field) const;
};

/** nullopt when the text is no format file. */
std::optional<EventFormat> parseFormat(std::string_view text);

}  // namespace ringlens
