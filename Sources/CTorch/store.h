// The store at which ranks meet, and what they have of it together.
#pragma once

#include "boundary.h"
#include "ctorch_distributed.h"
#include "nccl.h"

#include <c10/util/Exception.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace net2net {

using Milliseconds = std::chrono::milliseconds;
using Backend = c10::intrusive_ptr<c10d::Backend>;

/// What `body` returns, or an error once `patience` is over: c10d and gloo wait for some answers
/// without a limit, of a listener that never speaks for example. They get `grace` to say themselves
/// what is wrong. `body` owns all that it uses, since a thread that waits for ever is left to itself.
template <typename Body>
auto within(Milliseconds patience, Milliseconds grace, Body body) -> decltype(body()) {
  using Result = decltype(body());
  std::packaged_task<Result()> task(std::move(body));
  std::future<Result> result = task.get_future();
  std::thread(std::move(task)).detach();
  TORCH_CHECK(
      result.wait_for(patience + grace) == std::future_status::ready, "no answer within ",
      static_cast<double>(patience.count()) / 1000, " s");
  return result.get();
}

/// NCCL among the ranks that have met at a store, once the first tensor on a GPU needs it. Two
/// communicators on one GPU could each hold what the other waits for, so groups have one together.
class SharedNCCL {
 public:
  explicit SharedNCCL(c10::intrusive_ptr<c10d::Store> store) : store(std::move(store)) {}
  ~SharedNCCL() {
    if (opened) ct_boundary::guarded([&] { opened->shutdown(); });
  }
  SharedNCCL(const SharedNCCL &) = delete;
  SharedNCCL &operator=(const SharedNCCL &) = delete;

  c10d::Backend &backend(int rank, int size, Milliseconds patience) {
    if (!opened) opened = openNCCL(store, rank, size, patience);
    return *opened;
  }

 private:
  c10::intrusive_ptr<c10d::Store> store;
  Backend opened;
};

}  // namespace net2net

struct ct_store {
  c10::intrusive_ptr<c10d::TCPStore> server;
  c10::intrusive_ptr<c10d::Store> prefixed;
  std::shared_ptr<net2net::SharedNCCL> nccl;
};
