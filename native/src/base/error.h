#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

namespace ringlens {

/**
 * What goes to JS as a NativeError: `code` for programs, one sentence for people. Plain C++ throws it;
 * src/napi turns it into a JS error. `errnum` is positive, 0 = none.
 */
class Failure : public std::exception {
 public:
  Failure(std::string withCode, std::string sentence, int withErrnum = 0, std::string inSyscall = {})
      : code(std::move(withCode)),
        message(std::move(sentence)),
        errnum(withErrnum),
        syscall(std::move(inSyscall)) {}
  const char* what() const noexcept override { return message.c_str(); }

  std::string code;
  std::string message;
  int errnum;
  std::string syscall;
};

/** "EADDRINUSE" for 98 (or -98); "errno 999" where the C library knows no name. */
std::string errnoName(int errnum);

/**
 * The one place where an errno becomes {code, errno, syscall}. liburing's -errno is taken as it is and
 * negated here. `sentence` says what failed and what to do; the errno's name is added behind it.
 */
Failure systemFailure(int errnum, const char* syscall, const std::string& sentence);

/** EUNSUPPORTED: this kernel lacks what was asked for. */
Failure unsupported(const std::string& sentence);
/** EINVALIDPARAM: a value is out of range; the sentence begins with its path. */
Failure invalidParam(const std::string& sentence);

}  // namespace ringlens
