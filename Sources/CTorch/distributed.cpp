// c10d's groups by gloo; see docs/decisions/0005-gloo-by-declarations.md.

#if __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>)

#include "addresses.h"
#include "boundary.h"
#include "ctorch_distributed.h"
#include "nccl.h"
#include "operators.h"
#include "store.h"

#define USE_C10D_GLOO 1
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>

#include <atomic>
#include <thread>

using namespace ct_boundary;
using net2net::Backend, net2net::Milliseconds, net2net::SharedNCCL, net2net::within;

namespace {

/// A group as operators see it.
struct GroupRanks final : net2net::Ranks {
  Backend gloo;
  std::shared_ptr<SharedNCCL> nccl;
  Milliseconds patience;
  /// Set for good when a collective fails: the group can no longer be used.
  std::atomic<bool> hasFailed{false};
  /// Collectives so far, and the bytes that this rank gave to them.
  std::atomic<int64_t> calls{0}, bytes{0};

  GroupRanks(Backend gloo, std::shared_ptr<SharedNCCL> nccl, Milliseconds patience)
      : gloo(std::move(gloo)), nccl(std::move(nccl)), patience(patience) {}

  int rank() const { return gloo->getRank(); }
  int size() const { return gloo->getSize(); }

  c10d::Backend &backend(const at::Tensor &tensor) {
    return tensor.is_cuda() ? nccl->backend(rank(), size(), patience) : *gloo;
  }

  void note(const at::Tensor &tensor) {
    calls += 1;
    bytes += static_cast<int64_t>(tensor.nbytes());
  }

  at::Tensor gathered(const at::Tensor &own) override {
    note(own);
    at::Tensor table = at::empty({size(), own.numel()}, own.options());
    at::Tensor source = own.unsqueeze(0);
    await([&] { return backend(own)._allgather_base(table, source, {}); });
    return table;
  }

  // Gathering takes one round of messages where reducing takes two.
  void sum(at::Tensor &tensor) override {
    if (size() * static_cast<int64_t>(tensor.nbytes()) <= 1 << 18) {
      const at::Tensor flat = tensor.reshape({-1});
      tensor.copy_(gathered(flat).sum(0).reshape(tensor.sizes()));
      return;
    }
    note(tensor);
    std::vector<at::Tensor> tensors{tensor};
    await([&] { return backend(tensor).allreduce(tensors, {}); });
  }

 private:
  /// On a GPU what is computed next waits, not this thread.
  template <typename Start>
  void await(const Start &start) {
    try {
      start()->wait();
    } catch (...) {
      hasFailed = true;
      throw;
    }
  }
};

}  // namespace

struct ct_group {
  c10::intrusive_ptr<GroupRanks> ranks;
  c10::intrusive_ptr<c10d::Store> store;
};

net2net::RanksPointer net2net::ranksOf(const ct_group *group) { return group->ranks; }

struct ct_work {
  c10::intrusive_ptr<c10d::Work> work;
};

namespace {

c10d::ReduceOp::RedOpType operation(ct_reduction reduction) {
  switch (reduction) {
    case CT_SUM: return c10d::ReduceOp::SUM;
    case CT_MINIMUM: return c10d::ReduceOp::MIN;
    case CT_MAXIMUM: return c10d::ReduceOp::MAX;
  }
  TORCH_CHECK(false, "reduction ", static_cast<int>(reduction), " is unknown");
}

/// As `guarded`, and remembers that the group can no longer be used.
template <typename Body>
ct_status inGroup(ct_group *group, Body &&body) noexcept {
  const ct_status status = guarded(body);
  if (status != CT_OK) group->ranks->hasFailed = true;
  return status;
}

std::string presenceKey(int64_t rank) { return "after failure/" + std::to_string(rank); }

/// By rank: whether it has told that it is still there.
std::vector<bool> present(
    const c10::intrusive_ptr<c10d::Store> &store, int64_t rank, int64_t size, Milliseconds wait) {
  store->set(presenceKey(rank), std::vector<uint8_t>{1});
  std::this_thread::sleep_for(wait);
  std::vector<bool> present;
  for (int64_t other = 0; other < size; ++other) {
    present.push_back(store->check({presenceKey(other)}));
  }
  return present;
}

}  // namespace

bool ct_distributed_is_available(void) { return true; }
bool ct_distributed_takes_gpus(void) { return net2net::hasNCCL(); }

ct_status ct_group_open(
    const ct_store *store, const char *name, const char *host, const char *interface, int64_t rank,
    int64_t size, int64_t meeting, int64_t milliseconds, ct_group **result) {
  return guarded([=] {
    using Gloo = c10d::ProcessGroupGloo;
    const std::string through = interface != nullptr ? interface : "";
    auto keys = c10::make_intrusive<c10d::PrefixStore>(name, store->prefixed);
    auto gloo = within(
        Milliseconds(meeting), Milliseconds(500), [=, towards = std::string(host)]() mutable {
          auto options = Gloo::Options::create(Milliseconds(milliseconds));
          options->devices.push_back(
              through.empty() ? Gloo::createDeviceForHostname(net2net::addressTowards(towards))
                              : Gloo::createDeviceForInterface(through));
          return c10::make_intrusive<Gloo>(
              std::move(keys), static_cast<int>(rank), static_cast<int>(size),
              std::move(options));
        });
    auto ranks = c10::make_intrusive<GroupRanks>(
        std::move(gloo), store->nccl, Milliseconds(milliseconds));
    // What ranks tell each other after a failure does not depend on the group that failed.
    *result = new ct_group{std::move(ranks), store->prefixed};
  });
}

void ct_group_free(ct_group *group) {
  if (group == nullptr || group->ranks->hasFailed) return;
  guarded([=] { delete group; });
}

bool ct_group_has_failed(const ct_group *group) { return group->ranks->hasFailed; }

void ct_group_traffic(const ct_group *group, int64_t *calls, int64_t *bytes) {
  *calls = group->ranks->calls;
  *bytes = group->ranks->bytes;
}

ct_status ct_group_reduce(
    ct_group *group, ct_tensor *tensor, ct_reduction reduction, ct_work **result) {
  return inGroup(group, [=] {
    std::vector<at::Tensor> tensors{borrowed(tensor)};
    group->ranks->note(tensors[0]);
    c10d::AllreduceOptions options;
    options.reduceOp = operation(reduction);
    *result = new ct_work{group->ranks->backend(tensors[0]).allreduce(tensors, options)};
  });
}

ct_status ct_group_gather(ct_group *group, const ct_tensor *tensor, ct_tensor **result) {
  return inGroup(group, [=] { *result = handOver(group->ranks->gathered(borrowed(tensor))); });
}

ct_status ct_group_broadcast(
    ct_group *group, ct_tensor *tensor, int64_t root, ct_work **result) {
  return inGroup(group, [=] {
    std::vector<at::Tensor> tensors{borrowed(tensor)};
    group->ranks->note(tensors[0]);
    c10d::BroadcastOptions options;
    options.rootRank = root;
    *result = new ct_work{group->ranks->backend(tensors[0]).broadcast(tensors, options)};
  });
}

ct_status ct_work_wait(ct_group *group, ct_work *work) {
  return inGroup(group, [=] {
    c10d::Work &awaited = *work->work;
    awaited.wait();
    // NCCL's is only lined up by then, and what becomes of it is known when it ends.
    while (!awaited.isCompleted()) std::this_thread::sleep_for(std::chrono::microseconds(20));
    if (const auto failure = awaited.exception()) std::rethrow_exception(failure);
  });
}

void ct_work_free(ct_work *work) { delete work; }

ct_status ct_group_find_missing(ct_group *group, int64_t milliseconds, bool *missing) {
  return guarded([=] {
    const int64_t size = group->ranks->size();
    const int64_t rank = group->ranks->rank();
    std::vector<bool> here(static_cast<size_t>(size), true);
    here[0] = rank == 0;
    try {
      here = within(
          Milliseconds(2 * milliseconds), Milliseconds(0),
          [store = group->store, rank, size, wait = Milliseconds(milliseconds)] {
            return present(store, rank, size, wait);
          });
    } catch (const std::exception &) {
      // The store is gone with the process that served it, or that process is stopped and never
      // answers: rank 0, as set above.
    }
    for (int64_t other = 0; other < size; ++other) {
      missing[other] = !here[static_cast<size_t>(other)];
    }
  });
}

#else

#include "ctorch_distributed.h"

#if __has_include(<ATen/core/Tensor.h>)
#include "operators.h"
net2net::RanksPointer net2net::ranksOf(const ct_group *) { return {}; }
#endif

bool ct_distributed_is_available(void) { return false; }
bool ct_distributed_takes_gpus(void) { return false; }
ct_status ct_group_open(
    const ct_store *, const char *, const char *, const char *, int64_t, int64_t, int64_t, int64_t,
    ct_group **) {
  return CT_UNAVAILABLE;
}
void ct_group_free(ct_group *) {}
bool ct_group_has_failed(const ct_group *) { return false; }
void ct_group_traffic(const ct_group *, int64_t *calls, int64_t *bytes) { *calls = *bytes = 0; }
ct_status ct_group_reduce(ct_group *, ct_tensor *, ct_reduction, ct_work **) {
  return CT_UNAVAILABLE;
}
ct_status ct_group_gather(ct_group *, const ct_tensor *, ct_tensor **) { return CT_UNAVAILABLE; }
ct_status ct_group_broadcast(ct_group *, ct_tensor *, int64_t, ct_work **) {
  return CT_UNAVAILABLE;
}
ct_status ct_work_wait(ct_group *, ct_work *) { return CT_UNAVAILABLE; }
void ct_work_free(ct_work *) {}
ct_status ct_group_find_missing(ct_group *, int64_t, bool *) { return CT_UNAVAILABLE; }

#endif
