// Processes that compute together: c10d's store and its process group, behind C.
//
// The rules are those of ctorch.h. In a build without c10d every function that can fail returns
// CT_UNAVAILABLE. All ranks must call the collectives of a group in the same order.
#pragma once

#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_store ct_store;
typedef struct ct_work ct_work;

/// Whether this build can make a process group on CPUs (gloo).
bool ct_distributed_is_available(void);

/// Whether its groups can also exchange tensors on GPUs (NCCL).
bool ct_distributed_takes_gpus(void);

/// Opens a store at `host`:`port`, as its server or as a client of it, and returns once the
/// server answers or `milliseconds` have passed, whatever it is that listens there. Port 0 lets a
/// server choose. All keys get `prefix`.
///
/// A server listens at `host` alone, if that is one address of this machine, unless it is to listen
/// `everywhere`.
ct_status ct_store_open(
    const char *host, uint16_t port, bool serves, bool everywhere, const char *prefix,
    int64_t milliseconds, ct_store **result);
void ct_store_free(ct_store *store);
uint16_t ct_store_port(const ct_store *store);

typedef struct ct_dissent {
  /// -1 where all ranks agree.
  int64_t rank;
  /// How many ranks there are by what that one was told; 0 where it has not come.
  int64_t size;
} ct_dissent;

/// Compares how many ranks there are by what each was told, and waits `milliseconds` for those that have
/// not come: a group of ranks that disagree would wait for what never happens.
ct_status ct_store_compare_sizes(
    const ct_store *store, int64_t rank, int64_t size, int64_t milliseconds, ct_dissent *result);

/// Meets the other ranks at the store within `meeting` milliseconds, as a group of its own `name`.
/// `interface` is the network interface to use; null for the one that leads to `host`, where the
/// store is. Collectives fail after `milliseconds`.
///
/// Tensors on the CPU go by gloo. For those on a GPU all groups that met at one store share an NCCL
/// communicator, which the first of them opens.
ct_status ct_group_open(
    const ct_store *store, const char *name, const char *host, const char *interface, int64_t rank,
    int64_t size, int64_t meeting, int64_t milliseconds, ct_group **result);

/// Waits for work under way, except in a group in which a collective has failed: that one stays
/// in memory, because its threads may wait for a peer that never answers.
void ct_group_free(ct_group *group);

/// Whether a collective has failed, also one inside of an operator.
bool ct_group_has_failed(const ct_group *group);

/// Collectives so far, also those inside of operators, and the bytes that this rank gave to them.
void ct_group_traffic(const ct_group *group, int64_t *calls, int64_t *bytes);

typedef enum ct_reduction { CT_SUM = 0, CT_MINIMUM = 1, CT_MAXIMUM = 2 } ct_reduction;

/// Starts to reduce `tensor` over all ranks, in place. Tensors are contiguous, and nobody touches
/// them before the work was waited for.
ct_status ct_group_reduce(
    ct_group *group, ct_tensor *tensor, ct_reduction reduction, ct_work **result);
/// Waits for the tensors of all ranks, which have one shape and one axis: (rank, element).
ct_status ct_group_gather(ct_group *group, const ct_tensor *tensor, ct_tensor **result);
/// Starts to overwrite `tensor` by that of rank `root`.
ct_status ct_group_broadcast(
    ct_group *group, ct_tensor *tensor, int64_t root, ct_work **result);

/// Waits until the work is done or has failed.
ct_status ct_work_wait(ct_group *group, ct_work *work);
void ct_work_free(ct_work *work);

/// After a failure: tells the other ranks, through the store, that this one is still there, waits
/// `milliseconds` for them to say the same, and sets `missing` for each rank that has not. When
/// the store does not answer, rank 0, at whose address it is, is set alone.
ct_status ct_group_find_missing(ct_group *group, int64_t milliseconds, bool *missing);

#ifdef __cplusplus
}
#endif
