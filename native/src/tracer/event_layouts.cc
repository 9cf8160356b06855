#include "tracer/event_layouts.h"

#include <algorithm>
#include <cstring>

namespace ringlens {
namespace {

template <typename T>
uint64_t loadAs(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<uint64_t>(value);  // a signed one is extended
}

/** One field, in the byte order of this machine, as the kernel wrote it. A copy of fixed size is one
 * instruction. */
uint64_t load(const uint8_t* from, uint8_t size, bool isSigned) {
  switch (size) {
    case 8: return loadAs<uint64_t>(from);
    case 4: return isSigned ? loadAs<int32_t>(from) : loadAs<uint32_t>(from);
    case 2: return isSigned ? loadAs<int16_t>(from) : loadAs<uint16_t>(from);
    default: return isSigned ? loadAs<int8_t>(from) : loadAs<uint8_t>(from);
  }
}

}  // namespace

// Field names: include/trace/events/io_uring.h of Linux 6.1 and 6.18, include/trace/events/sched.h. The text
// of the opcode (op_str) is never read: it is empty on 6.1.
const std::array<EventLayouts::EventSpec, kTracepoints> EventLayouts::kSpecs = {{
    {EventType::kSubmit,
     {"io_uring/io_uring_submit_req", "io_uring/io_uring_submit_sqe"},
     {{{"ctx", Slot::kCtx},
       {"req", Slot::kReq},
       {"user_data", Slot::kUserData},
       {"opcode", Slot::kA},
       {"flags", Slot::kFlags}}}},
    {EventType::kFileGet,
     {"io_uring/io_uring_file_get", nullptr},
     {{{"ctx", Slot::kCtx}, {"req", Slot::kReq}, {"user_data", Slot::kUserData}, {"fd", Slot::kRes}}}},
    {EventType::kPollArm,
     {"io_uring/io_uring_poll_arm", nullptr},
     {{{"ctx", Slot::kCtx},
       {"req", Slot::kReq},
       {"user_data", Slot::kUserData},
       {"mask", Slot::kA},
       {"events", Slot::kB}}}},
    {EventType::kTaskAdd,
     {"io_uring/io_uring_task_add", nullptr},
     {{{"ctx", Slot::kCtx}, {"req", Slot::kReq}, {"user_data", Slot::kUserData}, {"mask", Slot::kA}}}},
    {EventType::kComplete,
     {"io_uring/io_uring_complete", nullptr},
     {{{"ctx", Slot::kCtx},
       {"req", Slot::kReq},
       {"user_data", Slot::kUserData},
       {"res", Slot::kRes},
       {"cflags", Slot::kFlags}}}},
    {EventType::kCqeOverflow,
     {"io_uring/io_uring_cqe_overflow", nullptr},
     {{{"ctx", Slot::kCtx}, {"user_data", Slot::kUserData}, {"res", Slot::kRes}, {"cflags", Slot::kFlags}}}},
    {EventType::kTaskWorkRun,
     {"io_uring/io_uring_task_work_run", nullptr},
     {{{"tctx", Slot::kReq}, {"count", Slot::kA}}}},
    {EventType::kLocalWorkRun,
     {"io_uring/io_uring_local_work_run", nullptr},
     {{{"ctx", Slot::kCtx}, {"count", Slot::kA}}}},
    {EventType::kCqringWait,
     {"io_uring/io_uring_cqring_wait", nullptr},
     {{{"ctx", Slot::kCtx}, {"min_events", Slot::kA}}}},
    {EventType::kReqFailed,
     {"io_uring/io_uring_req_failed", nullptr},
     {{{"ctx", Slot::kCtx},
       {"req", Slot::kReq},
       {"user_data", Slot::kUserData},
       {"error", Slot::kRes},
       {"flags", Slot::kFlags},
       {"opcode", Slot::kA},
       {"buf_index", Slot::kB}}}},
    {EventType::kCreate,
     {"io_uring/io_uring_create", nullptr},
     {{{"ctx", Slot::kCtx},
       {"fd", Slot::kRes},
       {"flags", Slot::kFlags},
       {"sq_entries", Slot::kA},
       {"cq_entries", Slot::kB}}}},
    {EventType::kRegister,
     {"io_uring/io_uring_register", nullptr},
     {{{"ctx", Slot::kCtx}, {"opcode", Slot::kA}, {"ret", Slot::kRes}}}},
    {EventType::kFork,
     {"sched/sched_process_fork", nullptr},
     {{{"parent_pid", Slot::kRes}, {"child_pid", Slot::kA}}}},
}};

EventLayouts::EventLayouts(const FormatReader& readFormat) {
  for (const EventSpec& spec : kSpecs) {
    bool found = false;
    for (const char* path : spec.paths) {
      if (path == nullptr || found) continue;
      const auto text = readFormat(path);
      const auto format = text ? parseFormat(*text) : std::nullopt;
      if (!format) continue;
      add(spec, path, *format);
      found = true;
    }
    if (!found) missing_.emplace_back(spec.paths[0]);
  }
}

void EventLayouts::add(const EventSpec& spec, const std::string& path, const EventFormat& format) {
  Layout layout;
  layout.type = spec.type;
  const auto step = [&](const char* name, Slot slot) {
    const FormatField* field = format.find(name);
    if (field == nullptr || (field->size != 1 && field->size != 2 && field->size != 4 && field->size != 8)) {
      missing_.push_back(path + "." + name);
      return;
    }
    layout.steps.push_back({field->offset, static_cast<uint8_t>(field->size), field->isSigned, slot});
    layout.bytes = std::max<size_t>(layout.bytes, field->offset + field->size);
  };
  for (const FieldSpec& field : spec.fields) {
    if (field.name != nullptr) step(field.name, field.slot);
  }
  typeOffset_ = format.find("common_type")->offset;
  if (const FormatField* pid = format.find("common_pid")) pidOffset_ = pid->offset;
  layout.bytes = std::max<size_t>({layout.bytes, typeOffset_ + 2u, pidOffset_ + 4u});

  if (byId_.size() <= format.id) byId_.resize(format.id + 1u, -1);
  byId_[format.id] = static_cast<int16_t>(layouts_.size());
  layouts_.push_back(std::move(layout));
  present_ |= bitOf(spec.type);
  tracepoints_.push_back({spec.type, path, format.id, format.find("ctx") != nullptr});
}

bool EventLayouts::decode(const uint8_t* record, size_t bytes, KernelEvent* out) const {
  uint16_t id;
  if (bytes < typeOffset_ + sizeof id) return false;
  std::memcpy(&id, record + typeOffset_, sizeof id);
  if (id >= byId_.size() || byId_[id] < 0) return false;
  const Layout& layout = layouts_[static_cast<size_t>(byId_[id])];
  if (bytes < layout.bytes) return false;
  out->type = layout.type;
  std::memcpy(&out->tid, record + pidOffset_, sizeof out->tid);
  uint64_t values[kSlots] = {};
  for (const Step& step : layout.steps) {
    values[static_cast<size_t>(step.slot)] = load(record + step.offset, step.size, step.isSigned);
  }
  const auto value = [&](Slot slot) { return values[static_cast<size_t>(slot)]; };
  out->ctx = value(Slot::kCtx);
  out->req = value(Slot::kReq);
  out->userData = value(Slot::kUserData);
  out->flags = value(Slot::kFlags);
  out->res = static_cast<int32_t>(value(Slot::kRes));
  out->a = static_cast<uint32_t>(value(Slot::kA));
  out->b = static_cast<uint32_t>(value(Slot::kB));
  return true;
}

}  // namespace ringlens
