#include "napi/arguments.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "workload/params_check.h"

namespace ringlens {
namespace {

constexpr uint32_t kLeastEventRing = 64;
constexpr uint32_t kMostEventRing = 1u << 24;
constexpr uint32_t kMostFlushUs = 1000 * 1000;
constexpr uint32_t kMostPids = 1024;
constexpr uint32_t kLeastBuffer = 16 * 1024;
constexpr uint32_t kMostBuffer = 1u << 30;
constexpr uint32_t kMostSampleMs = 3600 * 1000;

Napi::Object asObject(const Napi::Value& value, const char* path) {
  if (!value.IsObject() || value.IsArray()) throw invalidParam(std::string(path) + ": expected an object");
  return value.As<Napi::Object>();
}

std::string namesOf(const char* const* values) {
  std::string names;
  for (; *values != nullptr; values++) names += (names.empty() ? "" : ", ") + std::string(*values);
  return names;
}

uint32_t readEnum(const Napi::Value& value, const ParamInfo& info) {
  if (value.IsString()) {
    const std::string name = value.As<Napi::String>().Utf8Value();
    for (uint32_t i = 0; info.values[i] != nullptr; i++) {
      if (name == info.values[i]) return i;
    }
  }
  throw invalidParam(std::string("params.") + info.name + ": expected one of " + namesOf(info.values));
}

uint32_t readEventRing(const Napi::Object& object, uint32_t fallback) {
  const uint32_t events =
      readInteger(object, "options", "eventRingEvents", kLeastEventRing, kMostEventRing, fallback);
  if ((events & (events - 1)) != 0) throw invalidParam("options.eventRingEvents: expected a power of two");
  return events;
}

std::string freshUnixPath() {
  static std::atomic<unsigned> count{0};
  const char* folder = std::getenv("TMPDIR");
  if (folder == nullptr || *folder == '\0') folder = "/tmp";
  return std::string(folder) + "/ringlens-" + std::to_string(::getpid()) + "-" + std::to_string(count++) +
         ".sock";
}

}  // namespace

WorkloadParams readParams(const Napi::Value& value) {
  const Napi::Object object = asObject(value, "params");
  WorkloadParams params;
  for (unsigned i = 0; i < kWorkloadParamCount; i++) {
    const ParamInfo& info = kWorkloadParams[i];
    const Napi::Value member = object.Get(info.name);
    switch (info.type) {
      case ParamType::kBool:
        if (!member.IsBoolean())
          throw invalidParam(std::string("params.") + info.name + ": expected true or false");
        setParamValue(params, i, member.As<Napi::Boolean>().Value() ? 1 : 0);
        break;
      case ParamType::kEnum: setParamValue(params, i, readEnum(member, info)); break;
      case ParamType::kInt: {
        const double number = member.IsNumber() ? member.As<Napi::Number>().DoubleValue() : std::nan("");
        checkParamRange(i, number);
        setParamValue(params, i, static_cast<uint32_t>(number));
        break;
      }
    }
  }
  checkParamsTogether(params);
  return params;
}

uint32_t readInteger(const Napi::Object& object, const std::string& path, const char* name, uint32_t least,
                     uint32_t most, uint32_t fallback) {
  const Napi::Value member = object.Get(name);
  if (member.IsUndefined()) return fallback;
  const double number = member.IsNumber() ? member.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::floor(number) == number && number >= least && number <= most)) {
    throw invalidParam(path + "." + name + ": expected integer " + std::to_string(least) + ".." +
                       std::to_string(most));
  }
  return static_cast<uint32_t>(number);
}

WorkloadOptions readOptions(const Napi::Value& value) {
  const Napi::Object object = asObject(value, "options");
  WorkloadOptions options;
  options.listenPort = static_cast<uint16_t>(readInteger(object, "options", "listenPort", 0, 65535, 0));
  options.eventRingEvents = readEventRing(object, options.eventRingEvents);
  options.flushIntervalUs =
      readInteger(object, "options", "flushIntervalUs", 1, kMostFlushUs, options.flushIntervalUs);
  const Napi::Value backend = object.Get("kernelBackend");
  if (!backend.IsUndefined()) {
    if (backend.IsString()) options.kernelBackend = backend.As<Napi::String>().Utf8Value();
    const std::string& name = options.kernelBackend;
    if (name != "tracefs" && name != "perf" && name != "none") {
      throw invalidParam("options.kernelBackend: expected one of tracefs, perf, none");
    }
  }
  const Napi::Value path = object.Get("unixPath");
  if (path.IsUndefined()) {
    options.unixPath = freshUnixPath();
  } else if (path.IsString()) {
    options.unixPath = path.As<Napi::String>().Utf8Value();
  }
  if (options.unixPath.empty()) throw invalidParam("options.unixPath: expected a path");
  return options;
}

TraceOptions readTraceOptions(const Napi::Value& value) {
  const Napi::Object object = asObject(value, "options");
  TraceOptions options;
  const Napi::Value pids = object.Get("pids");
  const uint32_t count = pids.IsArray() ? pids.As<Napi::Array>().Length() : 0;
  if (count == 0 || count > kMostPids) throw invalidParam("options.pids: expected a list of process numbers");
  for (uint32_t i = 0; i < count; i++) {
    const Napi::Value pid = pids.As<Napi::Array>().Get(i);
    const double number = pid.IsNumber() ? pid.As<Napi::Number>().DoubleValue() : std::nan("");
    if (!(std::floor(number) == number && number >= 1 && number <= INT32_MAX)) {
      throw invalidParam("options.pids[" + std::to_string(i) + "]: expected the number of a process, 1.." +
                         std::to_string(INT32_MAX));
    }
    const auto checked = static_cast<int32_t>(number);
    if (std::find(options.pids.begin(), options.pids.end(), checked) == options.pids.end())
      options.pids.push_back(checked);
  }
  const Napi::Value what = object.Get("what");
  const std::string whatName = what.IsString() ? what.As<Napi::String>().Utf8Value() : "";
  if (whatName != "all" && whatName != "arms") throw invalidParam("options.what: expected one of all, arms");
  options.what = whatName == "all" ? Selection::What::kAll : Selection::What::kArms;
  const Napi::Value backend = object.Get("backend");
  if (!backend.IsUndefined()) {
    if (backend.IsString()) options.backend = backend.As<Napi::String>().Utf8Value();
    if (options.backend != "tracefs" && options.backend != "perf")
      throw invalidParam("options.backend: expected one of tracefs, perf");
  }
  const Napi::Value requireRing = object.Get("requireRing");
  if (!requireRing.IsUndefined()) {
    if (!requireRing.IsBoolean()) throw invalidParam("options.requireRing: expected true or false");
    options.requireRing = requireRing.As<Napi::Boolean>().Value();
  }
  options.bufferBytes = readInteger(object, "options", "bufferBytes", kLeastBuffer, kMostBuffer,
                                    static_cast<uint32_t>(options.bufferBytes));
  options.sampleIntervalNs = readInteger(object, "options", "sampleIntervalMs", 0, kMostSampleMs,
                                         static_cast<uint32_t>(options.sampleIntervalNs / kNsPerMs)) *
                             kNsPerMs;
  options.eventRingEvents = readEventRing(object, options.eventRingEvents);
  options.flushIntervalUs =
      readInteger(object, "options", "flushIntervalUs", 1, kMostFlushUs, options.flushIntervalUs);
  return options;
}

Napi::Function readCallback(const Napi::Value& options, const char* name) {
  const Napi::Value member = asObject(options, "options").Get(name);
  if (!member.IsFunction()) throw invalidParam(std::string("options.") + name + ": expected a function");
  return member.As<Napi::Function>();
}

}  // namespace ringlens
