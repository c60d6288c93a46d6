#if __has_include(<c10/util/Exception.h>)

#include "addresses.h"

#include <c10/util/Exception.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

using Addresses = std::unique_ptr<addrinfo, void (*)(addrinfo *)>;

Addresses addresses(const std::string &host, const std::string &port, int socketType) {
  addrinfo hints{};
  hints.ai_socktype = socketType;
  addrinfo *found = nullptr;
  const int status = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  TORCH_CHECK(status == 0, "the address of \"", host, "\" is unknown: ", gai_strerror(status));
  return Addresses(found, freeaddrinfo);
}

bool isNumeric(const std::string &host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool isLoopback(const sockaddr *address) {
  if (address->sa_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6 *>(address)->sin6_addr);
  }
  const auto *ipv4 = reinterpret_cast<const sockaddr_in *>(address);
  return address->sa_family == AF_INET && ntohl(ipv4->sin_addr.s_addr) >> 24 == 127;
}

/// The one address to listen at for those that look for `host`; null where there may be others. A
/// machine's own name may stand for a loopback address, which only it itself can reach.
const addrinfo *onlyAddress(const std::string &host, const addrinfo *found) {
  if (host == "localhost") {
    const addrinfo *last = found;
    while (last->ai_family != AF_INET && last->ai_next != nullptr) last = last->ai_next;
    return isLoopback(last->ai_addr) ? last : nullptr;
  }
  const bool isOne = found->ai_next == nullptr;
  return isOne && (isNumeric(host) || !isLoopback(found->ai_addr)) ? found : nullptr;
}

}  // namespace

int net2net::boundSocket(const std::string &host, uint16_t port) {
  const Addresses found = addresses(host, std::to_string(port), SOCK_STREAM);
  const addrinfo *address = onlyAddress(host, found.get());
  if (address == nullptr) return -1;
  const int descriptor = socket(address->ai_family, SOCK_STREAM, 0);
  TORCH_CHECK(descriptor >= 0, "no socket can be opened: ", std::strerror(errno));
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0) return descriptor;
  const int reason = errno;
  close(descriptor);
  TORCH_CHECK(
      reason == EADDRNOTAVAIL, "port ", port, " cannot be listened at: ", std::strerror(reason));
  return -1;
}

uint16_t net2net::portOf(int descriptor) {
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  char text[NI_MAXSERV];
  auto *address = reinterpret_cast<sockaddr *>(&own);
  TORCH_CHECK(
      getsockname(descriptor, address, &length) == 0 &&
          getnameinfo(address, length, nullptr, 0, text, sizeof text, NI_NUMERICSERV) == 0,
      "the port of a socket is unknown");
  return static_cast<uint16_t>(std::atoi(text));
}

std::string net2net::addressTowards(const std::string &host) {
  const Addresses found = addresses(host, "9", SOCK_DGRAM);
  for (const addrinfo *address = found.get(); address != nullptr; address = address->ai_next) {
    const int descriptor = socket(address->ai_family, address->ai_socktype, 0);
    if (descriptor < 0) continue;
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    char text[NI_MAXHOST];
    const bool known =
        connect(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
        getsockname(descriptor, reinterpret_cast<sockaddr *>(&own), &length) == 0 &&
        getnameinfo(reinterpret_cast<sockaddr *>(&own), length, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) == 0;
    close(descriptor);
    if (known) return text;
  }
  TORCH_CHECK(false, "no route to \"", host, "\"");
}

#endif
