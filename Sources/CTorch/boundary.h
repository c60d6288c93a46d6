// What crosses between C++ and the C of ctorch.h: exceptions and tensors.
#pragma once

#include "ctorch.h"

#include <ATen/core/Tensor.h>

#include <exception>
#include <string>
#include <utility>

namespace ct_boundary {

extern thread_local std::string lastMessage;

/// Every exception becomes a status here and nowhere else.
template <typename Body>
ct_status guarded(Body &&body) noexcept {
  try {
    body();
    return CT_OK;
  } catch (const c10::Error &error) {
    lastMessage = error.what_without_backtrace();
  } catch (const std::exception &error) {
    lastMessage = error.what();
  } catch (...) {
    lastMessage = "an exception without a message";
  }
  return CT_FAILED;
}

// A `ct_tensor *` is the address of the TensorImpl, with one reference counted for the caller.

inline ct_tensor *handOver(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  return reinterpret_cast<ct_tensor *>(tensor.unsafeReleaseTensorImpl());
}

inline at::Tensor borrowed(const ct_tensor *tensor) {
  auto *implementation = reinterpret_cast<c10::TensorImpl *>(const_cast<ct_tensor *>(tensor));
  return at::Tensor(
      c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(implementation));
}

}  // namespace ct_boundary
