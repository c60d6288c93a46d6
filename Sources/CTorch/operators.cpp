#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include <torch/custom_class.h>
#include <torch/library.h>

namespace net2net {

void registerOperators() {
  // Kept for as long as the process lives: letting go of it would forget the operators.
  static torch::Library library(
      torch::Library::DEF, "net2net", std::nullopt, __FILE__, __LINE__);
  static const bool isDone = [] {
    library.class_<Ranks>("Ranks");
    library.def(
        "batch_norm(Tensor x, Tensor? addend, Tensor weight, Tensor bias, Tensor? running_mean, "
        "Tensor? running_var, bool uses_batch, float momentum, float epsilon, bool rectifies, "
        "__torch__.torch.classes.net2net.Ranks? ranks=None) -> Tensor",
        batchNorm);
    library.def(
        "convolution(Tensor x, Tensor weight, Tensor? bias, int[] stride, int[] padding, "
        "int[] dilation, int groups) -> Tensor",
        convolution);
    library.def("dense(Tensor x, Tensor weight, Tensor? bias) -> Tensor", dense);
    library.def("packed_filters(Tensor weight, int groups) -> Tensor", packedFilters);
    library.def(
        "filtered(Tensor x, Tensor filters, Tensor bias, Tensor? addend, int[] stride, "
        "int[] padding, int[] dilation, int groups, bool rectifies) -> Tensor",
        filtered);
    library.def(
        "pooled(Tensor x, int[] sizes, int[] kernel, int[] stride, int[] padding, "
        "int[] dilation, bool takes_largest, bool counts_padding) -> Tensor",
        pooled);
    library.def("dropout(Tensor x, float ratio, int seed) -> Tensor", dropout);
    return true;
  }();
  (void)isDone;
}

}  // namespace net2net

#endif
