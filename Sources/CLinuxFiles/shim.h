// What Swift's Glibc module lacks: it reads <fcntl.h> without the part that is Linux's own.
#pragma once

#include <sys/types.h>

extern int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);

/// Lets the disk begin to write a part of a file, and does not wait for it.
static inline int start_writing(int descriptor, __off64_t offset, __off64_t count) {
  const unsigned int sync_file_range_write = 2;
  return sync_file_range(descriptor, offset, count, sync_file_range_write);
}
