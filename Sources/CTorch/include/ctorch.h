// All of libtorch that Net2NetTorch uses, behind C.
//
// Ownership: every `ct_tensor *` written through a last parameter holds one reference, which the
// caller gives back with `ct_tensor_free`. Arguments are borrowed for the length of the call.
// Operators live as long as the process and are never freed.
//
// Errors: functions that can fail return a status and write their result through their last
// parameter only when it is CT_OK. The words are in `ct_last_message`, kept for each thread until
// its next failure. No exception crosses this header.
//
// Without libtorch's headers at build time every such function returns CT_UNAVAILABLE.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor ct_tensor;
typedef struct ct_operator ct_operator;
typedef struct ct_group ct_group;
typedef struct ct_inference_mode ct_inference_mode;

typedef enum ct_status {
  CT_OK = 0,
  CT_FAILED = 1,
  CT_UNAVAILABLE = 2,
} ct_status;

/// Why the last call on this thread failed; never null. Valid until the next failure.
const char *ct_last_message(void);

// MARK: The library as a whole

/// Whether this build has libtorch.
bool ct_is_available(void);

/// libtorch's version, such as "2.13.0"; empty without libtorch.
const char *ct_version(void);

/// Once at start-up: keeps large blocks of memory mapped between steps (glibc otherwise maps,
/// faults in and unmaps every large activation), asks cuDNN for reproducible algorithms, and makes
/// our own operators known to libtorch as `net2net::…`.
void ct_prepare(void);

int64_t ct_thread_count(void);
ct_status ct_set_thread_count(int64_t count);

/// Device kinds in libtorch's own numbering.
typedef enum ct_device {
  CT_CPU = 0,
  CT_CUDA = 1,
  CT_MPS = 13,
} ct_device;

bool ct_device_is_available(ct_device device);

/// How many of a kind this machine has.
int64_t ct_device_count(ct_device device);

/// Which of several GPUs CT_CUDA means from now on, for tensors of all threads; before the first
/// call the one that CUDA begins with.
ct_status ct_choose_gpu(int64_t index);

/// Element types in libtorch's own numbering (`c10::ScalarType`).
typedef enum ct_element_type {
  CT_UINT8 = 0,
  CT_INT8 = 1,
  CT_INT16 = 2,
  CT_INT32 = 3,
  CT_INT64 = 4,
  CT_FLOAT16 = 5,
  CT_FLOAT32 = 6,
  CT_FLOAT64 = 7,
  CT_BOOL = 11,
  CT_BFLOAT16 = 15,
  CT_UINT16 = 27,
  CT_UINT32 = 28,
  CT_UINT64 = 29,
} ct_element_type;

// MARK: Modes of the calling thread

/// Turns the recording of gradients on or off; returns what it was.
bool ct_set_gradient_recording(bool records);

/// Whether operators of the calling thread are recorded: not in inference mode.
bool ct_gradient_recording(void);

/// Enters libtorch's inference mode until the guard is given back on the same thread. Null
/// without libtorch.
ct_inference_mode *ct_inference_mode_enter(void);
void ct_inference_mode_leave(ct_inference_mode *guard);

// MARK: Threads

/// Calls `body(context, index)` for every index below `count` on libtorch's threads at once, each
/// of which computes alone meanwhile: no operator within waits for another thread. Modes are those
/// of each thread, not of the caller.
ct_status ct_for_each_alone(
    int64_t count, void (*body)(void *context, int64_t index), void *context);

/// Whether this processor has the wide registers that our own loops for evaluation are written for.
bool ct_has_filter_kernels(void);

// MARK: Tensors

/// Gives a reference back. Null is allowed.
void ct_tensor_free(ct_tensor *tensor);

/// A tensor on the CPU with a copy of `data`: row-major, `rank` sizes.
ct_status ct_tensor_copying(
    const void *data, ct_element_type type, const int64_t *sizes, int64_t rank,
    ct_tensor **result);

/// A tensor on the CPU that reads `data` in place and must never be written to. `release` is
/// called once with `context` when libtorch lets go of the memory, on whichever thread that
/// happens; not at all when the call fails.
ct_status ct_tensor_borrowing(
    const void *data, ct_element_type type, const int64_t *sizes, int64_t rank,
    void (*release)(void *context), void *context, ct_tensor **result);

/// Writes the elements row-major into `byte_count` bytes, which must be the tensor's size.
ct_status ct_tensor_read(const ct_tensor *tensor, void *destination, int64_t byte_count);

int64_t ct_tensor_rank(const ct_tensor *tensor);
int64_t ct_tensor_size(const ct_tensor *tensor, int64_t axis);
/// In elements.
int64_t ct_tensor_stride(const ct_tensor *tensor, int64_t axis);
/// A `ct_element_type`, or a number not listed there.
int32_t ct_tensor_element_type(const ct_tensor *tensor);
/// A `ct_device`, or a number not listed there.
int32_t ct_tensor_device(const ct_tensor *tensor);

// MARK: Gradients

ct_status ct_tensor_set_requires_gradient(ct_tensor *tensor, bool requires_gradient);

/// The accumulated gradient; null when there is none.
ct_status ct_tensor_gradient(const ct_tensor *tensor, ct_tensor **result);

/// Replaces the accumulated gradient; null drops it.
ct_status ct_tensor_set_gradient(ct_tensor *tensor, const ct_tensor *gradient);

/// Back-propagates from a scalar, or from any tensor given the gradient with respect to it
/// (otherwise null).
ct_status ct_tensor_backward(const ct_tensor *tensor, const ct_tensor *gradient);

/// Calls `body(context)` whenever back-propagation has completed the gradient of a tensor that
/// requires one, on the thread that back-propagates. Takes the place of an earlier body; a null one
/// ends it.
ct_status ct_tensor_observe_gradient(
    const ct_tensor *tensor, void (*body)(void *context), void *context);

// MARK: Operators

typedef enum ct_tag {
  CT_TAG_NONE,         // an optional argument left out
  CT_TAG_TENSOR,       // pointer: ct_tensor *
  CT_TAG_INTEGER,      // integer; also memory formats
  CT_TAG_REAL,         // real
  CT_TAG_BOOL,         // integer, 0 or 1
  CT_TAG_INTEGERS,     // pointer: int64_t *, integer: count
  CT_TAG_REALS,        // pointer: double *, integer: count
  CT_TAG_TENSORS,      // pointer: ct_tensor **, integer: count
  CT_TAG_INDICES,      // the same, as the list of optional tensors that indexing takes
  CT_TAG_STRING,       // pointer: char *, integer: bytes
  CT_TAG_DEVICE,       // integer: ct_device
  CT_TAG_ELEMENT_TYPE, // integer: ct_element_type
  CT_TAG_GROUP,        // pointer: ct_group *, for operators of our own
} ct_tag;

/// One argument of an operator. A `Scalar` in an operator's schema takes INTEGER or REAL.
typedef struct ct_argument {
  ct_tag tag;
  int64_t integer;
  double real;
  const void *pointer;
} ct_argument;

/// Looks an operator up by name ("aten::add") and overload ("Tensor", often "").
ct_status ct_operator_find(const char *name, const char *overload, ct_operator **result);

/// Calls an operator with its arguments in the order of its schema. Arguments left out at the end
/// take the schema's defaults. Writes the results that are tensors, lists flattened, at most
/// `capacity` of them (an undefined one as null), and their number through `count`; more than
/// `capacity` is a failure.
ct_status ct_operator_call(
    const ct_operator *called, const ct_argument *arguments, int64_t argument_count,
    ct_tensor **results, int64_t capacity, int64_t *count);

#ifdef __cplusplus
}
#endif
