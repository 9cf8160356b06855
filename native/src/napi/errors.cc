#include "napi/errors.h"

namespace ringlens {

Napi::Error toJsError(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, failure.code));
  if (failure.errnum != 0) error.Set("errno", Napi::Number::New(env, failure.errnum));
  if (!failure.syscall.empty()) error.Set("syscall", Napi::String::New(env, failure.syscall));
  return error;
}

}  // namespace ringlens
