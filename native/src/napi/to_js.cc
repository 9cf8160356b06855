#include "napi/to_js.h"

namespace ringlens {

Napi::Object kernelAccessToJs(Napi::Env env, const std::string& backend, const char* scope,
                              const std::string& missing, const std::vector<std::string>& notes) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("backend", backend);
  object.Set("scope", scope);
  object.Set("missing", missing);
  const Napi::Array list = Napi::Array::New(env, notes.size());
  for (uint32_t i = 0; i < notes.size(); i++) list.Set(i, notes[i]);
  object.Set("notes", list);
  return object;
}

}  // namespace ringlens
