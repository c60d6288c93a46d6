// Where ranks listen, and by which address they are reached.
#pragma once

#include <cstdint>
#include <string>

namespace net2net {

/// A socket bound to `host` and no other address of this machine; -1 where `host` is an address of
/// another machine, such as a gateway's, or not one address. Throws where the port is taken.
int boundSocket(const std::string &host, uint16_t port);

uint16_t portOf(int descriptor);

/// The address of this machine from which `host` is reached. A host's own name is no help: it
/// often stands for 127.0.1.1, which other machines cannot reach. Sends nothing.
std::string addressTowards(const std::string &host);

}  // namespace net2net
