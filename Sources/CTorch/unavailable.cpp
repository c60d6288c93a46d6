// Stands in for ctorch.cpp on a machine without libtorch, so that the package builds there.

#if !__has_include(<ATen/core/Tensor.h>)

#include "ctorch.h"

const char *ct_last_message(void) { return "this build has no libtorch"; }
bool ct_is_available(void) { return false; }
const char *ct_version(void) { return ""; }
void ct_prepare(void) {}

int64_t ct_thread_count(void) { return 1; }
ct_status ct_set_thread_count(int64_t) { return CT_UNAVAILABLE; }
bool ct_device_is_available(ct_device) { return false; }
int64_t ct_device_count(ct_device) { return 0; }
ct_status ct_choose_gpu(int64_t) { return CT_UNAVAILABLE; }

bool ct_set_gradient_recording(bool) { return false; }
bool ct_gradient_recording(void) { return false; }
ct_inference_mode *ct_inference_mode_enter(void) { return nullptr; }
void ct_inference_mode_leave(ct_inference_mode *) {}

ct_status ct_for_each_alone(int64_t, void (*)(void *, int64_t), void *) {
  return CT_UNAVAILABLE;
}
bool ct_has_filter_kernels(void) { return false; }

void ct_tensor_free(ct_tensor *) {}
ct_status ct_tensor_copying(
    const void *, ct_element_type, const int64_t *, int64_t, ct_tensor **) {
  return CT_UNAVAILABLE;
}
ct_status ct_tensor_borrowing(
    const void *, ct_element_type, const int64_t *, int64_t, void (*)(void *), void *,
    ct_tensor **) {
  return CT_UNAVAILABLE;
}
ct_status ct_tensor_read(const ct_tensor *, void *, int64_t) { return CT_UNAVAILABLE; }
int64_t ct_tensor_rank(const ct_tensor *) { return 0; }
int64_t ct_tensor_size(const ct_tensor *, int64_t) { return 0; }
int64_t ct_tensor_stride(const ct_tensor *, int64_t) { return 0; }
int32_t ct_tensor_element_type(const ct_tensor *) { return -1; }
int32_t ct_tensor_device(const ct_tensor *) { return -1; }

ct_status ct_tensor_set_requires_gradient(ct_tensor *, bool) { return CT_UNAVAILABLE; }
ct_status ct_tensor_gradient(const ct_tensor *, ct_tensor **) { return CT_UNAVAILABLE; }
ct_status ct_tensor_set_gradient(ct_tensor *, const ct_tensor *) { return CT_UNAVAILABLE; }
ct_status ct_tensor_backward(const ct_tensor *, const ct_tensor *) { return CT_UNAVAILABLE; }
ct_status ct_tensor_observe_gradient(const ct_tensor *, void (*)(void *), void *) {
  return CT_UNAVAILABLE;
}

ct_status ct_operator_find(const char *, const char *, ct_operator **) { return CT_UNAVAILABLE; }
ct_status ct_operator_call(
    const ct_operator *, const ct_argument *, int64_t, ct_tensor **, int64_t, int64_t *) {
  return CT_UNAVAILABLE;
}

#endif
