#pragma once

#include <napi.h>

#include <vector>

#include "workload/reactor.h"

namespace ringlens {

/** Arguments and answers of the debugger; units as in native/index.ts. Each `read` throws EINVALIDPARAM with
 * the path of what is wrong. */
StepUnit readStepUnit(const Napi::Value& value);
std::vector<Breakpoint> readBreakpoints(const Napi::Value& value);
ByHand readByHand(const Napi::Value& value);
uint32_t readBid(const Napi::Value& value);

Napi::Value debugStateToJs(Napi::Env env, const DebugState& state, uint64_t startNs);
Napi::Value bufferContentToJs(Napi::Env env, const BufferContent& content);

}  // namespace ringlens
