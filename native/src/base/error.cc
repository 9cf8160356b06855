#include "base/error.h"

#include <cstring>

namespace ringlens {

std::string errnoName(int errnum) {
  const int positive = errnum < 0 ? -errnum : errnum;
#ifdef __GLIBC__
  const char* name = ::strerrorname_np(positive);
#else
  const char* name = nullptr;
#endif
  return name != nullptr ? name : "errno " + std::to_string(positive);
}

Failure systemFailure(int errnum, const char* syscall, const std::string& sentence) {
  const int positive = errnum < 0 ? -errnum : errnum;
  const std::string name = errnoName(positive);
  return Failure(name, sentence + " (" + syscall + ": " + name + ")", positive, syscall);
}

Failure unsupported(const std::string& sentence) { return Failure("EUNSUPPORTED", sentence); }
Failure invalidParam(const std::string& sentence) { return Failure("EINVALIDPARAM", sentence); }

}  // namespace ringlens
