#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace ringlens {

/** A `KernelAccess` of native/index.ts. */
Napi::Object kernelAccessToJs(Napi::Env env, const std::string& backend, const char* scope,
                              const std::string& missing, const std::vector<std::string>& notes);

}  // namespace ringlens
