// c10d's NCCL, apart from the rest: its header needs those of CUDA and NCCL.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>

namespace net2net {

bool hasNCCL();

/// Ready at once; the ranks meet when the first tensor comes. Throws without NCCL or a GPU.
c10::intrusive_ptr<c10d::Backend> openNCCL(
    c10::intrusive_ptr<c10d::Store> store, int rank, int size, std::chrono::milliseconds patience);

}  // namespace net2net
