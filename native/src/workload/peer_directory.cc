#include "workload/peer_directory.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace ringlens {

uint32_t PeerDirectory::keyOf(const sockaddr_storage& address, socklen_t length) {
  if (address.ss_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    return ntohs(in.sin_port);
  }
  if (address.ss_family == AF_UNIX) {
    constexpr size_t kDigits = 5;
    sockaddr_un un;
    std::memcpy(&un, &address, sizeof un);
    if (length != offsetof(sockaddr_un, sun_path) + 1 + kDigits || un.sun_path[0] != '\0') return 0;
    char digits[kDigits + 1] = {};
    std::memcpy(digits, un.sun_path + 1, kDigits);
    return static_cast<uint32_t>(std::strtoul(digits, nullptr, 16)) & (kKeys - 1);
  }
  return 0;
}

}  // namespace ringlens
