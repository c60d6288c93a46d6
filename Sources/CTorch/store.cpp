// c10d's store: opened within its time, at one address, for as many ranks as all of them say.

#if __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)

#include "store.h"

#include "addresses.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>

#include <c10/util/Logging.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

using namespace ct_boundary;
using net2net::Milliseconds, net2net::SharedNCCL, net2net::within;

using Clock = std::chrono::steady_clock;

namespace {

/// c10d tells whatever fails, with a stack trace, before it throws; whoever catches it says it in a
/// sentence. TORCH_CPP_LOG_LEVEL brings all of it back.
void silenceLog() {
  if (std::getenv("TORCH_CPP_LOG_LEVEL") != nullptr) {
    c10::initLogging();
  } else {
    FLAGS_caffe2_log_level = c10::GLOG_FATAL;
  }
}

std::string sizeKey(int64_t rank) { return "ranks by what was told to " + std::to_string(rank); }
std::string heardKey(int64_t rank) { return "rank 0 was heard by " + std::to_string(rank); }

std::vector<uint8_t> bytes(int64_t number) {
  const std::string text = std::to_string(number);
  return {text.begin(), text.end()};
}

/// A number under `key`; nil where nobody has told it before `deadline`.
std::optional<int64_t> number(c10d::Store &store, const std::string &key, Clock::time_point end) {
  const auto rest = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
  try {
    store.wait({key}, std::max(rest, Milliseconds(1)));
  } catch (const c10::DistStoreError &) {
    return std::nullopt;
  }
  const std::vector<uint8_t> text = store.get(key);
  return std::atoll(std::string(text.begin(), text.end()).c_str());
}

/// What the first rank that disagrees was told, or that never came; nil where all agree.
std::optional<ct_dissent> dissent(
    c10d::Store &store, int64_t rank, int64_t size, Clock::time_point end) {
  store.set(sizeKey(rank), bytes(size));
  for (int64_t other = 0; other < size; ++other) {
    const std::optional<int64_t> told = number(store, sizeKey(other), end);
    if (other == 0 && told) store.set(heardKey(rank), bytes(1));
    if (told == size) continue;
    // The store is gone when rank 0 is, and others are to hear what it was told before.
    const auto moment = Clock::now() + Milliseconds(2000);
    if (rank == 0 && told) number(store, heardKey(other), moment);
    return ct_dissent{other, told.value_or(0)};
  }
  return std::nullopt;
}

}  // namespace

ct_status ct_store_open(
    const char *host, uint16_t port, bool serves, bool everywhere, const char *prefix,
    int64_t milliseconds, ct_store **result) {
  return guarded([=] {
    silenceLog();
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = serves;
    options.waitWorkers = false;
    options.timeout = Milliseconds(milliseconds);
    auto server = within(
        options.timeout, Milliseconds(500), [host = std::string(host), options, everywhere] {
          auto own = options;
          // c10d listens at every address unless it is given a socket, which it then owns.
          const int bound = own.isServer && !everywhere ? net2net::boundSocket(host, own.port) : -1;
          if (bound >= 0) {
            own.masterListenFd = bound;
            own.port = net2net::portOf(bound);
          }
          return c10::make_intrusive<c10d::TCPStore>(host, own);
        });
    auto prefixed = c10::make_intrusive<c10d::PrefixStore>(prefix, server);
    auto keys = c10::make_intrusive<c10d::PrefixStore>("nccl", prefixed);
    *result = new ct_store{
        std::move(server), std::move(prefixed), std::make_shared<SharedNCCL>(std::move(keys))};
  });
}

ct_status ct_store_compare_sizes(
    const ct_store *store, int64_t rank, int64_t size, int64_t milliseconds, ct_dissent *result) {
  return guarded([=] {
    const Milliseconds patience(milliseconds);
    const std::optional<ct_dissent> found =
        within(patience, Milliseconds(3000), [keys = store->prefixed, rank, size, patience] {
          return dissent(*keys, rank, size, Clock::now() + patience);
        });
    *result = found.value_or(ct_dissent{-1, size});
  });
}

void ct_store_free(ct_store *store) { delete store; }
uint16_t ct_store_port(const ct_store *store) { return store->server->getPort(); }

#else

#include "ctorch_distributed.h"

ct_status ct_store_open(
    const char *, uint16_t, bool, bool, const char *, int64_t, ct_store **) {
  return CT_UNAVAILABLE;
}
ct_status ct_store_compare_sizes(const ct_store *, int64_t, int64_t, int64_t, ct_dissent *) {
  return CT_UNAVAILABLE;
}
void ct_store_free(ct_store *) {}
uint16_t ct_store_port(const ct_store *) { return 0; }

#endif
