// Names of gloo's types, and no more, for ProcessGroupGloo.hpp: libtorch exports that class but
// does not ship gloo's headers. Nothing here is ever constructed, derived from or called by us.
// See docs/decisions/0005-gloo-by-declarations.md.
#pragma once

#include <chrono>

namespace gloo {
class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};
}  // namespace gloo
