#pragma once

#include <napi.h>

#include <string>

#include "napi/running_trace.h"
#include "napi/running_workload.h"
#include "workload/workload_params.generated.h"

namespace ringlens {

/** Reads and checks a WorkloadParams object; throws Failure with the path ("params.buffers: expected ...").
 */
WorkloadParams readParams(const Napi::Value& value);

/** Reads and checks WorkloadOptions without the callbacks. */
WorkloadOptions readOptions(const Napi::Value& value);

/** Reads and checks TraceOptions without the callbacks. */
TraceOptions readTraceOptions(const Napi::Value& value);

/** A function member of the options. */
Napi::Function readCallback(const Napi::Value& options, const char* name);

/** A whole number of the range, or `fallback` where the member is undefined. */
uint32_t readInteger(const Napi::Object& object, const std::string& path, const char* name, uint32_t least,
                     uint32_t most, uint32_t fallback);

}  // namespace ringlens
